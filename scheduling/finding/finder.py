"""The first times at which everything an order needs is free.

Windows of 7, then 28 days, one statement each, until enough is found. It never offers what
preparation cannot reach; for diagnostic orders it offers times whose diary ends in waking hours
first, and later ones, with a note, only when those run out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import and_, or_
from zoneinfo import ZoneInfo

from scheduling.finding import calendars
from scheduling.finding.calendars import Calendar, SearchWindow
from scheduling.finding.proposals import durations, ordered
from scheduling.finding.resources import Opening, ResourceSet, kinds_needed, margins
from scheduling.models import Location, Order, Resource, ResourceKind
from scheduling.rules import lead_time, screening, slots
from scheduling.rules.durations import Durations
from scheduling.rules.ordered import Ordered

# Days. Four weeks take twice as long to read as one: who finds the first full reads far.
FIRST_WINDOW, NEXT_WINDOWS = 7, 28
TAKEN = "{} is taken or closed at that time."

StartsByKind = dict[str, list[tuple[Resource, int]]]  # by kind: who could, at which minutes


@dataclass(frozen=True)
class Search:
    """What one search looks for, the same in every window."""

    location: Location
    asked: Ordered
    minutes: Durations
    earliest: datetime
    last: datetime  # the local midnight at which the search ends
    latest_start: time | None
    grid: int  # minutes between possible starts
    physician: Resource | None = None

    @property
    def kinds(self) -> tuple[ResourceKind, ...]:
        return kinds_needed(self.asked.guidance)


def find(
    *,
    order: Order,
    location: Location,
    after: datetime,
    days: int = 90,
    count: int = 10,
    physician: Resource | None = None,
    now: datetime | None = None,
) -> list[Opening]:
    """The first `count` openings from `after` on, within `days` local days, earliest first.

    Preparation counts from `now`, which is `after` unless said.
    """
    search = prepared(order, location, after, days, physician, now or after)
    good: list[tuple[int, ResourceSet]] = []
    late: list[tuple[int, ResourceSet]] = []
    known: list[Calendar] = []
    for window in _windows(search):
        known = (
            calendars.load_next(window, known) if known else calendars.load(window, search.kinds)
        )
        for minute, resources in _openings(search, window, known):
            (late if _is_late(search, minute) else good).append((minute, resources))
            if len(good) == count:
                return [_opening(search, *each) for each in good]
    found = sorted(good + late[: count - len(good)], key=lambda each: each[0])
    return [_opening(search, *each) for each in found]


def prepared(
    order: Order,
    location: Location,
    after: datetime,
    days: int,
    physician: Resource | None,
    now: datetime,
) -> Search:
    """What the search looks for, with the earliest start and the last day worked out."""
    asked, minutes = ordered(order), durations(order, location)
    policy, zone = location.booking_policy, ZoneInfo(location.zone)
    last = after.astimezone(zone).date() + timedelta(days=days)
    return Search(
        location=location,
        asked=asked,
        minutes=minutes,
        earliest=max(after, now + lead_time.longest(asked, policy)),
        last=slots.moment(slots.wall(last, time(0), location.zone)),
        latest_start=lead_time.latest_start(asked.intent, minutes.block, policy),
        grid=policy.grid_min,
        physician=physician,
    )


def _windows(search: Search) -> Iterator[SearchWindow]:
    """A week, then four weeks at a time, from the earliest day to the last."""
    zone = ZoneInfo(search.location.zone)
    day, end = (each.astimezone(zone).date() for each in (search.earliest, search.last))
    size = FIRST_WINDOW
    while day < end:
        following = min(day + size * slots.DAY, end)
        yield _window_of(search.location, search.minutes, day, following - slots.DAY)
        day, size = following, NEXT_WINDOWS


def _window_of(location: Location, minutes: Durations, first: date, last: date) -> SearchWindow:
    """A window of these local days, with margins for what reaches over their midnights."""
    after = minutes.block + max(minutes.turnover, minutes.recovery)
    return SearchWindow(location, first, last, before=minutes.setup, after=after)


def _openings(
    search: Search, window: SearchWindow, loaded: list[Calendar]
) -> Iterator[tuple[int, ResourceSet]]:
    """Every minute since 1970 of this window at which all kinds are free, and who would come."""
    starts_by_kind = _possible_starts(loaded, search.minutes)
    if search.physician:
        only = search.physician.pk
        starts_by_kind[ResourceKind.PHYSICIAN] = [
            each for each in starts_by_kind.get(ResourceKind.PHYSICIAN, []) if each[0].pk == only
        ]
    for bit in slots.minutes_in(
        _common_starts(search, starts_by_kind) & _allowed_starts(search, window)
    ):
        yield bit + window.origin, _first_free(search.kinds, starts_by_kind, bit)


def _possible_starts(loaded: list[Calendar], minutes: Durations) -> StartsByKind:
    """By kind, each resource with the starts it could serve."""
    starts_by_kind: StartsByKind = {}
    for calendar in loaded:
        kind = calendar.resource.kind
        starts = slots.starts(calendar.free, *margins(kind, minutes))
        starts_by_kind.setdefault(kind, []).append((calendar.resource, starts))
    return starts_by_kind


def _common_starts(search: Search, starts_by_kind: StartsByKind) -> int:
    """The starts for which every kind has somebody."""
    anybody = (
        reduce(or_, (starts for _, starts in starts_by_kind.get(kind, [])), 0)
        for kind in search.kinds
    )
    return reduce(and_, anybody)


def _allowed_starts(search: Search, window: SearchWindow) -> int:
    """The starts on the grid, not before the earliest, on the window's own days."""
    location, origin = window.location, window.origin
    begins = max(origin + window.before, slots.minute_up(search.earliest))
    grid = slots.grid(window.first, window.last, location.zone, search.grid, origin)
    return grid & slots.span(begins - origin, window.end - window.after - origin)


