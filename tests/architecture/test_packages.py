"""What we stand on is named, explained and pinned, wherever it is fetched from."""

import json
import re

import pytest

from tests.architecture.locks import (
    DEMO,
    DEV,
    EVERYTHING,
    PRODUCTION,
    REQUIRED,
    ROOT,
    name_of,
    pinned,
)

WANTED = [*REQUIRED, *DEMO, *DEV]
PACKAGES = json.loads((ROOT / "package-lock.json").read_text())["packages"]
LOCKS = pytest.mark.parametrize("lock", [PRODUCTION, EVERYTHING], ids=["production", "everything"])


def test_every_python_package_we_ask_for_is_locked():
    assert {name_of(wanted) for wanted in WANTED} - set(pinned(EVERYTHING)) == set()


def test_production_installs_what_it_asks_for_and_nothing_of_the_demonstration_or_the_tests():
    installed = set(pinned(PRODUCTION))

    assert {name_of(wanted) for wanted in REQUIRED} - installed == set()
    assert {name_of(wanted) for wanted in [*DEMO, *DEV]} & installed == set()


def test_the_tests_run_on_the_versions_that_production_installs():
    assert pinned(PRODUCTION).items() <= pinned(EVERYTHING).items()


@LOCKS
def test_every_locked_python_package_has_hashes(lock):
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)

    assert [block.split()[0] for block in blocks if "==" in block and "--hash" not in block] == []


def test_every_browser_package_has_a_hash():
    assert [name for name, entry in PACKAGES.items() if name and "integrity" not in entry] == []


@LOCKS
def test_no_lock_of_python_names_an_address(lock):
    """A lock with addresses works in one network only."""
    assert "://" not in lock


def test_the_lock_of_the_browser_names_no_address():
    assert [name for name, entry in PACKAGES.items() if "resolved" in entry] == []


def test_every_package_says_what_it_is_for():
    """A comment covers the packages below it, up to the next one."""
    lines = [line.strip() for line in (ROOT / "pyproject.toml").read_text().splitlines()]
    unexplained = [
        name_of(wanted)
        for wanted in WANTED
        if not explained(lines, next(n for n, line in enumerate(lines) if f'"{wanted}"' in line))
    ]

    assert unexplained == []


def explained(lines, number):
    while lines[number - 1].startswith('"'):
        number -= 1
    return lines[number - 1].startswith("# ")
