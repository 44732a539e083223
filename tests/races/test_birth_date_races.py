"""Many who try dates of birth at the same moment, through links of one patient."""

from datetime import timedelta

import pytest

from reminders.messaging.content import birth_dates
from reminders.models import Link, WrongBirthDate
from scheduling.models import Task, TaskKind
from tests.races.crowd import crowd, deadlocks
from tests.reminders.diaries import a_link
from tests.world import NOW, a_booking

pytestmark = pytest.mark.django_db(transaction=True)


def give(link: int, days: int, barrier) -> bool:
    """A date of birth so many days off, as soon as everybody is there."""
    found = Link.objects.select_related("injection__patient").get(pk=link)
    birth_date = found.injection.patient.birth_date + timedelta(days=days)
    barrier.wait()
    return birth_dates.unlock(link=found, birth_date=birth_date, address=None, at=NOW)


def links(count: int) -> list[int]:
    injection = a_booking()
    for letter in "ABCDEFGH"[:count]:
        a_link(injection, token=letter * 22)
    return list(Link.objects.values_list("pk", flat=True))


def test_of_eight_wrong_dates_at_once_five_are_looked_at_and_one_task_opens():
    tried, broken = links(8), deadlocks()

    said = crowd(8, lambda number, barrier: give(tried[number], 1, barrier))

    assert not any(said)
    assert WrongBirthDate.objects.count() == 5
    assert Task.objects.filter(kind=TaskKind.LINK_LOCKED).count() == 1
    assert deadlocks() == broken


def test_two_wrong_dates_at_once_are_both_counted():
    tried = links(2)

    crowd(2, lambda number, barrier: give(tried[number], 1, barrier))

    assert WrongBirthDate.objects.count() == 2
