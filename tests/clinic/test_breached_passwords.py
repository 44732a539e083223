"""A new password is none that attackers have from breaches of other sites."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from tests import world

KNOWN = "known from a breach of some other site"
MINE, BREACHED = "rain-over-the-lake-7", "P@ssw0rd1234"


def complaints(password):
    """What is said about a password that somebody chooses."""
    try:
        validate_password(password)
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize(
    "password",
    ["password1234", BREACHED, "Jennifer1985", "qwertyuiop12", "correcthorsebatterystaple"],
)
def test_a_password_known_from_breaches_is_refused_with_one_sentence(password):
    (said,) = complaints(password)

    assert KNOWN in said
    assert said.endswith("Choose another.")


def test_capitals_make_no_other_password():
    assert KNOWN in complaints("QwErTyUiOp12")[0]


@pytest.mark.parametrize("password", [MINE, "é" * 40, "seven grey herons wait " * 20])
def test_a_password_that_nobody_has_passes_however_long(password):
    assert complaints(password) == []


@pytest.mark.parametrize("password", ["short", "monkey12345"])
def test_one_that_is_too_short_is_refused_for_that(password):
    assert "too short" in complaints(password)[0]


@pytest.mark.django_db
def test_the_page_of_a_new_password_says_why_and_keeps_the_old_one():
    user = world.a_user("desk", password=MINE)
    browser = Client()
    browser.force_login(user)

    answer = browser.post(
        "/accounts/password/change/",
        {"oldpassword": MINE, "password1": BREACHED, "password2": BREACHED},
    )

    user.refresh_from_db()
    assert KNOWN in answer.content.decode()
    assert user.check_password(MINE)
