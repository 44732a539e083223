"""Work for people, and the record of who looked at whom."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import RequestFactory

from scheduling import worklist
from scheduling.models import Access, Queue, Task, TaskKind
from scheduling.people import access
from tests.world import NOW, a_patient, a_user

pytestmark = pytest.mark.django_db
MAY_FINISH = {
    Queue.DESK: {"desk", "nurse", "physician"},
    Queue.NURSE: {"nurse", "physician"},
    Queue.PHYSICIAN: {"physician"},
}
NEVER_THE_DESK = {
    TaskKind.RED_FLAG,
    TaskKind.PAUSED_DRUG,
    TaskKind.FLARE,
    TaskKind.PATIENT_NOTE,
}


def a_task(**fields):
    facts = {
        "kind": TaskKind.UNKNOWN_SENDER,
        "key": "1",
        "queue": Queue.DESK,
        "title": "Phone",
        "due_at": NOW,
    }
    return worklist.open_task(**facts | fields, at=NOW)


def test_one_cause_opens_one_task():
    assert a_task() == a_task(title="Phone again")


def test_a_finished_task_is_not_opened_again_by_its_cause():
    task = worklist.finish(task=a_task(), outcome="Reached", by=a_user(), at=NOW)

    assert a_task().done_at == task.done_at == NOW


def test_a_finished_task_says_what_came_of_it():
    with pytest.raises(ValidationError, match="Enter the outcome"):
        worklist.finish(task=a_task(), outcome=" ", by=None, at=NOW)


def test_the_first_to_finish_a_task_counts():
    task, desk = a_task(), a_user()
    worklist.finish(task=task, outcome="Reached", by=desk, at=NOW)

    with pytest.raises(ValidationError, match="already"):
        worklist.finish(task=task, outcome="Not reached", by=a_user(), at=NOW)

    task.refresh_from_db()
    assert (task.outcome, task.done_by) == ("Reached", desk)


def test_a_reopened_task_is_on_the_list_again():
    task = worklist.finish(task=a_task(), outcome="Reached", by=a_user(), at=NOW)

    worklist.reopen(task=task, by=a_user(), at=NOW)

    assert list(worklist.open_tasks()) == [task]
    with pytest.raises(ValidationError, match="open already"):
        worklist.reopen(task=task, by=a_user(), at=NOW)


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("queue", Queue)
@pytest.mark.parametrize("role", ["desk", "nurse", "physician", "administrator"])
def test_queue_and_kind_decide_together_who_may_finish_a_task(role, queue, kind):
    task, user = Task(queue=queue, kind=kind, title="Phone"), get_user_model()(role=role)

    may = role in MAY_FINISH[queue] and (kind not in NEVER_THE_DESK or role != "desk")
    may = may and (kind is not TaskKind.COSIGNATURE or role == "physician")

    assert worklist.may_finish(task, user) is (may and kind not in worklist.DONE_BY_ACT)
    assert (role in worklist.who_may_finish(task).split(" or ")) is may


def test_the_system_may_finish_every_task():
    assert worklist.may_finish(Task(queue=Queue.PHYSICIAN, kind=TaskKind.RED_FLAG), None)


def test_somebody_who_has_left_finishes_nothing():
    task = Task(queue=Queue.DESK, kind=TaskKind.UNKNOWN_SENDER)

    assert not worklist.may_finish(task, get_user_model()(role="physician", is_active=False))


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({"kind": TaskKind.RED_FLAG}, "nurse or physician"),
        ({"queue": Queue.NURSE}, "nurse or physician"),
        ({"queue": Queue.PHYSICIAN}, "physician"),
    ],
)
def test_the_desk_neither_finishes_nor_reopens_what_others_judge_and_hears_who_does(fields, who):
    task, desk = a_task(**fields), a_user("desk")

    with pytest.raises(PermissionDenied, match=f"by: {who}\\."):
        worklist.finish(task=task, outcome="Looked at it", by=desk, at=NOW)
    worklist.finish(task=task, outcome="Phoned", by=a_user("physician"), at=NOW)
    with pytest.raises(PermissionDenied, match=f"by: {who}\\."):
        worklist.reopen(task=task, by=desk, at=NOW)

    task.refresh_from_db()
    assert (task.outcome, task.done_by.role) == ("Phoned", "physician")


def test_urgent_work_comes_first_then_what_is_due_soonest():
    later = a_task(key="later", due_at=NOW + timedelta(days=2))
    soon = a_task(key="soon", due_at=NOW + timedelta(days=1))
    urgent = a_task(key="urgent", due_at=NOW + timedelta(days=3), urgent=True)
    a_task(key="nurse", queue=Queue.NURSE)

    assert list(worklist.open_tasks(Queue.DESK)) == [urgent, soon, later]


def test_an_unknown_queue_is_refused():
    with pytest.raises(ValidationError, match="choose one of"):
        a_task(queue="lobby")


def test_a_view_of_patients_leaves_one_row_each():
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9")
    request.user = a_user()
    patients = [a_patient(), a_patient()]

    access.viewed(request=request, page="day", patients=[*patients, patients[0]], at=NOW)

    rows = Access.objects.order_by("patient")
    assert [row.patient for row in rows] == patients
    assert {(row.user, row.page, row.address) for row in rows} == {
        (request.user, "day", "10.0.0.9")
    }


def test_a_view_without_a_login_is_recorded_without_a_user():
    request = RequestFactory().get("/")

    access.viewed(request=request, page="link", patients=[a_patient()], at=NOW)

    assert Access.objects.get().user is None


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_record_of_views_cannot_be_changed_or_removed(change):
    access.viewed(request=RequestFactory().get("/"), page="x", patients=[a_patient()], at=NOW)
    rows = Access.objects.all()

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(page="y") if change == "update" else rows.delete()

    assert Access.objects.get().page == "x"
