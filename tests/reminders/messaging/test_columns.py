"""Columns arrive in PostgreSQL as they were."""

import pytest
from django.db import connection

from reminders.messaging.arrays import column

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "values",
    [
        ["plain", "", None, "NULL", "null", "a,b", "{c}", " d ", "é"],
        ['"', "\\", "tab\tand\nline", "é", "\x01", "\\n", '\\"', "{}", None],
        [],
    ],
)
def test_every_text_arrives_as_it_was(values):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [column(values)])
        assert cursor.fetchone()[0] == values


def test_numbers_arrive_as_they_were():
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::bigint[]", [column([1, -2, None])])
        assert cursor.fetchone()[0] == [1, -2, None]
