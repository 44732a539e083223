"""The pre-procedure assessment: kept, judged, and told to the physician before the needle."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from scheduling import worklist
from scheduling.bookings import changes
from scheduling.models import ArrivalAssessment, Injection, Queue, TaskKind
from scheduling.rules.assessment import Finding, Measured, PregnancyTest, fault, findings
from scheduling.rules.procedure import InjectionState
from scheduling.staff import User
from scheduling.validation import refuse, word


@transaction.atomic
def assess(
    *,
    injection: Injection,
    systolic: int | None = None,
    diastolic: int | None = None,
    glucose: int | None = None,
    pregnancy_test: PregnancyTest | None = None,
    by: User | None,
    at: datetime,
) -> ArrivalAssessment:
    """Keep what was measured (mmHg, mg/dL; None: not measured) and ask the physician about it.

    Measured again, the new values count, and a question that has gone is closed.
    """
    if pregnancy_test is not None:
        pregnancy_test = word(PregnancyTest, pregnancy_test, "pregnancy_test")
    measured = Measured(
        systolic=systolic, diastolic=diastolic, glucose=glucose, pregnancy_test=pregnancy_test
    )
    refuse(fault(measured))
    changes.lock_injection(injection, InjectionState.ARRIVED)
    kept, _ = ArrivalAssessment.objects.update_or_create(
        injection=injection, defaults={**asdict(measured), "by": by, "at": at}
    )
    found = findings(measured, injection.location.usable_policy)
    for finding in found:
        _ask(injection, finding, at)
    _close(injection, found, "Measured again", at)
    return kept


def forget(injection: Injection, at: datetime) -> None:
    """The patient has not come after all: these values were another's."""
    ArrivalAssessment.objects.filter(injection=injection).delete()
    _close(injection, (), "The arrival was undone", at)


def _ask(injection: Injection, finding: Finding, at: datetime) -> None:
    """The urgent question; a value that was answered already does not ask again."""
    task = worklist.open_task(
        kind=TaskKind.ASSESSMENT,
        key=f"{finding.code} {finding.sentence}"[:80],
        queue=Queue.PHYSICIAN,
        title=finding.sentence,
        injection=injection,
        due_at=at,
        urgent=True,
        at=at,
    )
    worklist.revive(task=task, at=at)


def _close(injection: Injection, standing: tuple[Finding, ...], outcome: str, at: datetime) -> None:
    titles = {finding.sentence for finding in standing}
    asked = worklist.open_tasks().filter(injection=injection, kind=TaskKind.ASSESSMENT)
    for task in asked.exclude(title__in=titles):
        worklist.finish(task=task, outcome=outcome, by=None, at=at)
