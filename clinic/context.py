"""What every page may show."""

from django.conf import settings
from django.http import HttpRequest

from clinic.roles import may_open
from scheduling import clock


def house(request: HttpRequest) -> dict[str, object]:
    """Demo mark, the clock, and the rooms this person may enter."""
    user = getattr(request, "user", None)
    rooms = ROOMS if user and user.is_authenticated else ()
    return {
        "demo": settings.DEMO,
        "now": clock.now,
        "rooms": [(name, label, key) for name, label, key in rooms if may_open(user, name)],
    }


ROOMS = (
    ("day", "Day", "t"),
    ("patients", "Patients", "/"),
    ("worklist", "Tasks", "w"),
    ("reviews", "Reviews", "r"),
    ("sandbox", "Sandbox", "s"),
)