def _first_free(
    kinds: tuple[ResourceKind, ...], starts_by_kind: StartsByKind, bit: int
) -> ResourceSet:
    """The first resource of each kind that could start at this bit."""
    chosen = {
        kind: next(resource for resource, starts in starts_by_kind[kind] if starts >> bit & 1)
        for kind in kinds
    }
    return ResourceSet(chosen)


def _opening(search: Search, minute: int, resources: ResourceSet) -> Opening:
    """An opening with everything that speaks against it."""
    start = slots.moment(minute)
    notes = []
    if _is_late(search, minute):
        latest = f"{search.latest_start:%H:%M}"
        notes.append(f"The diary would run past waking hours; best before {latest}.")
    preferred = screening.preference(search.asked)
    if preferred:
        notes.append(f"Prefer {preferred}.")
    end = start + timedelta(minutes=search.minutes.block)
    return Opening(start, end, resources, tuple(notes))


def _is_late(search: Search, minute: int) -> bool:
    return lead_time.too_late(slots.moment(minute), search.location.zone, search.latest_start)


def _one_day(
    order: Order, location: Location, start: datetime, ignoring: int = 0
) -> tuple[SearchWindow, list[Calendar]]:
    """The calendars around one start; `ignoring` is the id of the injection that moves."""
    day = start.astimezone(ZoneInfo(location.zone)).date()
    window = _window_of(location, durations(order, location), day, day)
    return window, calendars.load(window, kinds_needed(order.guidance), ignoring)


def not_free(
    *, order: Order, location: Location, start: datetime, resources: ResourceSet, ignoring: int = 0
) -> dict[int, str]:
    """Why each resource that is not free then is not, by its id."""
    window, loaded = _one_day(order, location, start, ignoring)
    minutes, bit = durations(order, location), slots.minute(start) - window.origin
    known = {calendar.resource.pk: calendar for calendar in loaded}
    sentences = {}
    for resource in resources:
        if resource.pk not in known:
            sentences[resource.pk] = f"{resource.name} is not in use at {location}."
            continue
        before, after = margins(resource.kind, minutes)
        needed = slots.span(bit - before, bit + after)
        if needed & ~known[resource.pk].works:
            sentences[resource.pk] = f"{resource.name} does not work at that time."
        elif needed & known[resource.pk].taken:
            sentences[resource.pk] = TAKEN.format(resource.name)
    return sentences


def assign(
    *,
    order: Order,
    location: Location,
    start: datetime,
    ignoring: int = 0,
    keep: ResourceSet | None = None,
) -> ResourceSet | None:
    """The resources that could serve this order at exactly this time, or None.

    Those of `keep` are preferred. `ignoring` is the id of the injection that moves.
    """
    window, loaded = _one_day(order, location, start, ignoring)
    bit = slots.minute(start) - window.origin
    kept = {resource.pk for resource in keep or ()}
    loaded.sort(key=lambda calendar: calendar.resource.pk not in kept)
    starts_by_kind = _possible_starts(loaded, durations(order, location))
    wanted = kinds_needed(order.guidance)
    if all(any(starts >> bit & 1 for _, starts in starts_by_kind.get(kind, [])) for kind in wanted):
        return _first_free(wanted, starts_by_kind, bit)
    return None
