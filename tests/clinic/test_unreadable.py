"""What no browser sends is answered with 400 or 404, never with an error of ours."""

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from tests import world
from tests.clinic.fuzz import junk
from tests.clinic.fuzz.dice import UNFORGED
from tests.clinic.fuzz.wire import RawRequest, Wire

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connection_stays_open(monkeypatch):
    """After a request Django would close the connection, and with it end the test's transaction."""
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


def posted(path: str, kind: str, body: bytes, query: str = "") -> int:
    headers = {"CONTENT_TYPE": kind, **UNFORGED}
    with Wire() as wire:
        return wire.ask(RawRequest("stranger", "POST", path, query, headers, body)).status


def opened(path: str, **headers: str) -> int:
    with Wire() as wire:
        return wire.ask(RawRequest("stranger", "GET", path, headers=headers)).status


UNREADABLE = {
    "1001 fields": (junk.URLENCODED, b"&".join(b"f%d=1" % number for number in range(1001))),
    "broken multipart": ("multipart/form-data", b"--edge"),
    "3 MB": (junk.URLENCODED, b"a=" + b"x" * 3_000_000),
}
ENCODINGS = ("utf-7", "idna", "punycode", "undefined", "rot13", "hex", "utf-16")


@pytest.mark.parametrize(("kind", "body"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_form_that_cannot_be_read_is_a_bad_request(kind, body):
    assert posted(reverse("account_login"), kind, body) == 400


@pytest.mark.parametrize(("kind", "body"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_form_that_cannot_be_read_finds_no_page_where_there_is_none(kind, body):
    assert posted("/nowhere", kind, body) == 404


@pytest.mark.parametrize("kind", [junk.URLENCODED, junk.MULTIPART])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_another_encoding_than_utf_8_is_refused(kind, encoding):
    body = junk.multipart([(b"login", b"\xff")])

    assert posted(reverse("account_login"), f"{kind}; charset={encoding}", body, "a=%ff") == 400


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "us-ascii"])
def test_a_form_that_names_its_encoding_is_read(encoding):
    status = posted(reverse("account_login"), f"{junk.URLENCODED}; charset={encoding}", b"")

    assert status == 200


def test_a_query_with_too_many_fields_is_refused_in_any_encoding():
    query = "&".join(f"f{number}=1" for number in range(1001))

    kind = f"{junk.URLENCODED}; charset=utf-8"

    assert posted(reverse("account_login"), kind, b"", query) == 400


@pytest.mark.parametrize("path", ["/nowhere%00", "/admin/auth/group/%00/change/", "/p/%00"])
def test_a_null_character_in_a_path_is_refused(path):
    assert opened(path) == 400


def test_a_null_character_in_a_cookie_is_refused():
    cookie = rf'{settings.SESSION_COOKIE_NAME}="abcdefgh\000"'

    assert opened(reverse("account_login"), HTTP_COOKIE=cookie) == 400


def test_the_page_of_a_bad_request_says_what_to_do():
    with Wire() as wire:
        answer = wire.ask(RawRequest("stranger", "GET", "/%00"))

    assert b"This could not be read" in answer.body


@pytest.mark.parametrize("name", ["http://[", "//[", "http://[::1"])
def test_signing_out_to_what_is_no_address_leads_to_the_start(client, name):
    answer = client.post(reverse("account_logout"), {"next": name})

    assert answer.status_code == 302


@pytest.mark.parametrize("back", ["2026", "http://[", "a:b", "\x00"])
def test_the_clock_of_the_demonstration_leads_back_to_whatever_it_was_told(client, back):
    client.force_login(world.a_user("desk"))

    answer = client.post(reverse("sandbox_travel"), {"to": "yesterday", "next": back})

    assert answer.status_code == 302
