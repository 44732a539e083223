"""Whether anything in the lock files has a known weakness: OSV (osv.dev) is asked, in one request.

    python .ci/advisories.py             for `make check`: without an answer it says so and passes
    python .ci/advisories.py --insist    for `make audit`: without an answer it fails

It fails for every advisory that `.ci/advisories.toml` does not accept.
"""

import argparse
import json
import re
import sys
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import requests

SERVICE = "https://api.osv.dev/v1/querybatch"
TIMEOUT_S = 5  # seconds of silence
COUNTS_FOR = timedelta(days=90)  # then somebody reads the advisory again
PYTHON, NPM = Path("requirements-dev.lock"), Path("package-lock.json")
ACCEPTED = Path(".ci/advisories.toml")
PINNED = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)


class Package(NamedTuple):
    ecosystem: str
    name: str
    version: str


class NoAnswerError(Exception):
    """Nobody has told about advisories."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--insist", action="store_true", help="fail without an answer")
    options.add_argument("--service", default=SERVICE, help="OSV, or a mirror of it (%(default)s)")
    said = options.parse_args()
    packages = locked()
    try:
        found = advisories(packages, said.service)
    except NoAnswerError as error:
        print(f"Nobody answered whether locked packages have advisories ({error}).")
        return int(said.insist)
    accepted = tomllib.loads(ACCEPTED.read_text()).get("accepted", [])
    problems = judged(found, accepted, datetime.now(UTC).date())
    print(*problems or [f"{len(packages)} locked packages, no advisory to act on."], sep="\n")
    return int(bool(problems))


def locked() -> list[Package]:
    """Every package of both lock files."""
    npm = json.loads(NPM.read_text())["packages"]
    return [Package("PyPI", *pinned) for pinned in PINNED.findall(PYTHON.read_text())] + [
        Package("npm", path.rpartition("node_modules/")[2], about["version"])
        for path, about in npm.items()
        if path
    ]


def advisories(packages: list[Package], service: str) -> set[tuple[str, str]]:
    """Package and id of each advisory about these versions."""
    queries = [
        {"package": {"ecosystem": each.ecosystem, "name": each.name}, "version": each.version}
        for each in packages
    ]
    try:
        answer = requests.post(service, json={"queries": queries}, timeout=TIMEOUT_S)
        answer.raise_for_status()
        results = answer.json()["results"]
        return {
            (package.name, advisory["id"])
            for package, result in zip(packages, results, strict=True)
            for advisory in result.get("vulns", [])
        }
    except (requests.RequestException, LookupError, TypeError, ValueError) as error:
        raise NoAnswerError(type(error).__name__) from None


def judged(found: set[tuple[str, str]], accepted: list[dict], today: date) -> list[str]:
    """What has to be done, a sentence each."""
    counting = {
        (one["package"], one["id"])
        for one in accepted
        if one["reason"] and one["reviewed"] <= today <= one["reviewed"] + COUNTS_FOR
    }
    listed = {(one["package"], one["id"]) for one in accepted}
    return [
        f"{package}: read https://osv.dev/vulnerability/{advisory}, then take a version without "
        f"it, or accept it in {ACCEPTED} with a reason and the day of the review."
        for package, advisory in sorted(found - counting)
    ] + [
        f"{package}: {advisory} concerns it no more; take it out of {ACCEPTED}."
        for package, advisory in sorted(listed - found)
    ]


if __name__ == "__main__":
    sys.exit(main())
