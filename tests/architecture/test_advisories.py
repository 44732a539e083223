"""A locked package with a known weakness stops `make check`; a missing network does not."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.architecture.locks import EVERYTHING, ROOT, pinned

TODAY = datetime.now(UTC).date()
ENTRY = """
[[accepted]]
id = "GHSA-1"
package = "waitress"
reason = "We never do that."
reviewed = {reviewed}
"""
npm = json.loads((ROOT / "package-lock.json").read_text())["packages"]


class Osv(BaseHTTPRequestHandler):
    """OSV as it answers a batch: results in the order of the queries, empty without advisories."""

    def do_POST(self):
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.server.asked += queries
        results = [{"vulns": self.server.known.get(one["package"]["name"], [])} for one in queries]
        body = json.dumps({"results": results[: self.server.answers]}).encode()
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def osv():
    server = HTTPServer(("127.0.0.1", 0), Osv)
    server.asked, server.known, server.status, server.answers = [], {}, 200, None
    Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def checkout(tmp_path):
    """A folder with our lock files and an empty list of what is accepted."""
    for name in ("requirements-dev.lock", "package-lock.json"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci/advisories.toml").touch()
    return tmp_path


def audited(checkout, port, *options):
    """Exit status and words of an audit that asks a service on this port."""
    done = subprocess.run(
        [
            *(sys.executable, ROOT / ".ci/advisories.py", *options),
            *("--service", f"http://127.0.0.1:{port}/v1/querybatch"),
        ],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_every_locked_package_is_asked_about(checkout, osv):
    status, said = audited(checkout, osv.server_port, "--insist")

    asked = {one["package"]["name"]: one["version"] for one in osv.asked}
    assert asked.items() >= pinned(EVERYTHING).items()
    assert asked["@sparticuz/chromium"] == npm["node_modules/@sparticuz/chromium"]["version"]
    assert status == 0, said


def test_a_known_advisory_stops_the_check_and_says_what_to_do(checkout, osv):
    osv.known = {"waitress": [{"id": "GHSA-1"}], "axe-core": [{"id": "GHSA-2"}]}

    status, said = audited(checkout, osv.server_port)

    assert status == 1
    first, second = said.splitlines()
    assert first.startswith("axe-core: read https://osv.dev/vulnerability/GHSA-2")
    assert second.startswith("waitress: read https://osv.dev/vulnerability/GHSA-1")


@pytest.mark.parametrize(("days", "passes"), [(0, True), (90, True), (91, False), (-1, False)])
def test_one_that_somebody_has_accepted_counts_for_ninety_days(checkout, osv, days, passes):
    osv.known = {"waitress": [{"id": "GHSA-1"}]}
    reviewed = TODAY - timedelta(days=days)
    (checkout / ".ci/advisories.toml").write_text(ENTRY.format(reviewed=reviewed))

    status, said = audited(checkout, osv.server_port)

    assert (status == 0) is passes, said


def test_what_is_accepted_and_concerns_nothing_any_more_is_refused(checkout, osv):
    (checkout / ".ci/advisories.toml").write_text(ENTRY.format(reviewed=TODAY))

    status, said = audited(checkout, osv.server_port)

    assert status == 1
    assert said == "waitress: GHSA-1 concerns it no more; take it out of .ci/advisories.toml.\n"


@pytest.mark.parametrize(("options", "expected"), [([], 0), (["--insist"], 1)])
@pytest.mark.parametrize("broken", [{"status": 405}, {"answers": 3}, None])
def test_without_an_answer_the_check_says_so_and_the_audit_fails(
    checkout, osv, broken, options, expected
):
    port = osv.server_port if broken else 1
    for name, value in (broken or {}).items():
        setattr(osv, name, value)

    status, said = audited(checkout, port, *options)

    assert said.startswith("Nobody answered whether locked packages have advisories")
    assert status == expected
