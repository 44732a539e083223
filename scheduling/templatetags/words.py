"""How pages say moments, sides, states and complaints."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BaseForm, BaseFormSet
from django.utils import timezone

from scheduling.models import Injection, Reservation, ResourceKind
from scheduling.people.contacts import telephone
from scheduling.rules.procedure import Drug, InjectionState, Side

register = template.Library()
register.filter(telephone)

# A mark before each word, so that a state never speaks by colour alone.
STATES = {
    InjectionState.BOOKED: ("○", "warn"),
    InjectionState.ARRIVED: ("▸", "busy"),
    InjectionState.COMPLETED: ("●", "good"),
    InjectionState.ABORTED: ("■", "bad"),
    InjectionState.CANCELLED: ("✕", "plain"),
    InjectionState.NO_SHOW: ("∅", "bad"),
}
LETTERS = {Side.LEFT: "L", Side.RIGHT: "R", Side.BILATERAL: "L+R"}


@dataclass(frozen=True)
class FormError:
    """One thing to mend: the field's label, the id to jump to, and the sentence."""

    label: str
    target: str
    sentence: str


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone) if zone else timezone.get_current_timezone())


@register.filter
def moment(at: datetime | None, zone: str = "") -> str:
    """Weekday, date, time and zone: `Tue 24 Nov 2026, 10:15 CST`; empty for None."""
    return f"{_local(at, zone):%a %-d %b %Y, %H:%M %Z}" if at else ""


@register.filter
def hour(at: datetime | None, zone: str = "") -> str:
    """The wall clock of that zone: `10:15`."""
    return f"{_local(at, zone):%H:%M}" if at else ""


@register.filter
def day(at: datetime | date | None, zone: str = "") -> str:
    """Weekday and date: `Tue 24 Nov 2026`."""
    if isinstance(at, datetime):
        at = _local(at, zone)
    return f"{at:%a %-d %b %Y}" if at else ""


@register.filter
def born(birth_date: date) -> str:
    """A birth date with its month in letters, so that nobody swaps day and month."""
    return f"{birth_date:%-d %b %Y}"


@register.filter
def letter(side: Side | None) -> str:
    return LETTERS[side] if side else "?"


@register.filter
def in_order(reservations: Iterable[Reservation]) -> list[Reservation]:
    """Physician, suite, C-arm, nurse, bay: as the board's columns stand."""
    return sorted(reservations, key=lambda held: list(ResourceKind).index(held.resource.kind))


@register.filter
def drawn(agent: Any) -> str:
    """One agent in a line: `Bupivacaine 0.5 %, 2 mL`; unknown amounts are left out."""
    parts = [
        f"{amount:f}".rstrip("0").rstrip(".") + unit
        for amount, unit in (
            (agent.concentration, " %"),
            (agent.volume, " mL"),
            (agent.dose, " mg"),
        )
        if amount is not None
    ]
    return " ".join([Drug(agent.drug).label, ", ".join(parts)]).strip()


@register.inclusion_tag("scheduling/_state.html")
def state(injection: Injection) -> dict[str, str]:
    """The state as mark and word; a booked injection says whether it is confirmed."""
    mark, tone = STATES[injection.state]
    word = injection.state.label
    if injection.state is InjectionState.BOOKED and injection.confirmed_at:
        mark, tone, word = "✓", "good", "Confirmed"
    return {"mark": mark, "tone": tone, "word": word}


@register.inclusion_tag("scheduling/_side.html")
def side(which: Side | None) -> dict[str, object]:
    """A side in letter and word; bilateral is left and right."""
    return {"letter": letter(which), "word": which.label if which else "Unknown"}


@register.simple_tag
def complaints(forms: Any) -> list[FormError]:
    """Everything wrong in one form, one formset or several, in the order of the page."""
    if isinstance(forms, BaseForm):
        return _of_form(forms)
    if isinstance(forms, BaseFormSet):
        whole = [FormError("", "", str(error)) for error in forms.non_form_errors()]
        return whole + [found for form in forms for found in _of_form(form)]
    return [found for form in forms if form is not None for found in complaints(form)]


def _of_form(form: BaseForm) -> list[FormError]:
    whole = [FormError("", "", str(error)) for error in form.non_field_errors()]
    return whole + [
        FormError(str(field.label), field.auto_id, str(error))
        for field in form
        for error in field.errors
    ]
