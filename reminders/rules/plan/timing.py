"""When a step is due and until when it is useful, as a protocol writes it."""

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.policy import Policy
from scheduling.rules.procedure import Word
from scheduling.rules.wall_clock import clock, midnight_after, wall

_UNITS = {"min": "minutes", "h": "hours", "d": "days"}


def duration(words: str) -> timedelta:
    """`15min`, `3h` or `14d`; anything else is a ValueError."""
    match = re.fullmatch(r"(\d+)(min|h|d)", words)
    if not match:
        raise ValueError(f"{words!r} is not a duration: write 15min, 3h or 14d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


class Anchor(Word):
    """What a step is counted from. `needle` is T0 once known, the start until then."""

    BOOKED = "booked"
    START = "start"
    T0 = "t0"
    NEEDLE = "needle"
    STATE = "state"
    LAST_DOSE = "last_dose"
    RESTART = "restart"
    MISSED = "missed"


_NAMES = {
    Anchor.BOOKED: "the booking",
    Anchor.START: "the start",
    Anchor.T0: "T0",
    Anchor.NEEDLE: "T0",
    Anchor.STATE: "this was recorded",
    Anchor.LAST_DOSE: "the last dose",
    Anchor.RESTART: "the restart",
    Anchor.MISSED: "the missed check-ins",
}


class InjectionTimes:
    """An injection with its fixed points worked out once; every time is UTC except `day`."""

    __slots__ = ("anchors", "arrival", "day", "facts", "policy")

    def __init__(self, facts: InjectionFacts, policy: Policy) -> None:
        hold = facts.hold
        self.facts = facts
        self.policy = facts.policy or policy
        self.day = facts.start.astimezone(ZoneInfo(facts.zone)).date()
        self.arrival = facts.start - self.policy.arrival(facts.sedation)
        self.anchors: dict[Anchor, datetime | None] = {
            Anchor.BOOKED: facts.promised_at,
            Anchor.START: facts.start,
            Anchor.T0: facts.t0,
            Anchor.NEEDLE: facts.t0 or facts.start,
            Anchor.STATE: facts.settled_at,
            Anchor.LAST_DOSE: hold.last_dose_at if hold else None,
            Anchor.RESTART: hold.restart_at if hold else None,
        }


@dataclass(frozen=True, slots=True)
class When:
    """Either `offset` after the anchor, or `at` on the day `days` after the anchor's day."""

    anchor: Anchor
    offset: timedelta = timedelta()
    days: int = 0
    at: time | None = None
    not_before: time | None = None
    evening_before: time | None = None
    words: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", _words(self))

    def due(self, times: InjectionTimes) -> datetime | None:
        """The nominal instant; None while the anchor is unknown."""
        anchor = times.anchors.get(self.anchor)
        if anchor is None:
            return None
        if self.at is None:
            return anchor + self.offset
        zone = times.facts.zone
        day = times.day if self.anchor is Anchor.START else anchor.astimezone(ZoneInfo(zone)).date()
        return wall(day + timedelta(days=self.days), self.at, zone)


def _words(when: When) -> str:
    """`the day before at 16:00`, `45 min after T0`, `at once`."""
    name = _NAMES[when.anchor]
    if when.at is not None:
        return f"{_days(when.days, when.anchor)} at {when.at:%H:%M}"
    if not when.offset:
        return "at once" if when.anchor in (Anchor.BOOKED, Anchor.STATE) else f"at {name}"
    side = "after" if when.offset > timedelta() else "before"
    floor = f", not before {when.not_before:%H:%M}" if when.not_before else ""
    return f"{span(abs(when.offset))} {side} {name}{floor}"


def _days(days: int, anchor: Anchor) -> str:
    near = {-1: "the day before", 0: "the same day", 1: "the next day"}
    count = near.get(days) or f"{abs(days)} days {'after' if days > 0 else 'before'}"
    if anchor in (Anchor.START, Anchor.STATE):
        return count
    return f"{count}{' as' if days == 0 else ''}{' after' if days == 1 else ''} {_NAMES[anchor]}"


def span(length: timedelta) -> str:
    """`45 min`, `3 h`, `14 days`."""
    minutes = length // timedelta(minutes=1)
    if minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes // 1440} days"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


class Limit(Word):
    """Named moments after which a message is useless."""

    DUE = "due"
    ARRIVAL = "arrival"
    START = "start"
    VISIT_DATE = "visit_date"
    MIDNIGHT = "midnight"
    LAST_DOSE = "last_dose"
    TOLERANCE = "tolerance"


@dataclass(frozen=True, slots=True)
class Until:
    """A limit, and how much later (or, negative, earlier) usefulness ends; or `at` on that day."""

    limit: Limit
    offset: timedelta
    at: time | None = None

    @classmethod
    def parse(cls, words: str) -> "Until":
        """`24h` (after it is due), `arrival-30min`, `visit_date`, `midnight`, `19:00` ..."""
        name, _, early = words.partition("-")
        if name in list(Limit):
            return cls(Limit(name), -duration(early) if early else timedelta())
        if ":" in words:
            return cls(Limit.DUE, timedelta(), clock(words))
        return cls(Limit.DUE, duration(words))

    def end(self, times: InjectionTimes, due: datetime) -> datetime:
        """The instant at which a message due at `due` has become useless."""
        if self.at is not None:
            zone = times.facts.zone
            return wall(due.astimezone(ZoneInfo(zone)).date(), self.at, zone)
        return self._base(times, due) + self.offset

    def _base(self, times: InjectionTimes, due: datetime) -> datetime:
        facts = times.facts
        if self.limit is Limit.ARRIVAL:
            return times.arrival
        if self.limit is Limit.START:
            return facts.start
        if self.limit is Limit.VISIT_DATE:
            return wall(times.day, time(0), facts.zone)
        if self.limit is Limit.MIDNIGHT:
            return midnight_after(due, facts.zone)
        if self.limit is Limit.LAST_DOSE and facts.hold:
            return facts.hold.last_dose_at
        return due
