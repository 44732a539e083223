"""What pyproject.toml asks for, and what the lock files pin."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PRODUCTION, EVERYTHING = (
    (ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock")
)
REQUIRED = PROJECT["project"]["dependencies"]
DEMO = PROJECT["project"]["optional-dependencies"]["demo"]
DEV = PROJECT["dependency-groups"]["dev"]


def name_of(requirement: str) -> str:
    """The distribution's name, in lower case, without extras, version or marker."""
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return name[0].lower()


def pinned(lock: str) -> dict[str, str]:
    """The version of each package in a lock file, by name."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==(\S+)", lock, re.MULTILINE))
