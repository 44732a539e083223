"""What we stand on is named, explained and pinned, wherever it is fetched from."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WANTED = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
LOCK = (ROOT / "requirements.lock").read_text()
PACKAGES = json.loads((ROOT / "package-lock.json").read_text())["packages"]
PINNED = dict(re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==(\S+)", LOCK, re.MULTILINE))


def name_of(requirement):
    return re.match(r"[\w.-]+", requirement).group().lower()


def test_every_python_package_we_ask_for_is_locked():
    assert {name_of(wanted) for wanted in WANTED} - set(PINNED) == set()


def test_every_locked_python_package_has_hashes():
    blocks = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)

    assert [block.split()[0] for block in blocks if "==" in block and "--hash" not in block] == []


def test_every_browser_package_has_a_hash():
    assert [name for name, entry in PACKAGES.items() if name and "integrity" not in entry] == []


def test_no_lock_names_an_address():
    """A lock with addresses works in one network only."""
    assert "://" not in LOCK
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
