"""The servers we were given: examined, not trusted."""

import pytest
from django.db import connection

from clinic import checks


@pytest.mark.django_db
def test_the_servers_of_the_tests_pass():
    assert [problem for problem in checks.postgres_fits(["default"]) if problem.is_serious()] == []


@pytest.mark.django_db
def test_a_server_that_may_forget_is_named():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    problems = checks.postgres_fits(["default"])

    assert [problem.id for problem in problems] == ["clinic.W001"]
    assert "synchronous_commit off" in problems[0].msg


def test_without_a_database_nothing_is_asked():
    assert checks.postgres_fits() == []
