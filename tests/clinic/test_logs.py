"""What may not stand in a log."""

import logging

import pytest
import structlog

from clinic.logs import RedactingFormatter, without_rows

TOKEN = "Zx81" * 5 + "Qq"


@pytest.fixture
def line():
    renderer = structlog.processors.JSONRenderer()
    return RedactingFormatter(processor=renderer).format


def a_record(message: str, *arguments: object, **facts: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"msg": message, "args": arguments, "levelname": "WARNING"} | facts
    )


def test_the_token_of_a_link_is_left_out_of_a_line(line):
    said = line(a_record("Too Many Requests: %s", f"/p/{TOKEN}/open"))

    assert TOKEN not in said
    assert "/p/(link)/open" in said


def test_a_link_to_a_new_password_is_in_no_line(line):
    said = line(a_record("Not Found: %s", f"/accounts/password/reset/key/4f-{TOKEN}/"))

    assert TOKEN not in said
    assert "/password/reset/key/(link)/" in said


def test_the_token_of_a_link_is_left_out_of_a_traceback(line):
    try:
        raise ValueError(f"http://localhost:8000/p/{TOKEN}")
    except ValueError as error:
        said = line(a_record("failed", exc_info=(type(error), error, error.__traceback__)))

    assert TOKEN not in said


def test_other_addresses_are_left_as_they_are(line):
    assert "/patients/new" in line(a_record("Not Found: /patients/new"))


def test_the_row_that_the_database_refused_is_left_out():
    refused = (
        'IntegrityError: new row violates check constraint "a"\n'
        'DETAIL:  Failing row contains (7, Smith, ["2026-03-16", line\nand line).\n'
        "\nThe above exception was the direct cause of the following exception:\n"
        "\nIntegrityError: again\nDETAIL:  Key (mrn)=(A-77) already exists."
    )

    said = without_rows(None, "error", {"event": "failed", "exception": refused})["exception"]

    assert 'violates check constraint "a"' in said
    assert "The above exception" in said
    assert not any(word in said for word in ("Smith", "and line", "A-77"))
