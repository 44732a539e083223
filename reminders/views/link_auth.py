"""Who may open a patient's page: one link, one birth date, a quarter of an hour."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from reminders.messaging.content import birth_dates, links
from reminders.messaging.planning.facts import facts_by_injection
from reminders.models import Link, LinkPurpose
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.views import throttle
from scheduling import clock
from scheduling.models import Injection, Location
from scheduling.people.contacts import telephone
from scheduling.people.on_call import number_for_patients
from scheduling.rules.procedure import InjectionState

OPEN_FOR = timedelta(minutes=15)
KEY = "opened_links"
TOO_MANY = 429
CLOSED = "This page was open too long, so nothing was saved. Please enter it again."
FEW = 6
"""Up to so many clinics are listed by name on the page of a dead link."""

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a working link. `inside` once the birth date was given in this browser.

    `phone` is the number, in E.164, that is answered at this hour.
    """

    token: str
    link: Link
    injection: Injection
    inside: bool
    at: datetime
    phone: str

    def facts(self) -> InjectionFacts:
        """The facts of the injection, with the number that is answered now."""
        facts = facts_by_injection([self.injection.pk])[self.injection.pk]
        here = facts.place and replace(facts.place, phone=telephone(self.phone))
        return replace(facts, place=here)

    @property
    def purpose(self) -> LinkPurpose:
        return links.opens(self.link.purpose, self.injection)

    @property
    def is_over(self) -> bool:
        """Whether the injection was done, or begun."""
        return self.injection.state in (InjectionState.COMPLETED, InjectionState.ABORTED)

    def is_locked(self) -> bool:
        """Whether the patient's links ask for no date of birth any more today."""
        return birth_dates.is_locked(self.injection.patient, self.at)


def patient_page(view: View) -> View:
    """Find the link, or answer as if there had never been one; the view gets a `Visitor`.

    After too many wrong dates of birth only who is inside stays there. Nothing of the page may be
    kept by browsers, proxies or search engines.
    """

    @wraps(view)
    def answer(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        at = clock.now()
        if not throttle.allows(request, hashlib.sha256(token.encode()).hexdigest()):
            return sealed(too_often(request))
        visitor = _visitor(request, token, at)
        if visitor is None:
            return sealed(gone(request))
        shut = not visitor.inside and visitor.is_locked()
        return sealed(locked(request, visitor) if shut else view(request, visitor, **kwargs))

    return answer


def inside(purpose: LinkPurpose) -> Callable[[View], View]:
    """Like `patient_page`, only after the birth date and through a link of this purpose.

    Others are sent to what their link opens.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, visitor: Visitor, **kwargs: Any) -> HttpResponse:
            if not visitor.inside or visitor.purpose is not purpose:
                if request.method == "POST":
                    messages.warning(request, CLOSED)
                return redirect("link", visitor.token)
            return view(request, visitor, **kwargs)

        return patient_page(answer)

    return decorate


def _visitor(request: HttpRequest, token: str, at: datetime) -> Visitor | None:
    link = links.find(token, at)
    if link is None:
        return None
    injection = Injection.objects.select_related("patient", "location", "order").get(
        pk=link.injection_id
    )
    phone = number_for_patients(injection.location, at)
    return Visitor(token, link, injection, is_open(request, link, at), at, phone)


def is_open(request: HttpRequest, link: Link, at: datetime) -> bool:
    """Whether this browser gave the birth date for this very link in the last 15 minutes."""
    opened = request.session.get(KEY, {}).get(str(link.pk))
    return bool(opened) and timedelta() <= at - datetime.fromisoformat(opened) < OPEN_FOR


def let_in(request: HttpRequest, link: Link, at: datetime) -> None:
    """Open this link for this browser; other links it opened stay apart, each for its own time."""
    request.session.cycle_key()
    request.session[KEY] = {**request.session.get(KEY, {}), str(link.pk): at.isoformat()}


def sealed(response: HttpResponse) -> HttpResponse:
    """Keep the page, its address and its existence out of every cache, log and index."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """One answer for unknown, expired and revoked links: nobody learns which it was."""
    clinics = list(Location.objects.all()[: FEW + 1])
    known = clinics if len(clinics) <= FEW else []
    return render(request, "reminders/link_gone.html", {"clinics": known}, status=404)


def locked(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Until when nothing is asked, and whom to call; like the question, nothing about anybody."""
    page = {"phone": visitor.phone}
    return render(request, "reminders/link_locked.html", page, status=TOO_MANY)


def too_often(request: HttpRequest) -> HttpResponse:
    response = render(request, "reminders/link_busy.html", status=TOO_MANY)
    response["Retry-After"] = str(throttle.MINUTE)
    return response


def digest(words: str) -> str:
    """A short name for what a visitor wrote: the same words twice are one task, others another."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]
