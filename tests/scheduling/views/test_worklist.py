"""Open tasks."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling import worklist
from scheduling.models import Access, Queue, TaskKind
from tests import world
from tests.pages import read

pytestmark = pytest.mark.django_db


def a_task(key="1", queue=Queue.DESK, kind=TaskKind.UNKNOWN_SENDER, **facts):
    facts = {"title": f"Phone about {key}", "due_at": world.NOW + timedelta(days=1)} | facts
    return worklist.open_task(kind=kind, key=key, queue=queue, at=world.NOW, **facts)


def test_a_queue_shows_its_own_tasks_with_patient_and_phone(desk, noon):
    patient = world.a_patient(mobile="+12175550100")
    a_task(patient=patient)
    a_task("other", Queue.PHYSICIAN)

    page = desk.get(reverse("worklist")).content.decode()

    assert "Phone about 1" in page
    assert "tel:+12175550100" in page
    assert "Phone about other" not in page


def test_all_queues_can_be_seen_together(desk, noon):
    a_task("other", Queue.PHYSICIAN)

    assert "Phone about other" in desk.get(reverse("worklist"), {"queue": "all"}).content.decode()


def test_a_task_past_its_time_says_late(desk, noon):
    a_task(due_at=world.NOW - timedelta(hours=1))

    assert "Late" in desk.get(reverse("worklist")).content.decode()


def test_finishing_keeps_the_outcome_and_who(desk, noon):
    task = a_task()

    answer = desk.post(reverse("task_finish", args=[task.pk]), {"outcome": "Reached"})

    task.refresh_from_db()
    assert answer.status_code == 302
    assert (task.outcome, task.done_by, task.done_at) == ("Reached", desk.user, world.NOW)


def test_finishing_without_an_outcome_is_refused_beside_the_task(desk, noon):
    task = a_task()

    answer = desk.post(reverse("task_finish", args=[task.pk]), {"outcome": ""})

    task.refresh_from_db()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert task.done_at is None


def test_a_finished_task_can_be_undone(desk, noon):
    task = a_task()
    desk.post(reverse("task_finish", args=[task.pk]), {"outcome": "Wrong row"})

    desk.post(reverse("task_reopen", args=[task.pk]))

    task.refresh_from_db()
    assert task.done_at is None


@pytest.mark.parametrize("outcome", ["Reached", ""])
def test_finishing_a_task_of_others_is_refused_with_who_may(desk, noon, outcome):
    task = a_task(kind=TaskKind.RED_FLAG)

    answer = desk.post(reverse("task_finish", args=[task.pk]), {"outcome": outcome})

    task.refresh_from_db()
    assert answer.status_code == 403
    assert "“Phone about 1” is finished and opened again by: nurse or physician." in read(answer)
    assert task.done_at is None


def test_reopening_a_task_of_others_is_refused_with_who_may(nurse, noon):
    task = a_task(queue=Queue.PHYSICIAN)
    worklist.finish(task=task, outcome="Decided", by=world.a_user("physician"), at=world.NOW)

    answer = nurse.post(reverse("task_reopen", args=[task.pk]))

    task.refresh_from_db()
    assert answer.status_code == 403
    assert "opened again by: physician." in read(answer)
    assert task.outcome == "Decided"


def test_who_may_not_finish_a_task_reads_who_does_and_is_offered_no_button(desk, nurse, noon):
    task = a_task(kind=TaskKind.PATIENT_NOTE)
    finish = reverse("task_finish", args=[task.pk])

    pages = [read(client.get(reverse("worklist"), {"queue": "all"})) for client in (desk, nurse)]

    assert [finish in page for page in pages] == [False, True]
    assert ["For: nurse or physician" in page for page in pages] == [True, False]


def test_who_may_not_reopen_a_task_is_offered_no_undo(desk, nurse, noon):
    task = a_task(queue=Queue.NURSE)
    worklist.finish(task=task, outcome="Reached", by=None, at=world.NOW)
    reopen = reverse("task_reopen", args=[task.pk])

    pages = [read(client.get(reverse("worklist"), {"queue": "all"})) for client in (desk, nurse)]

    assert [reopen in page for page in pages] == [False, True]


def test_a_patient_shown_among_what_was_done_lately_leaves_a_trace(desk, noon):
    injection = world.a_booking()
    task = a_task(injection=injection)
    worklist.finish(task=task, outcome="Reached", by=None, at=world.NOW)

    desk.get(reverse("worklist"))

    assert Access.objects.filter(page="worklist", patient=injection.patient).count() == 1


def test_finishing_what_a_colleague_finished_says_so(desk, noon):
    task = a_task()
    desk.post(reverse("task_finish", args=[task.pk]), {"outcome": "Reached"})

    answer = desk.post(reverse("task_finish", args=[task.pk]), {"outcome": "Reached again"})

    assert answer.status_code == 422
    assert "Somebody has finished this task already" in answer.content.decode()


def test_a_list_of_tasks_costs_the_same_however_long_it_is(desk, noon, queries):
    a_task(patient=world.a_patient())
    one = queries(lambda: desk.get(reverse("worklist")))
    for key in "234":
        a_task(key, patient=world.a_patient())

    assert queries(lambda: desk.get(reverse("worklist"))) == one


def test_patients_in_the_list_are_written_down_as_looked_at(desk, noon):
    patient = world.a_patient()
    a_task(patient=patient)

    desk.get(reverse("worklist"))

    assert Access.objects.get(page="worklist").patient == patient


def test_an_empty_queue_says_how_tasks_come_about(desk, noon):
    assert "Nothing waits here" in desk.get(reverse("worklist")).content.decode()


def test_garbage_for_a_queue_shows_all(desk, noon):
    a_task()

    page = desk.get(reverse("worklist"), {"queue": "\x00"})

    assert page.status_code == 200
    assert "Phone about 1" in page.content.decode()
