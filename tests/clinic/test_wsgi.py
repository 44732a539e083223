"""Whom a request comes from when a proxy stands in front: limits and traces count by address."""

import pytest
from django.core.handlers.wsgi import WSGIHandler

from clinic import wsgi


@pytest.fixture
def visitor(monkeypatch):
    """The address that reaches Django for a request from `peer` with this X-Forwarded-For."""

    def ask(peer, forwarded):
        seen = []
        monkeypatch.setattr(
            WSGIHandler, "__call__", lambda _, environ, start: seen.append(environ["REMOTE_ADDR"])
        )
        wsgi.application({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}, None)
        return seen.pop()

    return ask


def test_a_visitor_behind_our_proxy_is_whom_the_proxy_names(visitor):
    assert visitor("127.0.0.1", "198.51.100.7") == "198.51.100.7"


def test_what_a_visitor_puts_before_the_proxys_word_is_not_believed(visitor):
    assert visitor("127.0.0.1", "192.0.2.1, 198.51.100.7") == "198.51.100.7"


def test_a_stranger_cannot_name_another_address(visitor):
    assert visitor("203.0.113.9", "198.51.100.7") == "203.0.113.9"
