"""The start page, the health check, and the pages for errors."""

import sys
from datetime import datetime, time, timedelta
from typing import cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from clinic.accounts import alerts, resets
from clinic.accounts.models import Role, SignIn, SignInEvent, User
from reminders.followup import review_list
from scheduling import clock, worklist
from scheduling.errors import SeenElsewhere
from scheduling.models import Access, AccessKind, Injection, Location, Order, OrderState
from scheduling.models.injections import LIVE
from scheduling.people import access, visible
from scheduling.rules.procedure import InjectionState

ENOUGH = 8
SOON = timedelta(days=3)  # injections this near ought to be confirmed
AWAY = (OperationalError, InterfaceError, RedisError, BrokerError)
RETRY = 30  # seconds after which a server that was away may be back


def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person today."""
    at, user = clock.now(), cast(User, request.user)
    if user.role == Role.UNASSIGNED:
        whom = User.objects.who_may("administer")
        return render(request, "home_unassigned.html", {"administrators": whom})
    if user.may("audit"):
        return render(request, "home_privacy_officer.html", of_late(at) | security(user, at))
    if not user.may("worklist"):
        counts = {"locations": Location.objects.count()}
        return render(request, "home_administrator.html", counts | security(user, at))
    seen = visible.to(user, at)
    tasks = list(worklist.open_tasks(user.role).filter(seen)[:ENOUGH])
    orders = unbooked(seen)
    doubtful = list(unconfirmed(at).filter(seen))
    shown = [task.patient for task in tasks if task.patient]
    shown += [order.patient for order in orders]
    shown += [injection.patient for injection in doubtful[:ENOUGH]]
    access.viewed(request=request, page="home", patients=shown, at=at)
    context = {
        "today": [(location, today(location, at)) for location in visible.locations(user)],
        "unconfirmed": len(doubtful),
        "doubtful": doubtful[:ENOUGH],
        "tasks": tasks,
        "late": sum(task.due_at < at for task in tasks),
        "orders": orders,
        "unsigned": unsigned(user, at) if user.may("reviews") else None,
    }
    return render(request, "home.html", context | security(user, at))


def security(user: User, at: datetime) -> dict[str, object]:
    """What waits for those who answer for security, and for a second person."""
    return {
        "resets": resets.waiting(at) if user.may("factor_resets") else [],
        "open_alerts": alerts.open_alerts() if user.may("security_alerts") else [],
    }


def of_late(at: datetime) -> dict[str, object]:
    """What a privacy officer looks at first: what left the house, and who was refused."""
    today = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    since, kinds = today - timedelta(days=6), [kind for kind in AccessKind if kind.leaves]
    failures = SignInEvent.objects.filter(at__gte=today, kind=SignIn.FAILED)
    return {
        "asked": urlencode({"since": since.date(), "kind": kinds}, doseq=True),
        "left": Access.objects.filter(at__gte=since, kind__in=kinds).count(),
        "today": urlencode({"since": today.date(), "kind": SignIn.FAILED}),
        "refused": failures.count(),
    }


def today(location: Location, at: datetime) -> dict[str, int]:
    """Counts of today's injections at one location, by what they wait for."""
    day = timezone.localdate(at, ZoneInfo(location.zone))
    start = datetime.combine(day, time(), ZoneInfo(location.zone))
    injections = Injection.objects.filter(
        location=location,
        during__startswith__gte=start,
        during__startswith__lt=start + timedelta(days=1),
    )
    return injections.aggregate(
        injections=Count("pk", filter=Q(state__in=LIVE)),
        arrived=Count("pk", filter=Q(state=InjectionState.ARRIVED)),
        done=Count("pk", filter=Q(state=InjectionState.COMPLETED)),
        ahead=Count("pk", filter=Q(state=InjectionState.BOOKED)),
    )


def unconfirmed(at: datetime) -> QuerySet[Injection]:
    """Booked injections of the next days that the patient has not confirmed, the nearest first."""
    found = Injection.objects.filter(
        state=InjectionState.BOOKED,
        confirmed_at=None,
        during__startswith__gte=at,
        during__startswith__lt=at + SOON,
    )
    return found.select_related("patient", "location").order_by("during")


def unsigned(user: User, at: datetime) -> int:
    """How many answers wait for a signature."""
    seen = visible.to(user, at, path="injection__patient")
    return review_list.unsigned().filter(seen).count()


def unbooked(seen: Q) -> list[Order]:
    """Orders among these that wait for a time, the oldest first."""
    waiting = Order.objects.filter(seen, state=OrderState.OPEN).exclude(injections__state__in=LIVE)
    return list(waiting.select_related("patient").order_by("ordered_at")[:ENOUGH])


def healthz(request: HttpRequest) -> HttpResponse:
    """The web process answers and reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 to what no browser sends.

    Django's own pages for errors, this and the two below, read the form again and break on it.
    """
    return HttpResponse(render_to_string("400.html"), status=400)


def not_open(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 with the reason; whoever may, goes on by emergency access."""
    if isinstance(exception, SeenElsewhere):
        elsewhere = {"reference": exception.patient}
        return render(request, "scheduling/seen_elsewhere.html", elsewhere, status=403)
    return render(request, "403.html", {"exception": str(exception)}, status=403)


def no_such_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404, whatever was sent to the address."""
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 if a server we need is away; these pages ask nothing of any server."""
    if isinstance(sys.exc_info()[1], AWAY):
        page, headers = render_to_string("503.html"), {"Retry-After": str(RETRY)}
        return HttpResponse(page, status=503, headers=headers)
    return HttpResponse(render_to_string("500.html"), status=500)
