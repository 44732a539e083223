"""The facts about one injection that decide what its patient is told, asked and when.

A `InjectionFacts` is built from the database by whoever plans; rules never look anything up.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.rules.policy import Policy
from scheduling.rules.premedication import Dose
from scheduling.rules.procedure import (
    Channel,
    HoldDecision,
    InjectionState,
    Intent,
    Sedation,
    Side,
)
from scheduling.rules.working_days import EVERY_DAY, WorkingDays


@dataclass(frozen=True, slots=True)
class Hold:
    """A signed order to pause one drug. All times are aware."""

    drug: str
    last_dose_at: datetime
    restart_at: datetime
    prescriber: str

    def __post_init__(self) -> None:
        _in_utc(self, "last_dose_at", "restart_at")


def _in_utc(facts: object, *names: str) -> None:
    """Keep these times in UTC: adding hours to a local time would forget clock changes."""
    for name in names:
        moment = getattr(facts, name)
        if moment is None:
            continue
        if moment.utcoffset() is None:
            raise ValueError(f"{name} has no time zone: give an aware datetime")
        object.__setattr__(facts, name, moment.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the visit is and whom to phone, as the patient reads it."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionFacts:
    """One injection as the protocol sees it.

    `start`, `promised_at`, `state_at`, `t0`, `page_read_at` are aware, kept in UTC. `zone` and
    `patient_zone` are IANA names. `promised_at` is when the promise of this `revision` was made;
    what was due by then is late.
    `state_at` is when `state` was recorded (default: `t0`, else `promised_at`).
    `side` is the side that counts now: ordered, then performed.
    `working_days` are the location's: work of staff that is counted in days falls on them.
    `stay` is how long the patient is at the clinic, from the arrival.
    `channels` are the ways this patient may be written to about the injection at all.
    `baseline_low`: a provoked baseline was taken and is too low to be read.
    `pause_unsettled`: a drug may be paused for a visit that changed, and nobody has phoned yet.
    `page_read_at` is when the patient last opened a page of ours behind the date of birth.
    `silenced` says why nothing may be sent ("the patient has died"); empty when all is well.
    """

    start: datetime
    zone: str
    promised_at: datetime
    side: Side
    intent: Intent
    working_days: WorkingDays = EVERY_DAY
    patient_zone: str = ""
    revision: int = 1
    time_changed: bool = True
    state: InjectionState = InjectionState.BOOKED
    state_at: datetime | None = None
    stay: timedelta | None = None
    sedation: Sedation = Sedation.NONE
    steroid: bool = False
    diabetes: bool = False
    insulin: bool = False
    anticoagulant: bool = False
    anticoagulant_decision: HoldDecision | None = None
    hold: Hold | None = None
    pause_unsettled: bool = False
    premed: tuple[Dose, ...] = ()
    contrast_reaction: bool = False
    pregnancy_possible: bool = False
    ill: bool = False
    vaccine: bool = False
    nsaid_hold: bool = False
    red_flag: bool = False
    interpreter: bool = False
    interpreter_booked: bool = False
    confirmed: bool = False
    driver_named: bool = False
    no_shows: int = 0
    t0: datetime | None = None
    t0_estimated: bool = False
    baseline_low: bool = False
    answered: frozenset[str] = frozenset()
    page_read_at: datetime | None = None
    diary_consent: bool = False
    first_text: bool = False
    channels: frozenset[Channel] = frozenset((Channel.SMS, Channel.EMAIL))
    language: str = "en"
    policy: Policy | None = None
    place: Place | None = None
    silenced: str = ""

    def __post_init__(self) -> None:
        """Refuse naive times, unknown zones and a hold decision without its order."""
        _in_utc(self, "start", "promised_at", "state_at", "t0", "page_read_at")
        for zone in (self.zone, self.lives_in):
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"{zone!r} is not an IANA time zone") from None
        if (self.anticoagulant_decision is HoldDecision.HOLD) != (self.hold is not None):
            raise ValueError(
                "a HOLD decision and its signed hold order come together, or not at all"
            )

    @property
    def lives_in(self) -> str:
        """The zone whose waking hours count."""
        return self.patient_zone or self.zone

    @property
    def treats(self) -> bool:
        """Whether the weeks after count: a steroid was given, or treatment was the aim."""
        return self.steroid or self.intent is not Intent.DIAGNOSTIC

    @property
    def settled_at(self) -> datetime:
        """When the present state was recorded."""
        return self.state_at or self.t0 or self.promised_at

    @property
    def has_read_page(self) -> bool:
        """Whether the patient opened a page since it last changed: a new time, or a new state."""
        changed_at = max(self.promised_at, self.settled_at)
        return self.page_read_at is not None and self.page_read_at >= changed_at

    @property
    def days_ahead(self) -> int:
        """Calendar days in the clinic's zone between the promise and the injection."""
        zone = ZoneInfo(self.zone)
        return (self.start.astimezone(zone).date() - self.promised_at.astimezone(zone).date()).days
