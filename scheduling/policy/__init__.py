"""The numbers that booking counts with: `scheduling/policy/booking.toml`, read once a process."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings as site
from django.utils.module_loading import import_string

from scheduling.documents import SettingTable, Table, settings, toml, validated
from scheduling.rules.policy import BookingPolicy

SHIPPED = Path(__file__).with_name("booking.toml")


class BookingDocument(Table):
    """The whole file."""

    title: str
    policy: dict[str, SettingTable]


@lru_cache(maxsize=1)
def shipped() -> BookingPolicy:
    """The policy that comes with Blockwise."""
    return load(SHIPPED)


@lru_cache(maxsize=4096)
def with_overrides(overrides: str) -> BookingPolicy:
    """The policy with a location's own values, given as JSON; bad ones are ValueErrors."""
    return shipped().but(json.loads(overrides))


def load(path: Path) -> BookingPolicy:
    """Read and validate a file; `DocumentError` says what is wrong with it."""
    document = validated(BookingDocument, toml(path), path.name)
    return settings(BookingPolicy, document.policy, f"{path.name}: policy")


def faults(overrides: Mapping[str, object]) -> list[str]:
    """What is wrong with a location's own values, in the words of each who reads them."""
    found = []
    for read in (shipped().but, *map(import_string, site.LOCATION_POLICY_READERS)):
        try:
            read(overrides)
        except ValueError as problem:
            found.append(f"{problem}.")
    return list(dict.fromkeys(found))
