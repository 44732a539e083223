"""The resources of one injection, and how long it needs each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.range import TimestamptzRange

from scheduling.models import Resource, ResourceKind
from scheduling.rules.durations import Durations
from scheduling.rules.slots import MINUTE


@dataclass(frozen=True, slots=True)
class ResourceSet:
    """The resources of one injection. `c_arm` is None when guidance needs none."""

    physician: Resource
    suite: Resource
    c_arm: Resource | None
    bay: Resource

    def __iter__(self) -> Iterator[Resource]:
        return iter(each for each in (self.physician, self.suite, self.c_arm, self.bay) if each)

    @classmethod
    def from_kinds(cls, resources: Mapping[str, Resource]) -> "ResourceSet":
        """Build the set from resources by kind; without a C-arm where guidance needs none."""
        physician, suite, bay = (resources[kind] for kind in ("physician", "suite", "bay"))
        return cls(physician, suite, resources.get("c_arm"), bay)


@dataclass(frozen=True, slots=True)
class Opening:
    """A time at which everything is free. `notes` say what speaks against it, in sentences."""

    start: datetime
    end: datetime
    resources: ResourceSet
    notes: tuple[str, ...] = ()


def margins(kind: str, minutes: Durations) -> tuple[int, int]:
    """Minutes reserved before and after the start: [start - before, start + after).

    Physician, suite and C-arm from set-up to turnover; the bay from the end of the block, so that
    its `before` is negative.
    """
    if kind == ResourceKind.BAY:
        return -minutes.block, minutes.block + minutes.recovery
    return minutes.setup, minutes.block + minutes.turnover


def reserved_time(kind: str, start: datetime, minutes: Durations) -> TimestamptzRange:
    """The time a resource of this kind is reserved, half-open."""
    before, after = margins(kind, minutes)
    return TimestamptzRange(start - before * MINUTE, start + after * MINUTE)
