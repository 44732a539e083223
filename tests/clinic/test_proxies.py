"""Whom a request comes from when a proxy stands in front: limits and traces count by address."""

import pytest
from django.core.handlers.wsgi import WSGIHandler

from clinic.proxies import behind_proxies
from tests.world import a_booking, a_user

TRUSTED = ("127.0.0.1", "::1", "10.0.0.0/8")


def heard(peer="127.0.0.1", **headers):
    """The environment that reaches Django for a request from `peer` with these headers."""
    seen = []

    def application(environ, start_response):
        seen.append(environ)
        return []

    names = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    behind_proxies(application, TRUSTED)({"REMOTE_ADDR": peer} | names, None)
    return seen.pop()


def visitor(peer, forwarded):
    return heard(peer, x_forwarded_for=forwarded)["REMOTE_ADDR"]


def test_a_visitor_behind_our_proxy_is_whom_the_proxy_names():
    assert visitor("127.0.0.1", "198.51.100.7") == "198.51.100.7"


def test_without_a_proxy_the_visitor_is_who_connects():
    assert heard("198.51.100.7")["REMOTE_ADDR"] == "198.51.100.7"
    assert visitor("127.0.0.1", " ") == "127.0.0.1"


def test_what_a_visitor_puts_before_the_proxys_word_is_not_believed():
    assert visitor("127.0.0.1", "192.0.2.1, 198.51.100.7") == "198.51.100.7"


def test_proxies_behind_each_other_are_all_passed_over():
    assert visitor("127.0.0.1", "192.0.2.1, 198.51.100.7, 10.1.2.3") == "198.51.100.7"


def test_a_stranger_cannot_name_another_address():
    assert visitor("203.0.113.9", "198.51.100.7") == "203.0.113.9"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_an_address_is_read_as_proxies_write_it(written, address):
    assert visitor("127.0.0.1", written) == address


@pytest.mark.parametrize(
    "written",
    ["unknown", "_hidden", "1.2.3", "[::1", "1.2.3.4:99999999:1", "\x00", "ü", "a" * 5000, ",,,"],
)
def test_what_cannot_be_read_is_unknown(written):
    assert visitor("127.0.0.1", written) == ""
    assert visitor("127.0.0.1", f"198.51.100.7, {written}") == ""


@pytest.mark.parametrize(
    ("said", "believed"), [("https", "https"), ("http, HTTPS", "https"), ("ftp", None), ("", None)]
)
def test_the_scheme_is_the_last_one_that_a_proxy_names(said, believed):
    assert heard(x_forwarded_proto=said).get("HTTP_X_FORWARDED_PROTO") == believed


def test_a_stranger_cannot_say_that_the_request_came_by_https():
    environ = heard("203.0.113.9", x_forwarded_proto="https", x_forwarded_host="evil.example")

    assert not [name for name in environ if "FORWARDED" in name]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "198.51.100.7", "2001:db8::1"])
@pytest.mark.parametrize("page", ["/", "/accounts/login/", "/p/abcdefghijklmnopqrstuv", "/healthz"])
def test_no_page_fails_for_an_address_that_is_unknown(client, address, page):
    assert client.get(page, REMOTE_ADDR=address).status_code < 500


@pytest.mark.django_db
def test_staff_sign_in_and_look_at_patients_from_an_unknown_address(client):
    injection = a_booking()
    client.force_login(a_user("desk"))

    answer = client.get(f"/injections/{injection.reference}", REMOTE_ADDR="")

    assert answer.status_code == 200


def test_the_application_that_is_served_stands_behind_the_proxies(monkeypatch):
    from clinic import wsgi

    seen = []
    monkeypatch.setattr(WSGIHandler, "__call__", lambda _, environ, start: seen.append(environ))
    wsgi.application({"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https"}, None)

    assert "HTTP_X_FORWARDED_PROTO" not in seen.pop()
