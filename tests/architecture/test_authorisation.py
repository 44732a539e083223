"""Who may open what: a table made by walking every address as every kind of visitor.

The table is docs/authorisation.md. It is a promise, so a difference fails here until somebody has
read it and put the new table in place.
"""

import difflib
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import resolve
from pytest_django.plugin import DjangoDbBlocker
from twilio.request_validator import RequestValidator

from clinic import roles
from clinic.accounts import alerts
from clinic.accounts.models import AlertKind, Role, SecurityAlert
from clinic.demo.sandbox.models import SandboxMail
from reminders.messaging.content import links
from reminders.models import Alert, Link, LinkPurpose
from scheduling import clock, worklist
from scheduling.models import OnCallShift, Queue, Task, TaskKind
from tests.architecture.addresses import Address, every
from tests.architecture.visits import METHODS, PageClient, Row, Visitor, outcome, signed_in
from tests.world import a_booking, a_user, completed

TABLE = Path(__file__).resolve().parents[2] / "docs" / "authorisation.md"
TOKEN = "a" * links.LENGTH
HEAD = """\
# Who may open what

Every address of the site, and what each kind of visitor meets there: the methods that open,
`login` (sent to sign in) or `refused`. Made by `tests/architecture/test_authorisation.py`, which
walks the URL list; the rule is `clinic/roles.py`. A page that nobody opens is a part of a library
that we do not use.

"""
TASKS = """
## Who may finish which task

By its queue and its kind. Whoever may finish a task may open it again, and nobody else may.

"""
MAIL = b"""\
Content-Type: text/calendar; name=visit.ics
Content-Disposition: attachment; filename=visit.ics

BEGIN:VCALENDAR
"""
NOT_WITH_AN_EMPTY_FORM = {"sms_status", "sms_inbound"}


def visitors() -> list[Visitor]:
    """A stranger, somebody who has left, and one person of each role."""
    left = signed_in("inactive", a_user("physician"))
    get_user_model().objects.update(is_active=False)
    staff = {
        role.value: a_user(role, password="a password", is_staff=role is Role.ADMINISTRATOR)
        for role in Role
    }
    return [Visitor("stranger"), left, *(signed_in(*each) for each in staff.items())]


def values() -> dict[str, dict[str, Any]]:
    """What fills the gaps of addresses, by the beginning of the address: a real visit's own."""
    now = clock.now()
    start = (now - timedelta(days=1)).replace(hour=15, minute=0, second=0, microsecond=0)
    visit = completed(a_booking(start=start), at=now)
    a_link(visit, LinkPurpose.PREPARE, TOKEN)
    task = worklist.open_task(
        kind=TaskKind.CHANGE_WANTED,
        queue=Queue.DESK,
        title="Call",
        injection=visit,
        due_at=now,
        at=now,
    )
    mail = SandboxMail.objects.create(
        recipient=visit.patient.contacts.get(channel="email").value, raw=MAIL, received_at=now
    )
    alert = Alert.objects.create(task=task, code="1234", opened_at=now)
    shift = OnCallShift.objects.create(
        location=visit.location, name="On call", phone="+12025550181"
    )
    alerts.open_alert(kind=AlertKind.AUDIT_RECORDS, about=None, detail="Look.", at=now)
    return {
        "/patients": {"reference": visit.patient.reference},
        "/audit/patients": {"reference": visit.patient.reference},
        "/orders": {"reference": visit.order.reference},
        "/injections": {"reference": visit.reference, "side": "left"},
        "/reviews": {"reference": visit.reference, "side": "left"},
        "/tasks": {"pk": task.pk},
        "/alerts": {"pk": alert.pk},
        "/staff/alerts": {"pk": SecurityAlert.objects.get().pk},
        "/sandbox/on-call": {"pk": shift.pk},
        "/p/": {"token": TOKEN, "slot": "h1"},
        "/staff": {"pk": a_user().pk},
        "/accounts": {"key": "set-password", "uidb36": "1", "pk": 1},
        "/admin": {
            "object_id": "1",
            "id": "1",
            "app_label": "scheduling",
            "url": "x",
        },
        "/sandbox": {"reference": visit.patient.reference, "pk": mail.pk, "number": 0},
    }


def a_link(visit: Any, purpose: LinkPurpose, token: str) -> Link:
    now = clock.now()
    return Link.objects.create(
        token_sha256=links.digest(token),
        purpose=purpose,
        injection=visit,
        created_at=now,
        expires_at=now + timedelta(days=1),
    )


def path_of(address: Address, values: dict[str, dict[str, Any]]) -> str:
    given = [known for start, known in values.items() if address.route.startswith(start)]
    return address.filled(given[0] if given else {})


