"""What every page may show: the navigation, the clock, and what the reader may do."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from clinic.accounts.models import User
from clinic.accounts.provider.session import came_through_provider
from scheduling import clock
from scheduling.models import Location, Task
from scheduling.people import visible

# Page, label, key that opens it.
SECTIONS = (
    ("day", "Day", "t"),
    ("patients", "Patients", "/"),
    ("worklist", "Tasks", "w"),
    ("reviews", "Reviews", "r"),
    ("cosignatures", "Co-sign", "c"),
    ("admin:index", "Administration", "a"),
    ("audit_patients", "Patients", "/"),
    ("audit", "Access log", "l"),
    ("audit_sign_ins", "Sign-ins", "i"),
)


@dataclass(frozen=True)
class NavItem:
    """One link in the head of every page."""

    url: str
    label: str
    key: str
    here: bool
    count: int = 0
    late: bool = False


class PagePermissions:
    """In templates: `{% if may.injection_complete %}` asks the one table of roles."""

    def __init__(self, user: User) -> None:
        self.user = user

    def __getitem__(self, page: str) -> bool:
        return self.user.may(page)


def navigation(request: HttpRequest) -> dict[str, object]:
    """The demo mark, the clock, and the links that this person may follow."""
    user = getattr(request, "user", None)
    shown = {"demo": settings.DEMO, "site_zone": site_zone(), "navigation": [], "may": {}}
    shown["identity_provider"] = settings.IDENTITY_PROVIDER
    if not isinstance(user, User):
        return shown | {"now": clock.now() if settings.DEMO else None}
    now = clock.now()
    items = nav_items(request, user, now)
    shown |= {"now": now, "navigation": items, "may": PagePermissions(user)}
    shown["through_provider"] = came_through_provider(request)
    shown |= {"sees_nobody": user.may("patients") and not visible.works_somewhere(user)}
    return shown | {"idle_seconds": settings.IDLE_SECONDS}


def site_zone() -> str:
    """The zone of pages that belong to no location; a demonstration shows its clinic's clock."""
    zone = Location.objects.values_list("zone", flat=True).first() if settings.DEMO else None
    return zone or settings.TIME_ZONE


def nav_items(request: HttpRequest, user: User, now: datetime) -> list[NavItem]:
    """The links in order; one whose address does not exist in this mode is left out."""
    match = request.resolver_match
    here = match.view_name if match else ""
    found = []
    for page, label, key in SECTIONS:
        if not user.may(page):
            continue
        try:
            url = reverse(page)
        except NoReverseMatch:
            continue
        counts = waiting(user, now) if page == "worklist" else (0, False)
        found.append(NavItem(url, label, key, page == here, *counts))
    return found


def waiting(user: User, now: datetime) -> tuple[int, bool]:
    """How many tasks wait in this person's queue, and whether one is late."""
    seen = visible.to(user, now)
    counts = Task.objects.filter(seen, queue=user.role, done_at=None).aggregate(
        all=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now))
    )
    return counts["all"], counts["late"] > 0
