"""The clinic that is fuzzed: injections in every state, work of every kind, and who comes by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils.http import int_to_base36

from clinic import roles
from clinic.demo.sandbox.models import SandboxMail
from reminders.messaging.content import links
from reminders.models import Alert, Attempt, Link, LinkPurpose
from reminders.views import link_auth
from scheduling import bookings, worklist
from scheduling.models import Closure, Injection, OnCallShift, Order, Queue, Task, TaskKind
from scheduling.rules.procedure import Sedation, Side
from tests.architecture.addresses import Address
from tests.reminders.fake_carriers import message, only
from tests.world import a_booking, a_location, a_user, an_order, completed, local

NOON = local("2026-03-16 12:00")
HOUR = timedelta(hours=1)
STRANGER, PATIENT, SUPERUSER = "stranger", "patient", "superuser"
TOKENS = {LinkPurpose.PREPARE: "p" * links.LENGTH, LinkPurpose.SURVEY: "s" * links.LENGTH}
MAIL = b"Subject: Visit\nContent-Type: text/calendar; name=visit.ics\n\nBEGIN:VCALENDAR\n"
Gaps = Mapping[str, Mapping[str, Sequence[Any]]]


@dataclass(frozen=True)
class FuzzedClinic:
    """`sessions` by visitor; `gaps` are real values for the gaps of addresses, by beginning."""

    sessions: Mapping[str, str]
    gaps: Gaps
    attempt: str

    def values(self, address: Address) -> Mapping[str, Sequence[Any]]:
        fitting = (known for start, known in self.gaps.items() if address.route.startswith(start))
        return next(fitting, {})

    def welcome(self, address: Address) -> list[str]:
        """Visitors to whom this address is open, first whom it is for."""
        if address.route.startswith("/p/"):
            return [PATIENT, STRANGER]
        if address.page in roles.PUBLIC | roles.CLOSED:
            return [STRANGER, SUPERUSER, "desk"]
        admin = [SUPERUSER] if address.page.startswith("admin:") else []
        allowed = [role for role in roles.Role if roles.permits(role, address.page)]
        return admin + allowed or [STRANGER]


def open_clinic() -> FuzzedClinic:
    """Today at noon: one injection done, one begun, one ahead, one cancelled, orders that wait."""
    location = a_location(name="Lakeside")
    administrator = a_user("administrator", is_staff=True)
    injections = list(_injections(location))
    done, _, ahead, *_ = injections
    staff = {role.value: a_user(role, is_staff=role == "administrator") for role in roles.Role}
    sessions = {name: _session(user) for name, user in staff.items()}
    sessions |= {SUPERUSER: _session(administrator), STRANGER: ""}
    sessions[PATIENT] = _opened(_link(ahead, LinkPurpose.PREPARE), _link(done, LinkPurpose.SURVEY))
    orders = [an_order(at=NOON), an_order(at=NOON, intent="therapeutic"), ahead.order]
    gaps = _ours(injections, orders) | _of_libraries(administrator, ahead)
    return FuzzedClinic(sessions, gaps, str(_attempt(ahead).reference))


def _injections(location: Any) -> Iterator[Injection]:
    """Done, begun, ahead, cancelled, and one with two sides that is about to begin."""
    start = NOON - 3 * HOUR
    yield completed(a_booking(start=start, location=location), at=start + HOUR)
    begun = a_booking(start=NOON, location=location, sedation=Sedation.MODERATE_IV)
    yield bookings.arrive(injection=begun, by=None, at=NOON - HOUR)
    yield a_booking(start=NOON + 3 * HOUR, location=location)
    off = a_booking(start=NOON + 24 * HOUR, location=location)
    yield bookings.cancel(injection=off, why="Ill", by=None, at=NOON - HOUR)
    both = a_booking(start=NOON + HOUR, location=location, side=Side.BILATERAL)
    yield bookings.arrive(injection=both, by=None, at=NOON)


def _session(user: Any) -> str:
    client = Client()
    client.force_login(user)
    session = client.session
    session["_password_reset_key"] = default_token_generator.make_token(user)
    session.save()
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def _link(injection: Injection, purpose: LinkPurpose) -> Link:
    return Link.objects.create(
        token_sha256=links.digest(TOKENS[purpose]),
        purpose=purpose,
        injection=injection,
        created_at=NOON,
        expires_at=NOON + 24 * HOUR,
    )


def _opened(*opened: Link) -> str:
    """A browser in which the birth date was given for these links."""
    session = SessionStore()
    session[link_auth.KEY] = {str(link.pk): NOON.isoformat() for link in opened}
    session.create()
    return str(session.session_key)


def _attempt(injection: Injection) -> Attempt:
    """A text on its way, about which the carrier may report."""
    only(injection, "booked", NOON)
    row = message(injection, "booked", "sms")
    return Attempt.objects.create(
        message=row, channel="sms", address="+15550001111", handed_at=NOON
    )


def _task(injection: Injection, at: datetime) -> Task:
    return worklist.open_task(
        kind=TaskKind.PATIENT_NOTE,
        queue=Queue.DESK,
        title="Call",
        injection=injection,
        due_at=at,
        at=at,
    )


def _ours(injections: Sequence[Injection], orders: Sequence[Order]) -> Gaps:
    done, ahead = injections[0], injections[2]
    patients = [done.patient.reference, ahead.patient.reference]
    references = [each.reference for each in injections]
    tasks = [_task(done, NOON), _task(ahead, NOON - HOUR)]
    alert = Alert.objects.create(task=tasks[0], code="1234", opened_at=NOON)
    shift = OnCallShift.objects.create(location=done.location, name="On call", phone="+12025550181")
    address = done.patient.contacts.get(channel="email").value
    mail = SandboxMail.objects.create(recipient=address, raw=MAIL, received_at=NOON)
    return {
        "/patients": {"reference": patients},
        "/audit/patients": {"reference": patients},
        "/orders": {"reference": [order.reference for order in orders]},
        "/injections": {"reference": references},
        "/reviews": {"reference": references[:1], "side": ["left", "right", "bilateral"]},
        "/tasks": {"pk": [task.pk for task in tasks]},
        "/alerts": {"pk": [alert.pk]},
        "/p/": {"token": list(TOKENS.values()), "slot": ["h1", "h2", "d1"]},
        "/sandbox/on-call": {"pk": [shift.pk]},
        "/sandbox": {"reference": patients, "pk": [mail.pk], "number": [0, 1]},
        "/admin/scheduling/oncallshift": {"object_id": [shift.pk]},
    }


def _of_libraries(administrator: Any, injection: Injection) -> Gaps:
    """Django's administration, and the pages of sign-in."""
    key = default_token_generator.make_token(administrator)
    resource = injection.location.resources.first()
    closed = (NOON + 72 * HOUR, NOON + 80 * HOUR)
    closure = Closure.objects.create(resource=resource, during=closed, reason="Holiday")
    user = [administrator.pk]
    sign_in = {"key": ["set-password", key], "uidb36": [int_to_base36(administrator.pk)]}
    return {
        "/accounts": {**sign_in, "pk": [1]},
        "/admin/auth/group": {"object_id": [Group.objects.create(name="Nobody").pk]},
        "/admin/accounts/user": {"object_id": user, "id": user},
        "/admin/scheduling/location": {"object_id": [injection.location_id]},
        "/admin/scheduling/resource": {"object_id": [resource.pk]},
        "/admin/scheduling/closure": {"object_id": [closure.pk]},
        "/admin": {"object_id": [1, "x"], "app_label": ["accounts", "scheduling"], "url": ["x"]},
    }
