"""Visits for tests: one plain visit, changed only in what a test is about."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reminders.protocols.reading import shipped
from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.injection_facts import Hold, InjectionFacts, Place
from reminders.rules.plan.planner import plan
from scheduling.rules.premedication import Dose
from scheduling.rules.procedure import HoldDecision, InjectionState, Intent, Side

CLINIC = "America/New_York"
PLACE = Place("Lakeside Care Team", "555-555-0100", "Suite 300")


def at(words: str, zone: str = CLINIC) -> datetime:
    """A wall-clock time in the clinic's zone, as an aware datetime."""
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone))


def doses(*hours: int) -> tuple[Dose, ...]:
    """Ordered doses of one medicine, so many hours before the start."""
    return tuple(Dose(timedelta(hours=each), "prednisone 50 mg") for each in hours)


def a_visit(**facts: Any) -> InjectionFacts:
    """A left diagnostic block on a Thursday at 11:00, booked three weeks ahead."""
    plain: dict[str, Any] = {
        "start": at("2026-09-24T11:00"),
        "zone": CLINIC,
        "promised_at": at("2026-09-03T12:00"),
        "side": Side.LEFT,
        "intent": Intent.DIAGNOSTIC,
        "place": PLACE,
        "stay": timedelta(minutes=105),
    }
    return InjectionFacts(**{**plain, **facts})


def a_finished_visit(**facts: Any) -> InjectionFacts:
    """The same, T0 at 11:20, with consent to the diary's texts."""
    t0 = facts.pop("t0", at("2026-09-24T11:20"))
    done = {"state": InjectionState.COMPLETED, "diary_consent": True}
    return a_visit(**{"t0": t0, **done, **facts})


def a_hold(last_dose_at: str = "2026-09-21T08:00") -> dict[str, Any]:
    """The facts of a signed hold order."""
    last = at(last_dose_at)
    return {
        "anticoagulant": True,
        "anticoagulant_decision": HoldDecision.HOLD,
        "hold": Hold("clopidogrel", last, last + timedelta(days=4), "Prescriber"),
    }


def entries(visit: InjectionFacts) -> dict[str, PlanEntry]:
    """The plan by `step` or `step/occurrence`."""
    return {"/".join(filter(None, entry.key)): entry for entry in plan(visit, shipped())}


def sent(visit: InjectionFacts) -> set[str]:
    """What leaves for the patient."""
    return {name for name, entry in entries(visit).items() if entry.outcome is EntryOutcome.SEND}


def tasks(visit: InjectionFacts) -> set[str]:
    """What a person is asked to do."""
    return {name for name, entry in entries(visit).items() if entry.outcome is EntryOutcome.TASK}


def wall(visit: InjectionFacts, name: str) -> str:
    """When an entry is due, as the clinic's clock shows it."""
    moment = entries(visit)[name].send_at
    assert moment is not None, f"{name} has no time"
    return f"{moment.astimezone(ZoneInfo(visit.zone)):%Y-%m-%d %H:%M}"
