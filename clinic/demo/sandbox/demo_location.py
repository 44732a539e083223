"""The demonstration's clinic: its place, rooms, hours, staff, and who is on call."""

import secrets
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from clinic.accounts.models import Role, User
from clinic.demo.sandbox.fixtures import STAFF, ZONE
from scheduling.models import Location, OnCallShift, Resource, ResourceKind, WeeklyHours
from scheduling.rules.wall_clock import wall

NAME = "Harbor Clinic"
WEEKDAYS = range(5)
OPENS, NOON, CLOSES = time(8), time(12), time(17)
ROOMS = (
    (ResourceKind.SUITE, "Suite 1"),
    (ResourceKind.SUITE, "Suite 2"),
    (ResourceKind.C_ARM, "C-arm A"),
    (ResourceKind.C_ARM, "C-arm B"),
    (ResourceKind.BAY, "Bay 1"),
    (ResourceKind.BAY, "Bay 2"),
    (ResourceKind.BAY, "Bay 3"),
)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


def staff(password: str | None) -> dict[str, User]:
    """One member of staff a role, and a second physician; by user name.

    Without a password nobody can sign in.
    """
    hashed = make_password(password)  # once: making a hash is slow on purpose
    return {
        name: User.objects.create(
            username=name,
            password=hashed,
            role=Role(role.lower()),
            first_name=given,
            last_name=family,
            email=f"{name}@clinic.example",
            credential=credential,
            is_staff=role == "Administrator",
        )
        for name, role, given, family, credential in STAFF
    }


def build(users: dict[str, User]) -> Location:
    """The place with two physicians, two suites, two C-arms, three bays; weekdays 08:00-17:00."""
    place = Location.objects.create(
        name=NAME, address="100 Harbor Street, Sampletown", phone="+12025550100", zone=ZONE
    )
    people = [user for name, user in users.items() if name.startswith("physician")]
    rows = [
        Resource(location=place, kind=ResourceKind.PHYSICIAN, name=user.display_name, user=user)
        for user in people
    ]
    rows += [Resource(location=place, kind=kind, name=name) for kind, name in ROOMS]
    WeeklyHours.objects.bulk_create(
        WeeklyHours(resource=row, weekday=day, opens=OPENS, closes=closing(row))
        for row in Resource.objects.bulk_create(rows)
        for day in WEEKDAYS
    )
    place.staff.set(users.values())
    on_call(place, users)
    return place


def on_call(place: Location, users: dict[str, User]) -> None:
    """By day the nurse, then a physician; at night and on weekends a physician who is called."""
    nurse, physician = users["nurse"], users["physician2"]
    by_day = {"weekdays": list(WEEKDAYS), "starts": OPENS, "ends": CLOSES}
    for user, phone, facts in (
        (nurse, "+12025550181", {"turn": 1, **by_day}),
        (physician, "+12025550182", {"turn": 2, **by_day}),
        (physician, "+12025550182", {"turn": 1, "answers_patients": True}),
    ):
        OnCallShift.objects.create(
            location=place,
            name=user.display_name,
            user=user,
            phone=phone,
            email=user.email,
            **facts,
        )


def next_noon(at: datetime, zone: str) -> datetime:
    """The first noon after `at` on a day when the clinic is open.

    A demonstration begun at night would have nothing to show: no text leaves before the morning.
    """
    today = at.astimezone(ZoneInfo(zone)).date()
    week = (today + timedelta(days=n) for n in range(8))
    noons = (wall(day, NOON, zone) for day in week if day.weekday() in WEEKDAYS)
    return next(noon for noon in noons if noon > at)


def closing(resource: Resource) -> time:
    """When a resource closes: bays later, for patients who rest after the last injection."""
    return time(18) if resource.kind is ResourceKind.BAY else CLOSES


def kept_password(path: Path) -> tuple[str, bool]:
    """The password of all demo logins, made once, for its owner alone; and whether it is new."""
    if path.exists():
        return path.read_text().strip(), False
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    path.touch(mode=0o600)
    path.write_text(password)
    return password, True


def reset_passwords(password: str) -> None:
    """Give all demo logins this password again, when its file was lost."""
    names = [name for name, *_ in STAFF]
    User.objects.filter(username__in=names).update(password=make_password(password))
