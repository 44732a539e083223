"""What is written beside a score is read by somebody, or answered by the page."""

import pytest

from reminders.followup import surveys
from reminders.models import Survey
from reminders.protocols.warning_signs import shipped
from scheduling.models import Task, TaskKind
from tests.reminders.diaries import a_diary, answered, at

pytestmark = pytest.mark.django_db


def kinds(injection) -> list[str]:
    return [task.kind.value for task in Task.objects.filter(injection=injection).order_by("pk")]


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        ("The chair was hard to get out of", "patient_note"),
        ("numb between my legs", "red_flag"),
        ("temp 102", "red_flag"),
    ],
)
def test_a_comment_is_in_front_of_a_nurse(comment, kind):
    injection = a_diary()

    answered(injection, "H2", 3, comment=comment)

    task = Task.objects.get(
        injection=injection, kind__in=[TaskKind.PATIENT_NOTE, TaskKind.RED_FLAG]
    )
    assert (task.kind, task.detail) == (kind, comment)


def test_a_numb_leg_within_its_hours_is_answered_by_the_page():
    injection = a_diary()
    assert Survey.objects.get(injection=injection, slot="H2").due_at < at(
        shipped().expected_until.total_seconds() / 3600
    )

    answered(injection, "H2", 3, comment="my leg is numb")

    assert kinds(injection) == []


@pytest.mark.parametrize("comment", ["", "   "])
def test_no_words_are_no_work(comment):
    injection = a_diary()

    answered(injection, "H2", 3, comment=comment)

    assert kinds(injection) == []


def test_a_corrected_score_repeats_no_words_to_a_nurse():
    injection = a_diary()
    (reading,) = answered(injection, "H2", 3, comment="The chair was hard to get out of")

    surveys.correct(reading=reading, score=4, by=None, at=at(2.2))

    assert Task.objects.get(injection=injection).detail == reading.comment
