"""The day board as a drawing: one column a resource, one unit a pixel, time runs down.

Everything is placed by the location's wall clock, in minutes since midnight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.models import Closure, Injection, Reservation, Resource, ResourceKind
from scheduling.rules.procedure import InjectionState
from scheduling.templatetags.words import hour, letter

PIXELS_A_MINUTE = 1.6
COLUMN = 148  # eight of them fit beside the hours on a screen of 1280
GUTTER = 48
HEAD = 44  # height of the resources' names, which stay in sight
TOP = 10
USUAL = (7 * 60, 18 * 60)  # shown even when nobody works: 07:00 to 18:00
MIDNIGHT = 24 * 60
Span = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """A stretch of time in one column, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Card:
    """One reservation: the whole range, and inside it the procedure; what is left are buffers."""

    injection: Injection
    reservation: Reservation
    whole: Box
    core: Box

    @property
    def who(self) -> str:
        """First line: side and patient."""
        return f"{letter(self.injection.effective_side)} · {self.injection.patient}"

    @property
    def what(self) -> str:
        """Second line: start by the clinic's clock, and the state, or what stands in its way."""
        injection = self.injection
        state = injection.state.label.lower()
        if self.reservation.overbooked:
            state = "overbooked"
        elif injection.order.waits_for_signature:
            state = "▲ co-sign"
        elif injection.state is InjectionState.BOOKED and injection.confirmed_at:
            state = "✓ confirmed"
        return f"{hour(injection.start, injection.location.zone)} {state}"

    @property
    def text_width(self) -> float:
        """Where long names are cut off, a little before the edge."""
        return self.core.width - 6


@dataclass(frozen=True)
class Column:
    resource: Resource
    x: float
    closed: list[Box]
    cards: list[Card]


@dataclass(frozen=True)
class Hour:
    y: float
    label: str


@dataclass(frozen=True)
class Board:
    columns: list[Column]
    hours: list[Hour]
    now: float | None
    width: int
    height: int
    head: int = HEAD
    gutter: int = GUTTER
    column: int = COLUMN


def draw(
    day: date,
    zone: ZoneInfo,
    resources: Sequence[Resource],
    injections: Sequence[Injection],
    closures: Sequence[Closure],
    now: datetime,
) -> Board:
    """The board of one day. `resources` carry their hours, `injections` their reservations."""
    opening = {each.pk: _opened(each, day, zone, closures) for each in resources}
    held = [(held, each) for each in injections for held in each.reservations.all()]
    spans = [span for spans in opening.values() for span in spans]
    spans += [_wall(reservation.during, day, zone) for reservation, _ in held]
    first = min([USUAL[0], *(start for start, _ in spans)]) // 60 * 60
    last = -(-max([USUAL[1], *(end for _, end in spans)]) // 60) * 60
    layout = _Layout(day, zone, first, last)
    columns = [
        Column(
            each,
            layout.x(number),
            [layout.box(number, gap) for gap in _gaps(opening[each.pk], first, last)],
            [layout.card(number, *pair) for pair in held if pair[0].resource_id == each.pk],
        )
        for number, each in enumerate(resources)
    ]
    here = _minute(now, day, zone)
    return Board(
        columns=columns,
        hours=[Hour(layout.y(at), f"{at // 60 % 24:02}:00") for at in range(first, last + 1, 60)],
        now=layout.y(here)
        if first <= here <= last and now.astimezone(zone).date() == day
        else None,
        width=GUTTER + COLUMN * len(resources),
        height=round(layout.y(last)) + 12,
    )


@dataclass(frozen=True)
class _Layout:
    """Turns minutes and column numbers into pixels."""

    day: date
    zone: ZoneInfo
    first: int
    last: int

    def x(self, number: int) -> float:
        return GUTTER + COLUMN * number

    def y(self, at: int) -> float:
        return TOP + (min(max(at, self.first), self.last) - self.first) * PIXELS_A_MINUTE

    def box(self, number: int, span: Span, inset: int = 0) -> Box:
        top, bottom = self.y(span[0]), self.y(span[1])
        return Box(self.x(number) + inset, top, COLUMN - 2 * inset, round(bottom - top, 1))

    def card(self, number: int, reservation: Reservation, injection: Injection) -> Card:
        """Recovery lies after the procedure, so a bay's whole reservation is its core."""
        whole = _wall(reservation.during, self.day, self.zone)
        core = _wall(injection.during, self.day, self.zone)
        if reservation.resource.kind is ResourceKind.BAY:
            core = whole
        inset = 14 if reservation.overbooked else 3
        return Card(
            injection, reservation, self.box(number, whole, inset), self.box(number, core, inset)
        )


def _minute(at: datetime, day: date, zone: ZoneInfo) -> int:
    """Minutes of the wall clock since the day's midnight; other days are clipped to its ends."""
    local = at.astimezone(zone)
    if local.date() != day:
        return 0 if local.date() < day else MIDNIGHT
    return local.hour * 60 + local.minute


def _wall(during: Any, day: date, zone: ZoneInfo) -> Span:
    """A range of instants, bounded on both sides, as minutes of that day."""
    return _minute(during.lower, day, zone), _minute(during.upper, day, zone)


def _opened(
    resource: Resource, day: date, zone: ZoneInfo, closures: Iterable[Closure]
) -> list[Span]:
    """When this resource works on that day: weekly hours without its closures."""
    spans = [
        (hours.opens.hour * 60 + hours.opens.minute, hours.closes.hour * 60 + hours.closes.minute)
        for hours in resource.hours.all()
        if hours.weekday == day.weekday()
    ]
    for closure in closures:
        if closure.resource_id == resource.pk:
            spans = [
                left for span in spans for left in _without(span, _wall(closure.during, day, zone))
            ]
    return sorted(spans)


def _without(span: Span, hole: Span) -> list[Span]:
    """What remains of a span when a hole is cut out of it."""
    pieces = [(span[0], min(span[1], hole[0])), (max(span[0], hole[1]), span[1])]
    return [piece for piece in pieces if piece[0] < piece[1]]


def _gaps(spans: Sequence[Span], first: int, last: int) -> list[Span]:
    """The closed time between the openings."""
    edges = [first, *(edge for span in spans for edge in span), last]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which this local day begins and ends."""
    start = datetime.combine(day, time(), zone)
    return start, datetime.combine(day + timedelta(days=1), time(), zone)
