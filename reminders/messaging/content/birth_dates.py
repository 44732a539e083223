"""The date of birth behind every link: five wrong ones a patient and day, then a person helps."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from reminders.models import Link, LinkRenewal, WrongBirthDate
from scheduling import deadlines, worklist
from scheduling.models import Patient, Queue, Task, TaskKind
from scheduling.rules.wall_clock import midnight_before

MOST_WRONG = 5
"""Wrong dates a patient and day. It protects patients, so no clinic changes it."""


def is_locked(patient: Patient, at: datetime) -> bool:
    """Whether no link of this patient asks for a date of birth any more today.

    A day is the patient's own, as with the limit of texts: the same for the links of every
    location. 24 hours from each wrong one would be stricter, but who errs in the evening must
    read in the morning how to fast. What was wrong before the latest new link counts no more,
    since a person has looked.
    """
    return _that_count(patient, at).count() >= MOST_WRONG


def _that_count(patient: Patient, at: datetime) -> QuerySet[WrongBirthDate]:
    today = patient.wrong_birth_dates.filter(at__gte=midnight_before(at, patient.zone))
    since = {"message__injection__patient": OuterRef("patient"), "sent_at__gte": OuterRef("at")}
    return today.exclude(Exists(LinkRenewal.objects.filter(**since)))


@transaction.atomic
def unlock(*, link: Link, birth_date: date, address: str | None, at: datetime) -> bool:
    """Whether this is the patient's date of birth. A wrong one is counted, a right one resets
    nothing.

    Those who try at the same moment take turns, so nobody has a sixth try. `address` is where the
    visitor is, as in `Access`.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=link.injection.patient_id)
    if is_locked(patient, at):
        return False
    if patient.birth_date == birth_date:
        return True
    wrong = WrongBirthDate.objects.create(patient=patient, link=link, address=address, at=at)
    if is_locked(patient, at):
        _ask_for_help(wrong)
    return False


def open_tasks(patient: Patient) -> QuerySet[Task]:
    """What the desk has yet to do about locked links of this patient."""
    return Task.objects.filter(kind=TaskKind.LINK_LOCKED, patient=patient, done_at=None)


def _ask_for_help(last: WrongBirthDate) -> None:
    if open_tasks(last.patient).exists():
        return
    injection = last.link.injection
    worklist.open_task(
        kind=TaskKind.LINK_LOCKED,
        key=f"wrong {last.pk}",  # another lock is another cause
        queue=Queue.DESK,
        title="A patient's links are locked for today after five wrong dates of birth: "
        "phone the patient",
        detail="Check the date of birth on file, and that the number and e-mail are the patient's. "
        "Then send a new link from the messages of the injection. Tomorrow the links ask again.",
        injection=injection,
        due_at=deadlines.call_back(injection, last.at),
        at=last.at,
    )
