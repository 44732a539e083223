"""One day at one location: the board, the list, the sheet for the wall."""

import datetime as dt
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from scheduling import clock, people
from scheduling.forms.days import DayForm
from scheduling.forms.screening import ASK, words
from scheduling.models import (
    AccessKind,
    Closure,
    Injection,
    Location,
    Order,
    Reservation,
    ResourceKind,
)
from scheduling.people import access, visible
from scheduling.rules.screening import ASKED
from scheduling.views.answers import page
from scheduling.views.asking import signed_in
from scheduling.views.board import Board, bounds, draw

# Answers the room must know; anything but "no" and "none" is printed.
WARNINGS = (
    *("anticoagulant", "contrast_reaction", "la_reaction", "steroid_reaction", "latex"),
    *("diabetes", "pregnancy", "interpreter"),
)
CALM = {"no", "none"}


@dataclass(frozen=True)
class _Day:
    """A day at a location, and its neighbours."""

    location: Location
    date: dt.date
    today: dt.date

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.location.zone)

    @property
    def before(self) -> dt.date:
        return self.date - timedelta(days=1)

    @property
    def after(self) -> dt.date:
        return self.date + timedelta(days=1)


@require_http_methods(["GET"])
def day(request: HttpRequest) -> HttpResponse:
    """Columns of resources, and the same injections as a list."""
    return _dated(request, "scheduling/day.html", "day", board=True)


@require_http_methods(["GET"])
def sheet(request: HttpRequest) -> HttpResponse:
    """The day on paper: name, birth date, side, telephone, driver, warnings."""
    return _dated(request, "scheduling/day_sheet.html", "day_sheet", board=False)


def _dated(request: HttpRequest, template: str, name: str, board: bool) -> HttpResponse:
    at = clock.now()
    own = visible.locations(signed_in(request))
    form, locations = DayForm(request.GET, locations=own), list(own)
    if not locations:
        return page(request, "scheduling/day_nowhere.html")
    day = _chosen(form, locations, at)
    injections = _injections_of(day)
    access.viewed(
        request=request,
        page=name,
        patients=[injection.patient for injection in injections],
        at=at,
        kind=AccessKind.VIEW if board else AccessKind.PRINT,
    )
    return page(
        request,
        template,
        day=day,
        locations=locations,
        injections=injections,
        rows=[] if board else _rows(injections),
        board=_drawing(day, injections, at) if board else None,
        forms=[form],
    )


def _chosen(form: DayForm, locations: list[Location], at: datetime) -> _Day:
    """The day asked for; today at the first location where the question makes no sense."""
    form.is_valid()
    location = form.cleaned_data.get("location") or locations[0]
    today = at.astimezone(ZoneInfo(location.zone)).date()
    return _Day(location, form.cleaned_data.get("date") or today, today)


def _injections_of(day: _Day) -> list[Injection]:
    """The day's injections in order, each with what it holds."""
    start, end = bounds(day.date, day.zone)
    held = Reservation.objects.filter(live=True).select_related("resource")
    found = Injection.objects.filter(
        location=day.location, during__startswith__gte=start, during__startswith__lt=end
    )
    return list(
        found.select_related("patient", "location", "order__physician")
        .prefetch_related(Prefetch("reservations", held))
        .annotate(open_tasks=Count("tasks", filter=Q(tasks__done_at=None)))
        .order_by("during", "pk")
    )


def _drawing(day: _Day, injections: list[Injection], at: datetime) -> Board:
    start, end = bounds(day.date, day.zone)
    resources = list(day.location.resources.filter(active=True).prefetch_related("hours"))
    resources.sort(key=lambda each: (list(ResourceKind).index(each.kind), each.name))
    closures = list(Closure.objects.filter(resource__in=resources, during__overlap=(start, end)))
    return draw(day.date, day.zone, resources, injections, closures, at)


@dataclass(frozen=True)
class _SheetRow:
    """One line of the sheet."""

    injection: Injection
    room: str
    phone: str
    warnings: list[str]


def _rows(injections: list[Injection]) -> list[_SheetRow]:
    """The injections that hold their time, with what paper must carry."""
    live = [injection for injection in injections if injection.state.is_live]
    phones = people.call_numbers(injection.patient_id for injection in live)
    return [
        _SheetRow(
            injection,
            _room(injection),
            phones.get(injection.patient_id, ""),
            warnings(injection.order),
        )
        for injection in live
    ]


def _room(injection: Injection) -> str:
    held = [each.resource for each in injection.reservations.all()]
    return next((each.name for each in held if each.kind is ResourceKind.SUITE), "")


def warnings(order: Order) -> list[str]:
    """What to prepare for, and what nobody has asked yet: unknown is not the same as no."""
    answers = {question: order.screening.get(question, "unknown") for question in WARNINGS}
    return [
        f"{ASK[question]}: {words(answer)}"
        for question, answer in answers.items()
        if answer not in CALM and (answer != "unknown" or question in ASKED)
    ]
