"""The role that runs Blockwise: it does all the work, and cannot touch what is kept.

Each test makes the role in its own transaction and acts as it until the end.
"""

from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pghistory
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import ProgrammingError, connection, transaction

from clinic import checks, database_roles
from clinic.accounts import alerts, audit_digests
from clinic.accounts.models import AlertKind, SecurityAlert, SignIn, SignInEvent
from reminders.followup import reviews
from reminders.messaging.planning import outbox
from reminders.models import Message, Reading, Review
from reminders.rules.response.labels import Label
from scheduling import bookings, people
from scheduling.models import Injection, Patient
from scheduling.rules.procedure import Side
from tests import world
from tests.reminders.diaries import answered, at, laid_out

pytestmark = pytest.mark.django_db
ROLE = "blockwise test-running"  # a name that has to be quoted
NEEDED = database_roles.needed()
KEPT = sorted(table for table, rights in NEEDED.items() if rights == {"SELECT", "INSERT"})
READ = "SELECT {key} FROM {table}"
CHANGES = ("UPDATE {table} SET {key} = {key}", "DELETE FROM {table}", "TRUNCATE {table}")
BECOME_OWNER = """DO $$ BEGIN EXECUTE format('GRANT %I TO "{}"', current_user); END $$"""


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def every_table():
    return connection.introspection.table_names()


def grants():
    """Run the command as the owner; what it prints."""
    said = StringIO()
    call_command("database_roles", running=ROLE, stdout=said)
    return said.getvalue()


@contextmanager
def refused(sentence="permission denied|must be owner"):
    with pytest.raises(ProgrammingError, match=sentence), transaction.atomic():
        yield


@pytest.fixture
def role(db):
    run(f'CREATE ROLE "{ROLE}"')


@pytest.fixture
def as_running(role):
    """Grant, and be the running role for the rest of the test."""
    grants()
    run(f'SET LOCAL ROLE "{ROLE}"')


# What is refused


def test_history_its_context_and_all_that_is_signed_or_seen_is_kept():
    expected = {
        "pghistory_context",
        "scheduling_injectionevent",
        "scheduling_access",
        "accounts_signinevent",
        "accounts_auditdigest",
        "reminders_review",
        "reminders_wrongbirthdate",
        "reminders_linkrenewal",
        "reminders_protocolversion",
    }

    assert expected <= {*KEPT}
    assert {table for table in every_table() if table.endswith("event")} <= {*KEPT}


@pytest.mark.parametrize("table", KEPT)
def test_kept_rows_can_be_read_and_neither_changed_nor_removed(as_running, table):
    with connection.cursor() as cursor:
        key = connection.introspection.get_primary_key_column(cursor, table)

    run(READ.format(key=key, table=table))
    for change in CHANGES:
        with refused(f"permission denied for table {table}"):
            run(change.format(key=key, table=table))


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE {}",
        "TRUNCATE {} CASCADE",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} DISABLE TRIGGER USER",
        "ALTER TABLE {} ADD COLUMN more text",
        "DROP TABLE {} CASCADE",
        "CREATE TRIGGER t AFTER INSERT ON {} EXECUTE FUNCTION _pgh_attach_context()",
    ],
)
def test_no_table_is_emptied_altered_or_dropped(as_running, statement):
    for table in every_table():
        with refused():
            run(statement.format(table))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE scheduling_injectionevent (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER FUNCTION _pgh_attach_context() RENAME TO mine",
        "SET session_replication_role = replica",
        "UPDATE django_migrations SET name = name",
    ],
)
def test_nothing_is_made_and_no_trigger_is_gone_round(as_running, statement):
    with refused():
        run(statement)


def test_what_a_booking_was_warned_of_is_never_reworded(as_running):
    with refused("permission denied for table scheduling_bookingcheck"):
        run("UPDATE scheduling_bookingcheck SET sentence = ''")


# What goes on


def test_from_order_to_signature_all_works_and_says_who_did_it(as_running):
    physician, desk = world.a_user("physician"), world.a_user("desk")
    with pghistory.context(user=desk.pk):
        injection = world.a_booking(by=desk, start=world.local("2026-03-17 09:00"))
        moved(injection, world.START, desk)
        outbox.reconcile([injection.pk], world.NOW)
    with pghistory.context(user=physician.pk):
        laid_out(world.completed(injection, by=physician))
        for name in ("D45", "D60", "H2"):
            answered(injection, name, 1)
        reviews.sign(
            injection=injection, side=Side.LEFT, decided=Label.POSITIVE_80, by=physician, at=at(10)
        )

    assert Message.objects.exists()
    assert Review.objects.get().signed_by == physician
    assert who_changed(Injection)[0] == desk.pk
    assert who_changed(Injection)[-1] == physician.pk
    assert {*who_changed(Reading)} == {physician.pk}


def moved(injection, start, by):
    bookings.move(
        injection=injection,
        start=start,
        resources=world.free_resources(injection.order, injection.location, start),
        by=by,
        at=world.NOW,
    )


def who_changed(model):
    events = model.pgh_event_model.objects.select_related("pgh_context").order_by("pgh_id")
    return [event.pgh_context.metadata["user"] for event in events]


def test_more_is_said_of_a_change_in_the_course_of_a_request(as_running):
    with pghistory.context(user=None):
        patient = world.a_patient()
        with pghistory.context(why="married"):
            people.correct(patient=patient, by=None, at=world.NOW, family_name="Sample")

    last = Patient.pgh_event_model.objects.filter(pgh_obj=patient).latest("pgh_id")
    assert last.pgh_context.metadata["why"] == "married"


