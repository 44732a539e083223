"""The numbers that booking counts with: `scheduling/policy/booking.toml`, read once a process."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings as site
from django.utils.module_loading import import_string

from scheduling.documents import SettingTable, Source, Table, settings, toml, validated
from scheduling.rules.policy import BookingPolicy
from scheduling.rules.premedication import Dose, Regimen

SHIPPED = Path(__file__).with_name("booking.toml")


class DoseTable(Table):
    """One dose: hours before the start, and what is taken."""

    before_h: int
    take: str

    def rule(self) -> Dose:
        return Dose(timedelta(hours=self.before_h), self.take)


class RegimenTable(Table):
    """A regimen of premedication, for whoever orders it and whoever takes it."""

    title: str
    doses: list[DoseTable]
    source: Source

    def rule(self) -> Regimen:
        return Regimen(self.title, tuple(sorted((d.rule() for d in self.doses), reverse=True)))


class BookingDocument(Table):
    """The whole file."""

    title: str
    policy: dict[str, SettingTable]
    premedication: dict[str, RegimenTable]


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
    document = _document(path)
    return settings(BookingPolicy, document.policy, f"{path.name}: policy")


@lru_cache(maxsize=1)
def regimens() -> dict[str, Regimen]:
    """The regimens of premedication that may be ordered, by name."""
    return {name: table.rule() for name, table in _document(SHIPPED).premedication.items()}


def _document(path: Path) -> BookingDocument:
    return validated(BookingDocument, toml(path), path.name)


def faults(overrides: Mapping[str, object]) -> list[str]:
    """What is wrong with a location's own values, in the words of each who reads them."""
    found = []
    for read in (shipped().but, *map(import_string, site.LOCATION_POLICY_READERS)):
        try:
            read(overrides)
        except ValueError as problem:
            found.append(f"{problem}.")
    return list(dict.fromkeys(found))
