"""The facts of injections, gathered from their rows, as the rules read them."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, cast

import structlog
from django.db.models import Count, Exists, F, Max, OuterRef

from reminders import protocols
from reminders.followup import baselines, slots
from reminders.messaging.planning.contactability import contactability
from reminders.models import Message, Reading
from reminders.rules.plan.injection_facts import Hold, InjectionFacts, Place
from reminders.rules.plan.message_states import MessageState
from reminders.rules.protocol import Protocol
from scheduling.finding.working_days import working_days
from scheduling.models import (
    Access,
    AgentLine,
    AnticoagulantDecision,
    Injection,
    Task,
    TaskKind,
)
from scheduling.people.contacts import telephone
from scheduling.policy import with_overrides
from scheduling.rules.durations import durations
from scheduling.rules.procedure import (
    STEROIDS,
    Channel,
    HoldDecision,
    InjectionState,
    Purpose,
    Side,
)
from scheduling.rules.wall_clock import wall
from scheduling.rules.working_days import WorkingDays

log = structlog.get_logger(__name__)
BEFORE = timedelta(days=45)  # the earliest task, a fortnight before, and a month that is closed
PATHWAY = timedelta(days=220)  # six months, the widest tolerance, and a fortnight
PATIENTS_PAGES = ["link", "link_home", "link_survey"]  # behind the date of birth
TOLD = [MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED]
InjectionRow = dict[str, Any]


def facts_by_injection(injection_ids: Iterable[int]) -> dict[int, InjectionFacts]:
    """One `InjectionFacts` an injection, in a constant number of queries.

    An injection whose facts contradict each other is logged and left out.
    """
    ids = list(injection_ids)
    rows = {row["id"]: row for row in _rows(ids)}
    facts = _Facts(rows, ids)
    found: dict[int, InjectionFacts] = {}
    for injection_id, row in rows.items():
        try:
            found[injection_id] = facts.injection_facts(row)
        except ValueError:
            log.exception("injection_not_plannable", injection=str(row["reference"]))
    return found


def _rows(ids: Collection[int]) -> Any:
    given = AgentLine.objects.filter(injection=OuterRef("pk"))
    ordered = AgentLine.objects.filter(order=OuterRef("order"), drug__in=STEROIDS)
    return Injection.objects.filter(pk__in=ids).values(
        *("id", "reference", "patient_id", "order_id", "location_id", "state", "state_at", "side"),
        *(
            "performed_side",
            "during",
            "revision",
            "time_revision",
            "promised_at",
            "confirmed_at",
            "driver_name",
        ),
        *(
            "t0",
            "t0_estimated",
            "sedation_given",
            "order__intent",
            "order__sedation",
            "order__premedication",
        ),
        *("order__screening", "patient__zone", "patient__language", "patient__deceased_at"),
        *("location__name", "location__phone", "location__address", "location__zone"),
        "location__policy",
        any_given=Exists(given),
        steroid_given=Exists(given.filter(drug__in=STEROIDS)),
        steroid_ordered=Exists(ordered),
    )


class _Facts:
    """What several injections have to be asked for together."""

    def __init__(self, rows: dict[int, InjectionRow], ids: list[int]) -> None:
        patients = {row["patient_id"] for row in rows.values()}
        self.protocols = protocols.by_injection(ids)
        self.contactability = contactability(patients)
        self.holds = _decisions({row["order_id"] for row in rows.values()})
        self.paused = _paused(patients)
        self.answered = _answered(rows)
        self.baseline_low = baselines.too_low(ids, self.protocols)
        self.read = _read(patients)
        self.no_shows = _no_shows(patients)
        self.working_days = _working_days(rows)
        self.told = _left({id_: row for id_, row in rows.items() if row["revision"] > 1})

    def injection_facts(self, row: InjectionRow) -> InjectionFacts:
        """The facts of one injection."""
        decision = self.holds.get(row["order_id"])
        contact = self.contactability[row["patient_id"]]
        return InjectionFacts(
            start=row["during"].lower,
            zone=row["location__zone"],
            promised_at=row["promised_at"],
            side=_side(row),
            intent=row["order__intent"],
            working_days=self.working_days[row["location_id"]],
            patient_zone=row["patient__zone"],
            revision=row["revision"],
            time_changed=row["time_revision"] > self.told.get(row["id"], 0),
            state=row["state"],
            state_at=row["state_at"],
            stay=_stay(row),
            sedation=row["sedation_given"] or row["order__sedation"],
            steroid=row["steroid_given"] if row["any_given"] else row["steroid_ordered"],
            anticoagulant_decision=_decided(decision),
            hold=_hold(decision, row["location__zone"]),
            pause_unsettled=row["patient_id"] in self.paused,
            premed=row["order__premedication"].doses,
            **_screened(row["order__screening"]),
            confirmed=row["confirmed_at"] is not None,
            driver_named=bool(row["driver_name"]),
            interpreter_booked=_interpreter_booked(row),
            no_shows=self.no_shows.get(row["patient_id"], 0),
            t0=row["t0"],
            t0_estimated=row["t0_estimated"],
            baseline_low=row["id"] in self.baseline_low,
            answered=self.answered.get(row["id"], frozenset()),
            page_read_at=self.read.get(row["patient_id"]),
            diary_consent=contact.agreed(Purpose.DIARY, Channel.SMS),
            first_text=contact.first_text,
            channels=contact.channels(Purpose.REMINDERS),
            language=row["patient__language"],
            policy=_policy(self.protocols.get(row["id"]), row["location__policy"]),
            place=_place(row),
            silenced="the patient has died" if row["patient__deceased_at"] else "",
        )


def _working_days(rows: dict[int, InjectionRow]) -> dict[int, WorkingDays]:
    """When the locations work, from the first preparation to the last survey of any of these."""
    starts = [row["during"].lower for row in rows.values()]
    if not starts:
        return {}
    locations = {row["location_id"] for row in rows.values()}
    return working_days(locations, min(starts) - BEFORE, max(starts) + PATHWAY)


def _place(row: InjectionRow) -> Place:
    phone = telephone(row["location__phone"])
    return Place(row["location__name"], phone, row["location__address"])


def _stay(row: InjectionRow) -> timedelta:
    """How long the patient is there, by the times that booking counts with."""
    side = row["performed_side"] or row["side"]
    policy = with_overrides(json.dumps(row["location__policy"], sort_keys=True))
    found = durations(side, row["order__intent"], row["order__sedation"], policy)
    return timedelta(minutes=found.stay)


def _policy(protocol: Protocol | None, overrides: dict[str, Any]) -> Any:
    return protocol.policy.but(overrides) if protocol and overrides else None


def _screened(answers: dict[str, str]) -> dict[str, bool]:
    """Screening answers as facts; an answer nobody gave never becomes a yes."""
    said = answers.get
    return {
        "diabetes": said("diabetes") in ("type1", "type2"),
        "insulin": said("insulin") == "yes",
        "anticoagulant": said("anticoagulant", "unknown") not in ("none", "unknown"),
        "contrast_reaction": said("contrast_reaction") in ("mild", "moderate", "severe"),
        "pregnancy_possible": said("pregnancy") in ("possible", "yes"),
        "ill": said("infection") == "yes" or said("antibiotics") == "unfinished",
        "vaccine": said("vaccine") == "near",
        "nsaid_hold": said("nsaid") == "hold_ordered",
        "red_flag": said("red_flag") == "yes",
        "interpreter": said("interpreter") in ("needed", "booked"),
    }


def _interpreter_booked(row: InjectionRow) -> bool:
    return bool(row["order__screening"].get("interpreter") == "booked")


def _decisions(order_ids: Collection[int]) -> dict[int, AnticoagulantDecision]:
    standing = AnticoagulantDecision.objects.filter(order__in=order_ids, void=False)
    return {decision.order_id: decision for decision in standing}


def _paused(patients: Collection[int]) -> frozenset[int]:
    """Patients who may have paused a drug for an injection that changed, and wait for a call."""
    waiting = Task.objects.filter(kind=TaskKind.PAUSED_DRUG, done_at=None, patient__in=patients)
    return frozenset(key for key in waiting.values_list("patient_id", flat=True) if key)


def _decided(decision: AnticoagulantDecision | None) -> HoldDecision | None:
    return decision.decision if decision else None


def _hold(decision: AnticoagulantDecision | None, zone: str) -> Hold | None:
    """The signed order to pause a drug; its restart is a day, so the day's first moment."""
    if decision is None or decision.decision is not HoldDecision.HOLD:
        return None
    if decision.last_dose_at is None or decision.restart_on is None:  # the database refuses it too
        raise ValueError("a hold order names its last dose and its restart")
    restart = wall(decision.restart_on, time(0), zone)
    return Hold(decision.drug, decision.last_dose_at, restart, decision.prescriber)


