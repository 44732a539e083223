"""nginx and Caddy with the files of `deploy/`: what reaches Blockwise, and what never does."""

import http.client
import re
import socket
import ssl
import subprocess
import sys
from contextlib import closing

import pytest

from clinic.accounts.models import SignInEvent
from clinic.demo.process_tree import ROOT
from tests import world
from tests.deploy import proxies, upstream
from tests.ports import free_port
from tests.waiting import until

VISITOR, FORGED = "127.0.0.2", "203.0.113.9"
SECRET = "m3Jt0kEnOfAPatientsLink"
MEGABYTE = 1024 * 1024
SHORT = {
    "nginx": {
        "header_timeout 15s": "header_timeout 1s",
        "body_timeout 15s": "body_timeout 1s",
    },
    "caddy": {"read_header 15s": "read_header 1s", "read_body 60s": "read_body 1s"},
}


@pytest.fixture(scope="module", params=proxies.KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def behind():
    with upstream.listening() as server:
        yield server


@pytest.fixture(scope="module")
def proxy(kind, behind, tmp_path_factory):
    with proxies.running(kind, behind.port, tmp_path_factory.mktemp(kind)) as running:
        yield running


@pytest.fixture
def arrived(behind):
    """The requests of this test that the proxy has passed on."""
    behind.requests.clear()
    behind.begun.clear()
    return behind.requests


@pytest.fixture
def alone(kind, tmp_path):
    """The proxy while no web process answers."""
    with proxies.running(kind, free_port(), tmp_path) as running:
        yield running


def trusting():
    context = ssl.create_default_context()
    proxies.AUTHORITY.configure_trust(context)
    return context


def asked(proxy, method="GET", path="/", visitor=VISITOR, **sent):
    """Status, headers and body of one request on a connection of its own."""
    site = http.client.HTTPSConnection(
        proxies.HOST, proxy.port, timeout=30, context=trusting(), source_address=(visitor, 0)
    )
    with closing(site):
        site.request(method, path, **sent)
        answer = site.getresponse()
        return answer.status, answer.headers, answer.read()


def begun(proxy, text):
    """A connection on which a visitor has sent this much."""
    plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
    visitor = trusting().wrap_socket(plain, server_hostname=proxies.HOST)
    visitor.sendall(text)
    return visitor


def logged(proxy, *words):
    """What the proxy has logged, once these words stand there."""
    return until(lambda: (said := proxy.logged()) and all(word in said for word in words) and said)


def upload(size):
    return f"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()


def test_blockwise_hears_who_comes_and_how_from_the_proxy_alone(proxy, arrived):
    claimed = {
        "X-Forwarded-For": FORGED,
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "81",
        "Forwarded": f"for={FORGED};proto=http",
        "X-Real-IP": "198.51.100.1",
    }

    asked(proxy, headers=claimed)

    (request,) = arrived
    assert request.header("X-Forwarded-For") == [VISITOR]
    assert request.header("X-Forwarded-Proto") == ["https"]
    assert request.header("Host")[0].partition(":")[0] == proxies.HOST
    assert not re.search(rf"{FORGED}|evil\.example|\b81\b", str(request.headers))


def test_headers_with_underscores_do_not_arrive(proxy, arrived):
    asked(proxy, headers={"X_Forwarded_For": FORGED, "X-Forwarded_Proto": "http", "Odd_One": "1"})

    (request,) = arrived
    assert [name for name, _ in request.headers if "_" in name] == []


def test_a_slow_upload_is_held_until_all_of_it_has_come(proxy, behind, arrived):
    with closing(begun(proxy, upload(1000) + b"x" * 999)) as slow:
        asked(proxy, path="/quick")
        meanwhile = [*behind.begun]
        slow.sendall(b"x")
        assert slow.recv(100).startswith(b"HTTP/1.1 200")

    assert meanwhile == ["/quick"]
    assert arrived[-1].body == b"x" * 1000


def test_a_megabyte_is_passed_on_and_more_is_refused(proxy, arrived):
    most, _, _ = asked(proxy, "POST", body=b"x" * MEGABYTE)
    more, _, _ = asked(proxy, "POST", body=b"x" * (MEGABYTE + 1))
    in_pieces, _, _ = asked(proxy, "POST", body=iter([b"x" * MEGABYTE, b"x"]))

    assert (most, more, in_pieces) == (200, 413, 413)
    assert [len(request.body) for request in arrived] == [MEGABYTE]


@pytest.fixture
def hasty(kind, behind, tmp_path):
    """The proxy with the patience of a moment."""
    with proxies.running(kind, behind.port, tmp_path, SHORT[kind]) as running:
        yield running


def test_who_sends_a_request_too_slowly_is_cut_off(hasty, arrived):
    with closing(begun(hasty, b"GET / HTTP/1.1\r\nHost: loc")) as slow:
        while slow.recv(1000):
            pass

    assert arrived == []


def test_an_upload_that_takes_too_long_is_given_up(hasty, arrived):
    with closing(begun(hasty, upload(1000) + b"x")):
        logged(hasty, "/upload")

    assert arrived == []


def test_connections_to_blockwise_are_kept_for_the_next_visitor(proxy, arrived):
    asked(proxy, visitor="127.0.0.3")
    asked(proxy, visitor="127.0.0.4")

    first, second = arrived
    assert first.connection == second.connection


def test_pages_are_not_compressed_by_the_proxy(proxy, arrived):
    _, headers, body = asked(proxy, headers={"Accept-Encoding": "gzip, br, zstd"})

    assert "Content-Encoding" not in headers
    assert body == upstream.PAGE


def test_http_2_is_spoken_and_plain_http_leads_to_tls(proxy):
    context = trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", proxy.port))
    with context.wrap_socket(plain, server_hostname=proxies.HOST) as visitor:
        assert visitor.selected_alpn_protocol() == "h2"

    with closing(http.client.HTTPConnection(proxies.HOST, proxy.plain_port)) as site:
        site.request("GET", "/patients")
        answer = site.getresponse()

    assert answer.status in (301, 308)
    assert re.fullmatch(r"https://localhost(:\d+)?/patients", answer.headers["Location"])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_while_no_web_process_answers_visitors_read_what_to_do(alone, method):
    status, headers, body = asked(alone, method, "/patients")

    assert status == 503
    assert headers["Retry-After"] == "60"
    assert headers["Cache-Control"] == "no-store"
    assert body == (proxies.DEPLOY / "away.html").read_bytes()


def visits_with_secrets(proxy):
    """Requests of those who hold a link, or one to a new password; too big and broken ones too."""
    told = {"Referer": f"https://localhost/p/{SECRET}", "Cookie": f"blockwise={SECRET}"}
    for path in (f"/p/{SECRET}", f"//p/{SECRET}/check-in", f"/accounts/reset/{SECRET}?q={SECRET}"):
        asked(proxy, path=path, headers=told)
        asked(proxy, "POST", path, headers=told, body=b"x" * (MEGABYTE + 1))
        with closing(begun(proxy, f"GET {path} HTTP/1.1\r\nHost: a b\r\n\r\n".encode())) as broken:
            broken.recv(100)


def test_secrets_of_links_are_in_no_log(proxy):
    visits_with_secrets(proxy)

    said = logged(proxy, "/p", "/accounts", "413")
    assert SECRET not in said


def test_secrets_of_links_are_in_no_log_while_no_web_process_answers(alone):
    visits_with_secrets(alone)

    said = logged(alone, "/p", "/accounts", "503")
    assert SECRET not in said


@pytest.fixture
def web_port(process_environment, tmp_path):
    """A real web process of the site https://localhost."""
    port, said = free_port(), tmp_path / "web.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", "web", "--port", str(port)],
            env=process_environment | {"SITE_URL": "https://localhost", "PORT": str(port)},
            stdout=log,
            stderr=log,
        )
    until(lambda: "Listening" in said.read_text(), seconds=60)
    yield port
    process.terminate()
    process.wait(30)


def wrong_password(proxy, user):
    """Sign in with a wrong password as somebody who pretends to come from elsewhere."""
    claimed = {
        "Host": "localhost",
        "X-Forwarded-For": FORGED,
        "X_Forwarded_For": FORGED,
        "X-Forwarded-Proto": "http",
    }
    status, headers, page = asked(proxy, path="/accounts/login/", headers=claimed)
    assert (status, "Strict-Transport-Security" in headers) == (200, True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.decode())[1]
    claimed |= {
        "Cookie": headers["Set-Cookie"].partition(";")[0],
        "Referer": "https://localhost/accounts/login/",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = f"csrfmiddlewaretoken={token}&login={user.username}&password=wrong"
    assert asked(proxy, "POST", "/accounts/login/", headers=claimed, body=body)[0] == 200


@pytest.mark.processes
def test_a_web_process_behind_each_of_them_keeps_the_visitors_own_address(web_port, tmp_path):
    user = world.a_user("desk")

    for kind in proxies.KINDS:
        folder = tmp_path / kind
        folder.mkdir()
        with proxies.running(kind, web_port, folder) as proxy:
            wrong_password(proxy, user)

    assert [event.address for event in SignInEvent.objects.all()] == [VISITOR, VISITOR]
