"""The diary's slots as rows: written once T0 is known, moved when T0 is corrected."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Min

from reminders import protocols
from reminders.followup import signatures
from reminders.models import AnswerChannel, Attempt, Reading, Survey
from reminders.protocols.reading import shipped
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.plan.message_states import NEVER_ARRIVED
from reminders.rules.plan.steps import Slot
from reminders.rules.plan.timetable import timetable
from reminders.rules.policy import Policy
from reminders.rules.protocol import Protocol
from reminders.rules.response.diary import DiarySlot, Respondent
from scheduling.models import Injection
from scheduling.rules.procedure import Side

MINUTE = timedelta(minutes=1)
BASELINE = "P0"
"""The slot of the provoked score just before the needle, which is the baseline."""
AT_ONCE = (AnswerChannel.LINK, AnswerChannel.SMS)
"""Channels on which the patient writes at the moment of answering; others are typed in later."""


def minute(at: datetime, t0: datetime) -> int:
    """Whole minutes from T0 to `at`; negative before T0."""
    return (at - t0) // MINUTE


def protocol_of(injection: Injection) -> Protocol:
    """The protocol of one injection; the shipped one where none was fixed yet."""
    return protocols.by_injection([injection.pk]).get(injection.pk) or shipped()


def policy_of(injection: Injection) -> Policy:
    """What the facility of one injection has decided."""
    return protocol_of(injection).policy.but(injection.location.policy)


@dataclass(frozen=True, slots=True)
class TimedSlot:
    """One slot of one visit whose time is known; a score observed in [opens, closes] is in time."""

    slot: Slot
    due: datetime
    opens: datetime
    closes: datetime


def timed_slots(facts: InjectionFacts, protocol: Protocol) -> dict[str, TimedSlot]:
    """The slots that patient or nurse is to score, by id; only those whose time is known."""
    return {
        name: TimedSlot(each.slot, each.due, each.opens, each.closes)
        for name, each in timetable(facts, protocol).items()
        if each.wanted and each.due and each.opens and each.closes
    }


def update_surveys(
    injection: Injection, *, facts: InjectionFacts, protocol: Protocol, at: datetime
) -> int:
    """Make the survey rows of one injection agree with its timetable. Twice is the same as once."""
    return update_surveys_of({injection.pk: (facts, protocol)}, at=at)


@transaction.atomic
def update_surveys_of(
    facts_and_protocols: Mapping[int, tuple[InjectionFacts, Protocol]], *, at: datetime
) -> int:
    """The same for many injections with a constant number of queries; return how many rows changed.

    Rows of slots no longer wanted go, unless they were answered.
    """
    held = {
        (row.injection_id, row.slot): row
        for row in Survey.objects.filter(injection__in=facts_and_protocols)
    }
    asked = {
        (injection, name): _row(injection, each)
        for injection, (facts, protocol) in facts_and_protocols.items()
        for name, each in timed_slots(facts, protocol).items()
    }
    changed = [row for key, row in asked.items() if key not in held or _differ(row, held[key])]
    Survey.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["injection", "slot"],
        update_fields=["due_at", "tolerance", "closes_at"],
    )
    gone = [row.pk for key, row in held.items() if key not in asked]
    dropped, _ = Survey.objects.filter(pk__in=gone, readings=None).delete() if gone else (0, {})
    moved = {row.injection_id for row in changed if (row.injection_id, row.slot) in held}
    for injection in Injection.objects.filter(pk__in=moved):
        reslot(injection.pk)
        signatures.reopen(injection, at)
    return len(changed) + dropped


def _row(injection: int, asked: TimedSlot) -> Survey:
    return Survey(
        injection_id=injection,
        slot=asked.slot.id,
        due_at=asked.due,
        tolerance=max(asked.slot.early, asked.slot.late),
        # A slot that ends the moment it is due (the baseline's) still needs a later close.
        closes_at=max(asked.closes, asked.due + MINUTE),
    )


def _differ(one: Survey, other: Survey) -> bool:
    return any(
        getattr(one, name) != getattr(other, name) for name in ("due_at", "tolerance", "closes_at")
    )


def reslot(injection: int) -> None:
    """T0 was corrected: every answer keeps its time and goes to the slot it now lies in.

    The nearest answer gets the slot; one that fits nowhere keeps the slot it had if that is free.
    """
    surveys = list(Survey.objects.filter(injection=injection))
    chains = _chains(Reading.objects.filter(injection=injection).order_by("pk"))
    fits = sorted(
        (abs(chain[0].observed_at - survey.due_at), number, survey.pk, chain[0].side, survey)
        for number, chain in enumerate(chains)
        for survey in surveys
        if abs(chain[0].observed_at - survey.due_at) <= survey.tolerance
    )
    placed: dict[int, Survey] = {}
    taken: set[tuple[int | None, Side]] = set()
    for _, number, key, side, survey in fits:
        if number not in placed and (key, side) not in taken:
            placed[number] = survey
            taken.add((key, side))
    by_key = {survey.pk: survey for survey in surveys}
    for number, chain in enumerate(chains):
        old = (chain[0].survey_id, chain[0].side)
        if number not in placed and old[0] in by_key and old not in taken:
            placed[number] = by_key[old[0]]
            taken.add(old)
    _place(chains, placed)


def _chains(readings: Iterable[Reading]) -> list[list[Reading]]:
    """Each first answer with its corrections, oldest first."""
    chains: dict[int, list[Reading]] = {}
    for reading in readings:
        chain = chains.get(reading.supersedes_id or 0, [])
        chain.append(reading)
        chains[reading.pk] = chain
    return [chain for key, chain in chains.items() if chain[0].pk == key]


def _place(chains: list[list[Reading]], placed: Mapping[int, Survey]) -> None:
    """Two steps, because two answers may trade places and a slot takes only one."""
    moved = []
    for number, chain in enumerate(chains):
        survey = placed.get(number)
        late = survey is not None and is_late(survey, chain[0])  # a correction is as late as it
        for reading in chain:
            if reading.survey_id != (survey.pk if survey else None):
                reading.survey = survey
                reading.late, reading.recall = late, late or (reading.recall and not reading.late)
                moved.append(reading)
    Reading.objects.filter(pk__in=[reading.pk for reading in moved]).update(survey=None)
    Reading.objects.bulk_update(moved, ["survey", "late", "recall"])


def is_late(survey: Survey, reading: Reading) -> bool:
    """Whether the slot had closed when the score was given.

    A patient's own answer is judged by our clock, one that staff typed in by the time it names.
    """
    given = reading.received_at if reading.channel in AT_ONCE else reading.observed_at
    return given > survey.closes_at


def diary_slot(survey: Survey, t0: datetime, protocol: Protocol) -> DiarySlot:
    """The row as the rules read it: minutes after T0."""
    known = protocol.slots.get(survey.slot)
    who = known.who if known else Respondent.PATIENT
    return DiarySlot(survey.slot, minute(survey.due_at, t0), survey.tolerance // MINUTE, who)


def answered(injection: Injection) -> frozenset[str]:
    """The ids of the slots that have an answer for each treated side."""
    rows = Reading.objects.filter(injection=injection, survey__isnull=False)
    return fully_scored(rows.values_list("survey__slot", "side"), injection.effective_side)


def fully_scored(scored: Iterable[tuple[str, str]], treated: Side) -> frozenset[str]:
    """The slots that have a score of each treated joint; a side not treated answers nothing."""
    sides: dict[str, set[str]] = {}
    for slot, side in scored:
        sides.setdefault(slot, set()).add(side)
    return frozenset(slot for slot, found in sides.items() if found >= set(treated.joints))


def prompted(injection: Injection) -> dict[str, datetime]:
    """When each slot was first asked about, as far as a carrier took the message."""
    handed = (
        Attempt.objects.filter(message__injection=injection, message__reply=False)
        .exclude(message__slot="")
        .exclude(state__in=NEVER_ARRIVED)
        .values(slot=F("message__slot"))
        .annotate(first=Min("handed_at"))
    )
    return {row["slot"]: row["first"] for row in handed}
