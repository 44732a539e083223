"""The patient's page before the visit: what to do; confirm, ask for a change, name a driver."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from reminders.followup.slots import protocol_of
from reminders.forms.link import BirthDateForm, ChangeForm, DriverForm
from reminders.messaging.content import birth_dates, calendar
from reminders.messaging.content.mail import host
from reminders.models import LinkPurpose
from reminders.rules.text.preparation import about_paused_drugs, blocks
from reminders.rules.text.visit_details import particulars
from reminders.views.link_auth import Visitor, digest, inside, let_in, locked, patient_page
from scheduling import bookings, deadlines, worklist
from scheduling.errors import WrongState
from scheduling.models import AccessKind, Queue, TaskKind
from scheduling.people import access
from scheduling.rules.procedure import Channel, InjectionState

INVALID = 422
CALENDAR = "text/calendar; charset=utf-8"
NO_MATCH = "That does not match what we have. Look at month, day and year, and try again."


@require_safe
@patient_page
def open_link(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Ask for the birth date; behind it, show what the link is for. Looking changes nothing."""
    if not visitor.inside:
        return ask(request, visitor, BirthDateForm())
    if visitor.purpose is LinkPurpose.SURVEY:
        return redirect("link_home" if _is_discharge(visitor) else "link_survey", visitor.token)
    return prepare(request, visitor)


def _is_discharge(visitor: Visitor) -> bool:
    """Whether the message with this link tells what to do at home."""
    message = visitor.link.message
    if message is None or message.reply:
        return False
    steps = {step.id: step for step in protocol_of(visitor.injection).steps}
    return message.step in steps and steps[message.step].discharge


@require_POST
@patient_page
def unlock(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Open the link for this browser. Five wrong birth dates end it for this day."""
    form = BirthDateForm(request.POST)
    if not form.is_valid():
        return ask(request, visitor, form, INVALID)
    born, address = form.cleaned_data["birth_date"], access.address_of(request)
    if birth_dates.unlock(link=visitor.link, birth_date=born, address=address, at=visitor.at):
        let_in(request, visitor.link, visitor.at)
        return redirect("link", visitor.token)
    if visitor.is_locked():
        return locked(request, visitor)
    form.add_error(None, NO_MATCH)
    return ask(request, visitor, form, INVALID)


# Parts that stand at the top of the page.
ELSEWHERE = ("BLK-PAUSE", "BLK-RESTART")


def ask(
    request: HttpRequest, visitor: Visitor, form: BirthDateForm, status: int = 200
) -> HttpResponse:
    """The page before the birth date says nothing about anybody."""
    page = {"form": form, "forms": [form], "token": visitor.token}
    return render(request, "reminders/link_birth_date.html", page, status=status)


def prepare(
    request: HttpRequest, visitor: Visitor, status: int = 200, **forms: Any
) -> HttpResponse:
    """Everything about one visit. `forms` are those that were sent and refused."""
    injection = visitor.injection
    visit = visitor.facts()
    protocol = protocol_of(injection)
    over = visitor.at > injection.end
    closed = over or injection.state in (InjectionState.CANCELLED, InjectionState.NO_SHOW)
    told = blocks(visit, protocol, visitor.at)
    access.viewed(request=request, page="link", patients=[injection.patient], at=visitor.at)
    page = {
        "token": visitor.token,
        "injection": injection,
        "clinic": injection.location,
        "phone": visitor.phone,
        "visit": visit,
        "said": particulars(visit, protocol, visitor.at),
        "is_due": visitor.at
        >= visit.start - (visit.policy or protocol.policy).arrival(visit.sedation),
        "first": about_paused_drugs(told, visit, visitor.at),
        "blocks": [] if closed else [each for each in told if each.key not in ELSEWHERE],
        "zones_differ": _zones_differ(visitor),
        "over": over,
        "ahead": injection.state is InjectionState.BOOKED and injection.start > visitor.at,
        "change": ChangeForm(),
        "driver": DriverForm(),
        "forms": list(forms.values()),
    }
    return render(request, "reminders/patient_prepare.html", page | forms, status=status)


def _zones_differ(visitor: Visitor) -> bool:
    injection = visitor.injection
    return injection.patient.zone != injection.location.zone


@require_POST
@inside(LinkPurpose.PREPARE)
def confirm(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The patient says that the time stands. Twice is the same as once."""
    return act(
        request, visitor, bookings.confirm, "Thank you. Your visit is confirmed.", how="link"
    )


@require_POST
@inside(LinkPurpose.PREPARE)
def driver(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Who takes the patient home."""
    form = DriverForm(request.POST)
    if not form.is_valid():
        return prepare(request, visitor, INVALID, driver=form)
    done = "Thank you. We noted the name of your driver."
    return act(request, visitor, bookings.name_driver, done, **form.cleaned_data)


def act(request: HttpRequest, visitor: Visitor, verb: Any, done: str, **facts: Any) -> HttpResponse:
    """Do one thing to the visit; one that is over or cancelled says so instead."""
    try:
        verb(injection=visitor.injection, by=None, at=visitor.at, **facts)
    except (WrongState, ValidationError):
        messages.error(request, "This visit can not be changed here any more. Please call us.")
    else:
        messages.success(request, done)
    return redirect("link", visitor.token)


@require_POST
@inside(LinkPurpose.PREPARE)
def change(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """A wish for another time becomes a task: staff phone back. Nothing moves by itself."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return prepare(request, visitor, INVALID, change=form)
    injection, wish = visitor.injection, form.cleaned_data["wish"]
    worklist.open_task(
        kind=TaskKind.CHANGE_WANTED,
        revision=injection.revision,
        key=digest(wish),
        queue=Queue.DESK,
        title="The patient asks for another time: phone back",
        detail=wish,
        injection=injection,
        due_at=deadlines.call_back(injection, visitor.at),
        at=visitor.at,
    )
    messages.success(request, "We got your wish. Our staff will call you to find another time.")
    return redirect("link", visitor.token)


@require_safe
@inside(LinkPurpose.PREPARE)
def entry(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The visit as a calendar entry: time and place, and nothing of why."""
    injection = visitor.injection
    access.viewed(
        request=request,
        page="link_ics",
        patients=[injection.patient],
        at=visitor.at,
        kind=AccessKind.FEED,
    )
    mailbox = injection.patient.contacts.filter(channel=Channel.EMAIL, active=True).first()
    visit = calendar.Entry(
        uid=f"{injection.reference}@{host()}",
        revision=injection.revision,
        cancelled=calendar.is_cancelled(injection.state),
        start=injection.start,
        end=injection.end,
        zone=injection.location.zone,
        place=injection.location.address,
        organiser=settings.EMAIL_SENDER,
        attendee=mailbox.value if mailbox else settings.EMAIL_SENDER,
    )
    response = HttpResponse(calendar.text(visit, visitor.at), content_type=CALENDAR)
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response