def test_staff_sign_in_and_out(as_running, client):
    client.force_login(world.a_user("desk"))

    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")

    assert SignIn.SIGNED_OUT in SignInEvent.objects.values_list("kind", flat=True)


def test_what_is_kept_is_covered_by_digests_and_verified(as_running):
    world.a_patient()

    assert audit_digests.close(world.NOW)
    second = audit_digests.close(world.NOW + timedelta(hours=1))

    assert second.covered["scheduling_patientevent"]["rows"] == 1
    assert list(audit_digests.verify(second.at)) == []


def test_a_security_alert_is_opened_and_seen_and_never_removed(as_running):
    alerts.open_alert(kind=AlertKind.AUDIT_RECORDS, about=None, detail="Look.", at=world.NOW)
    alert = SecurityAlert.objects.get()

    assert alerts.acknowledge(alert=alert, by=world.a_user("administrator"), at=world.NOW)
    with refused("permission denied for table accounts_securityalert"):
        run("DELETE FROM accounts_securityalert")


# The command and the check


def test_the_command_tells_what_the_role_may_do(role):
    said = grants()

    assert f"{ROLE} may SELECT, INSERT, UPDATE, DELETE in " in said
    assert f"{ROLE} may SELECT, INSERT in {', '.join(KEPT)}\n" in said
    assert f"{ROLE} may SELECT in django_migrations\n" in said


def test_what_was_granted_before_is_taken_away(role):
    run(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{ROLE}", PUBLIC')
    run(f'GRANT CREATE ON SCHEMA public TO "{ROLE}"')
    assert "TRUNCATE" in database_roles.surplus(ROLE)[-1]

    first, second = grants(), grants()

    assert first == second
    assert database_roles.surplus(ROLE) == database_roles.lacking(ROLE) == []


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ('ALTER ROLE "{}" SUPERUSER', "it is a superuser"),
        ('ALTER ROLE "{}" CREATEROLE', "it may create roles"),
        ('ALTER TABLE scheduling_access OWNER TO "{}"', "it owns Blockwise's tables"),
        ('ALTER FUNCTION _pgh_attach_context() OWNER TO "{}"', "it owns Blockwise's tables"),
        (BECOME_OWNER, "or may become their owner"),
        ('DROP ROLE "{}"', "there is no such role"),
    ],
)
def test_a_role_that_could_help_itself_is_refused(role, statement, reason):
    run(statement.format(ROLE))

    with pytest.raises(CommandError, match=reason):
        grants()


def test_rights_that_come_by_another_role_are_named(role):
    run(f'GRANT pg_write_all_data TO "{ROLE}"')

    with pytest.raises(CommandError, match="UPDATE, DELETE in pghistory_context"):
        grants()


def test_who_does_not_own_the_tables_cannot_grant(role):
    run(f'SET LOCAL ROLE "{ROLE}"')

    with pytest.raises(CommandError, match="run it as the owner"):
        grants()


@pytest.fixture
def production(settings):
    settings.DEMO = False


def told():
    return [(problem.id, problem.msg) for problem in checks.role_fits(["default"])]


def test_an_owner_that_runs_blockwise_is_told(production):
    ((code, sentence),) = told()

    assert code == "clinic.W002"
    assert "superuser" in sentence or "owns Blockwise's tables" in sentence


def test_a_demonstration_may_run_as_the_owner():
    assert told() == []


def test_a_running_role_is_told_nothing(as_running, production):
    assert told() == []


def test_a_running_role_that_may_truncate_is_told(role, production):
    grants()
    run(f'GRANT TRUNCATE ON scheduling_access TO "{ROLE}"')
    run(f'SET LOCAL ROLE "{ROLE}"')

    ((code, sentence),) = told()

    assert code == "clinic.W002"
    assert "TRUNCATE in scheduling_access" in sentence


def test_a_table_that_came_after_the_grants_is_told(role, production):
    grants()
    run("ALTER TABLE scheduling_access RENAME TO earlier")
    run("CREATE TABLE scheduling_access (LIKE earlier)")
    run(f'SET LOCAL ROLE "{ROLE}"')

    found = told()

    assert (
        "clinic.W003",
        f"The role {ROLE} lacks rights that Blockwise needs: SELECT, INSERT in scheduling_access.",
    ) in found


def test_a_role_without_any_rights_is_told_so_and_nothing_else_breaks(role, production):
    run(f'SET LOCAL ROLE "{ROLE}"')

    assert dict(told())["clinic.W003"].endswith(" more.")
    assert checks.modes_agree(["default"]) == []


# The owner

OWNER = {"USER": connection.settings_dict["USER"], "OPTIONS": {"application_name": "the owner"}}


def connected_as():
    with connection.cursor() as cursor:
        cursor.execute("SHOW application_name")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_the_owner_connects_for_a_block_and_is_told_nothing(settings, production):
    settings.DATABASE_OWNER = OWNER

    with database_roles.as_owner():
        assert connected_as() == "the owner"
        assert told() == []

    assert connected_as() != "the owner"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["migrate", "database_roles"])
def test_migrating_and_granting_are_the_owners(settings, monkeypatch, command):
    settings.DATABASE_OWNER = OWNER
    seen = []
    monkeypatch.setattr(migrate.Command, "handle", lambda *_, **__: seen.append(connected_as()))
    monkeypatch.setattr(database_roles, "objections", lambda _: [connected_as()])
    options = {"database_roles": {"running": ROLE}}.get(command, {})

    try:
        call_command(command, **options)
    except CommandError as refusal:
        seen.append(str(refusal))

    assert "the owner" in seen[0]
