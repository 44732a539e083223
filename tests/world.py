"""A small clinic for tests. Everything is reached as people reach it: through the verbs.

Each builder has a default for everything, so that a test states only what it is about.

    injection = a_booking(start=local("2026-03-16 09:00"), sedation=Sedation.MODERATE_IV)
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model

from scheduling import bookings, orders, people
from scheduling.bookings import JointFacts, ResourceSet
from scheduling.finding import finder
from scheduling.models import (
    Injection,
    Location,
    Order,
    Patient,
    Premedication,
    Resource,
    ResourceKind,
    WeeklyHours,
)
from scheduling.rules.procedure import (
    Agent,
    Block,
    Channel,
    Drug,
    Guidance,
    Intent,
    Purpose,
    Sedation,
    Side,
    Target,
)

ZONE = "America/New_York"
NUMBERS = count(1)  # names, numbers and MRNs differ, so that tests may build many of anything


def local(text: str, zone: str = ZONE) -> datetime:
    """`"2026-03-16 09:00"` by the clocks of `zone`, aware."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


NOW = local("2026-03-02 10:00")  # when things are booked unless a test says otherwise
START = local("2026-03-16 09:00")  # a Monday, in the morning
BUPIVACAINE = Agent(Drug.BUPIVACAINE, concentration=0.5, volume=2.0)
METHYLPREDNISOLONE = Agent(Drug.METHYLPREDNISOLONE, dose=40.0)
CONTRAST = Agent(Drug.IOHEXOL, volume=0.5)
NOTHING_TO_REPORT = {
    "anticoagulant": "none",
    "diabetes": "none",
    "contrast_reaction": "none",
    "la_reaction": "none",
    "steroid_reaction": "none",
    "pregnancy": "no",
    "infection": "no",
    "antibiotics": "none",
    "prone": "can",
    "red_flag": "no",
}


def a_user(role: str = "desk", **fields: Any) -> Any:
    """A member of staff of this role, who works at every location that there is."""
    number = next(NUMBERS)
    fields = {"username": f"{role}{number}", "last_name": f"{role.title()} {number}"} | fields
    user = get_user_model().objects.create_user(role=role, **fields)
    user.locations.set(Location.objects.all())
    return user


def a_location(
    zone: str = ZONE,
    rooms: int = 2,
    opens: time = time(7),
    closes: time = time(19),
    weekdays: Sequence[int] = range(7),
    **fields: Any,
) -> Location:
    """A site with `rooms` of each kind of resource, open every day from 07:00 to 19:00.

    Whoever is there already works at it too; a test about limits says last where somebody works.
    """
    number = next(NUMBERS)
    facts = {"name": f"Site {number}", "address": "1 Main Street", "phone": "+15550100000"}
    location = Location.objects.create(zone=zone, **facts | fields)
    location.staff.set(get_user_model().objects.all())
    for kind in ("physician", "suite", "c_arm", "bay"):
        for room in range(rooms):
            a_resource(location, kind, f"{kind} {room + 1}", opens, closes, weekdays)
    return location


def an_office() -> Location:
    """A location without rooms, the last by name: who works there sees who is registered."""
    office = Location.objects.create(name="Tower", address="2 Main Street", zone=ZONE)
    office.staff.set(get_user_model().objects.all())
    return office


def a_resource(
    location: Location,
    kind: str,
    name: str = "",
    opens: time = time(7),
    closes: time = time(19),
    weekdays: Sequence[int] = range(7),
) -> Resource:
    """One more resource of a location, with its weekly hours."""
    name = name or f"{kind} {next(NUMBERS)}"
    resource = Resource.objects.create(location=location, kind=ResourceKind(kind), name=name)
    WeeklyHours.objects.bulk_create(
        WeeklyHours(resource=resource, weekday=day, opens=opens, closes=closes) for day in weekdays
    )
    return resource