def _answered(injections: Mapping[int, InjectionRow]) -> dict[int, frozenset[str]]:
    """Slots with a score of each treated side, by injection."""
    found: dict[int, list[tuple[str, str]]] = {}
    rows = Reading.objects.filter(injection__in=injections, survey__isnull=False)
    for injection_id, slot, side in rows.values_list("injection_id", "survey__slot", "side"):
        found.setdefault(injection_id, []).append((slot, side))
    return {id_: slots.fully_scored(each, _side(injections[id_])) for id_, each in found.items()}


def _side(row: InjectionRow) -> Side:
    """The performed side once known, the booked one until then."""
    return cast(Side, row["performed_side"] or row["side"])


def _read(patients: Collection[int]) -> dict[int, datetime]:
    """When each patient last opened a page of ours; staff sign in, so they do not count."""
    views = Access.objects.filter(patient__in=patients, user=None, page__in=PATIENTS_PAGES)
    return dict(views.values_list("patient_id").annotate(Max("at")).order_by())


def _no_shows(patients: Collection[int]) -> dict[int, int]:
    missed = Injection.objects.filter(patient__in=patients, state=InjectionState.NO_SHOW)
    return dict(missed.values_list("patient_id").annotate(Count("pk")).order_by())


def _left(rows: dict[int, InjectionRow]) -> dict[int, int]:
    """The last revision that reached the patient, else the one before the present."""
    if not rows:
        return {}
    earlier = Message.objects.filter(injection__in=rows, state__in=TOLD, reply=False)
    earlier = earlier.filter(revision__lt=F("injection__revision"))
    told = dict(earlier.values_list("injection_id").annotate(Max("revision")).order_by())
    return {id_: told.get(id_, row["revision"] - 1) for id_, row in rows.items()}
