"""The resources of one injection, and how long it needs each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.range import TimestamptzRange

from scheduling.models import Resource, ResourceKind
from scheduling.rules.durations import Durations
from scheduling.rules.procedure import Guidance
from scheduling.rules.slots import MINUTE


def kinds_needed(guidance: Guidance) -> tuple[ResourceKind, ...]:
    """The kinds of resource that an injection with this guidance needs, in the order of pages."""
    c_arm = (ResourceKind.C_ARM,) if guidance is Guidance.FLUOROSCOPY else ()
    return (ResourceKind.PHYSICIAN, ResourceKind.SUITE, *c_arm, ResourceKind.BAY)


@dataclass(frozen=True, slots=True)
class ResourceSet:
    """The resources of one injection, by kind."""

    by_kind: Mapping[ResourceKind, Resource]

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.by_kind.values())


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