def a_patient(
    *,
    mobile: str | None = "",
    email: str | None = "",
    consent: Sequence[Purpose] = (Purpose.REMINDERS, Purpose.DIARY),
    at: datetime = NOW,
    by: Any = None,
    **fields: Any,
) -> Patient:
    """A patient with a mobile number, an e-mail address and both consents on both.

    `mobile=None` or `email=None` leaves that one out, `consent=()` leaves out the consents.
    """
    number = next(NUMBERS)
    facts = {"family_name": f"Family{number}", "given_name": "Given", "mrn": f"MRN{number:05}"}
    facts |= {"birth_date": date(1960, 4, 12), "language": "en", "zone": ZONE}
    patient = people.register(**facts | fields, by=by, at=at)
    reached = {
        Channel.SMS: f"+1555{number:07}" if mobile == "" else mobile,
        Channel.EMAIL: f"patient{number}@example.com" if email == "" else email,
    }
    for channel, value in reached.items():
        if value is not None:
            people.reach(patient=patient, channel=channel, value=value, by=by, at=at)
        for purpose in consent if value is not None else ():
            people.agree(
                patient=patient,
                purpose=purpose,
                channel=channel,
                wording="v1",
                source="desk",
                by=by,
                at=at,
            )
    return patient


def an_order(patient: Patient | None = None, *, at: datetime = NOW, **fields: Any) -> Order:
    """A first left diagnostic block with bupivacaine under fluoroscopy, nothing to report.

    A therapeutic order has no block number, unless a test says so. Entered by its physician, it is
    signed; by anybody else, it waits.
    """
    intent = fields.get("intent", Intent.DIAGNOSTIC)
    numbered = Block.FIRST if Intent(intent).is_diagnostic else Block.NOT_APPLICABLE
    facts = {
        "side": Side.LEFT,
        "intent": intent,
        "block": numbered,
        "target": Target.INTRA_ARTICULAR,
        "guidance": Guidance.FLUOROSCOPY,
        "sedation": Sedation.NONE,
        "premedication": Premedication.NONE,
        "screening": NOTHING_TO_REPORT,
        "agents": (BUPIVACAINE, CONTRAST),
    }
    physician = fields.pop("physician", None) or a_user("physician")
    by = fields.pop("by", physician)
    return orders.place(
        patient=patient or a_patient(at=at),
        physician=physician,
        by=by,
        at=at,
        **facts | fields,
    )


def a_booking(
    order: Order | None = None,
    *,
    start: datetime = START,
    location: Location | None = None,
    resources: ResourceSet | None = None,
    at: datetime = NOW,
    by: Any = None,
    overrides: dict[str, str] | None = None,
    **ordered: Any,
) -> Injection:
    """An order booked at `start` with whoever is free; `ordered` goes to `an_order`.

    `at` is when it was ordered and booked: at the latest at `start`.
    """
    at = min(at, start)
    order = order or an_order(at=at, **ordered)
    location = location or a_location()
    resources = resources or free_resources(order, location, start)
    return bookings.book(
        order=order,
        location=location,
        start=start,
        resources=resources,
        by=by,
        at=at,
        overrides=overrides,
    )


def free_resources(order: Order, location: Location, start: datetime) -> ResourceSet:
    """Everything this order needs, free at `start`."""
    resources = finder.assign(order=order, location=location, start=start)
    assert resources, f"{location} has nothing free at {start}"
    return resources


def corrected(injection: Injection, *, why: str = "a slip", by: Any = None, **facts: Any) -> Any:
    """The injection with some of what was done put right, the rest as it is recorded.

    A baseline that would come after a corrected T0 is taken as just before it.
    """
    injection.refresh_from_db()
    t0 = facts.get("t0", injection.needle_out)
    known = {
        "t0": t0,
        "t0_estimated": injection.t0_estimated,
        "side": injection.performed_side,
        "sedation": injection.sedation_given,
        "agents": [line.agent for line in injection.agents.order_by("pk")],
        "joints": [
            replace(joint.facts, baseline_at=joint.baseline_at and min(joint.baseline_at, t0))
            for joint in injection.joints.order_by("side")
        ],
    }
    return bookings.correct(injection=injection, why=why, by=by, **known | facts)


def completed(
    injection: Injection,
    *,
    t0: datetime | None = None,
    side: Side | None = None,
    baseline: int | None = 7,
    agents: Sequence[Agent] = (BUPIVACAINE,),
    by: Any = None,
    at: datetime | None = None,
) -> Injection:
    """The injection done as booked, 20 minutes after its start, every baseline the same."""
    t0 = t0 or injection.start + timedelta(minutes=20)
    side = side or injection.side
    return bookings.complete(
        injection=injection,
        t0=t0,
        side=side,
        agents=agents,
        joints=[JointFacts(joint, baseline) for joint in side.joints],
        other_side_why="" if side is injection.side else "as marked in the room",
        by=by,
        at=at or t0 + timedelta(minutes=10),
    )