def request_of(address: Address, path: str) -> tuple[dict[str, str], dict[str, str]]:
    """Form and headers for a POST: empty, or signed as the carrier signs."""
    if address.page not in NOT_WITH_AN_EMPTY_FORM:
        return {}, {}
    form = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "sent", "From": "+15550001111"}
    form |= {"Body": "hello", "To": "+15550100000", "AccountSid": settings.SMS.account}
    url = settings.SITE_URL + path
    signature = RequestValidator(settings.SMS.token).compute_signature(url, form)
    return form, {"x-twilio-signature": signature}


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Row]]:
    """One walk for all tests of this file; it leaves nothing behind."""
    with django_db_blocker.unblock(), transaction.atomic():
        logging.disable()  # being refused a thousand times is not worth a thousand tracebacks
        try:
            yield list(walk(visitors(), values()))
        finally:
            logging.disable(logging.NOTSET)
            transaction.set_rollback(True)


def walk(visitors: list[Visitor], values: dict[str, dict[str, Any]]) -> Iterator[Row]:
    client = PageClient()
    for address in every():
        path = path_of(address, values)
        form, headers = request_of(address, path)
        met = {
            visitor.name: {
                method: outcome(client.ask(method, path, form, visitor.session, **headers))
                for method in METHODS
            }
            for visitor in visitors
        }
        yield Row(address, path, met)


def table(rows: list[Row]) -> str:
    names = list(rows[0].met)
    lines = [["Page", "Address", *names], ["---"] * (len(names) + 2)]
    for row in rows:
        cells = [row.word(name) for name in names]
        route = row.address.route.replace("|", "\\|")  # a bar would end the table's cell
        lines.append([f"`{row.address.page}`", f"`{route}`", *cells])
    return HEAD + markdown(lines) + TASKS + markdown(tasks())


def tasks() -> list[list[str]]:
    """Whom the verbs let finish a task, by its kind and its queue."""
    rows = [
        [f"`{kind}`", *(worklist.who_may_finish(Task(kind=kind, queue=queue)) for queue in Queue)]
        for kind in TaskKind
    ]
    return [["Kind", *(f"{queue}'s queue" for queue in Queue)], ["---"] * (len(Queue) + 1), *rows]


def markdown(lines: list[list[str]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)


def test_every_visitor_meets_at_every_address_what_the_table_says(rows: list[Row]) -> None:
    found = table(rows)

    promised = TABLE.read_text() if TABLE.exists() else ""
    if found != promised:
        draft = Path(settings.VAR_DIR) / TABLE.name
        draft.write_text(found)
        changes = difflib.unified_diff(promised.splitlines(), found.splitlines(), lineterm="", n=0)
        pytest.fail(
            "What really happens differs from docs/authorisation.md:\n"
            + "\n".join(changes)
            + f"\nIf all of this is meant: cp {draft} {TABLE}"
        )


def test_every_address_stands_in_the_table_of_roles() -> None:
    known = roles.PUBLIC | roles.PAGES.keys() | roles.CLOSED

    unknown = {address.page for address in every() if not address.page.startswith("admin:")} - known

    assert not unknown


def test_the_table_of_roles_names_no_page_that_does_not_exist() -> None:
    named = roles.PUBLIC | roles.PAGES.keys() | roles.CLOSED

    assert not named - {address.page for address in every()}


def test_the_table_of_roles_names_every_queue_and_every_kind_of_task_and_no_other() -> None:
    named = {f"queue:{queue}" for queue in Queue} | {f"kind:{kind}" for kind in TaskKind}

    assert named == roles.TASKS.keys()


def test_a_stranger_opens_the_public_pages_and_no_other(rows: list[Row]) -> None:
    opened = {row.address.page for row in rows if row.word("stranger") not in ("login", "refused")}

    assert opened == set(roles.PUBLIC)


def test_somebody_who_has_left_is_a_stranger(rows: list[Row]) -> None:
    assert [row.address for row in rows if row.word("inactive") != row.word("stranger")] == []


def test_every_address_of_ours_leads_to_something_that_exists(rows: list[Row]) -> None:
    ours = [row for row in rows if not row.address.route.startswith(("/admin", "/accounts"))]

    assert [row.path for row in ours if row.statuses <= {"404", "login", "refused", ""}] == []


def test_the_walk_reaches_each_page_by_its_own_address(rows: list[Row]) -> None:
    reached = {row.address.page: resolve(row.path).view_name for row in rows}

    assert {page: other for page, other in reached.items() if page != other} == {}
