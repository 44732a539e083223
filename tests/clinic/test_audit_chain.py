"""Rows that are kept are chained: whatever the owner of the tables does to one is found and named.

Each test acts as that owner, with every trigger and foreign key switched off.
"""

import hashlib
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from hypothesis import given
from hypothesis import strategies as st

from clinic.accounts import audit_digests, hash_chain
from clinic.accounts.kept_tables import kept_tables
from clinic.accounts.models import AlertKind, AuditDigest, SecurityAlert, SignInEvent
from clinic.celery import app
from scheduling import clock
from scheduling.locks import Lock

NOW = datetime(2026, 11, 30, 8, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOW + 5 * HOUR
TABLES = [table.name for table in kept_tables()]
SIGN_INS = "accounts_signinevent"
DIGESTS = "accounts_auditdigest"
MODELS = {model._meta.db_table: model for model in apps.get_models()}
VALUES = {
    "AutoField": (7, 8),
    "BigAutoField": (7, 8),
    "BigIntegerField": (1, 2),
    "IntegerField": (1, 2),
    "PositiveIntegerField": (1, 2),
    "PositiveBigIntegerField": (1, 2),
    "PositiveSmallIntegerField": (1, 2),
    "SmallIntegerField": (1, 2),
    "ForeignKey": (1, 2),
    "OneToOneField": (1, 2),
    "BooleanField": (False, True),
    "CharField": ("a", "b"),
    "TextField": ("a", "b"),
    "DateField": (date(2026, 1, 1), date(2026, 1, 2)),
    "TimeField": (time(8), time(9)),
    "DateTimeField": (NOW, NOW + HOUR),
    "DateTimeRangeField": (DateTimeTZRange(NOW, LATER), DateTimeTZRange(NOW, LATER + HOUR)),
    "DecimalField": (Decimal(1), Decimal(2)),
    "ArrayField": ([], []),
    "JSONField": ({"a": 1}, {"a": 2}),
    "UUIDField": (UUID(int=1), UUID(int=2)),
    "GenericIPAddressField": ("192.0.2.1", "192.0.2.2"),
}


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def as_owner(db):
    run("SET LOCAL session_replication_role = replica")


def value(field, which):
    if field.name == "until":  # after the beginning of what it ends
        return (LATER, LATER + HOUR)[which]
    words = [word for word, _ in field.flatchoices] if field.choices else None
    return words[which] if words else VALUES[field.get_internal_type()][which]


def a_row(table, which=0, **own):
    """A row of any table; the second one differs from the first in every column."""
    model = MODELS[table]
    said = {field.attname: value(field, which) for field in model._meta.concrete_fields}
    model(**said | own).save_base(raw=True, force_insert=True)


def closed(*times):
    """Twice, so that everything there is covered."""
    for at in times or (NOW, NOW + HOUR):
        assert audit_digests.close(at)


def found(**options):
    return [(each.table, each.sentence) for each in audit_digests.verify(NOW + HOUR, **options)]


def tables_found(**options):
    return {table for table, _ in found(**options)}


# Rows


@pytest.mark.parametrize("table", TABLES)
def test_what_the_owner_changes_removes_or_adds_is_found_and_named(as_owner, table):
    if table != DIGESTS:
        a_row(table)
    closed(NOW, NOW + HOUR, NOW + 2 * HOUR)
    assert found() == []

    for act in (changes, removes, adds):
        with undone():
            act(table)
            assert table in tables_found()


def changes(table):
    """The last column of the first row that may hold another value."""
    model = MODELS[table]
    field = next(f for f in reversed(model._meta.concrete_fields) if value(f, 0) != value(f, 1))
    rows = model.objects.filter(pk=first(model))
    assert rows.update(**{field.attname: value(field, 1)}) == 1


def removes(table):
    rows = MODELS[table].objects.filter(pk=first(MODELS[table]))
    assert rows._raw_delete(rows.db) == 1


def adds(table):
    """A row that would have been covered: its number, or its time, is no later than the first's."""
    pk = first(MODELS[table])
    own = {"created_at": NOW} if isinstance(pk, UUID) else {MODELS[table]._meta.pk.attname: pk - 1}
    a_row(table, 1, **own)


def first(model):
    return model.objects.order_by("pk").values_list("pk", flat=True)[0]


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_a_finding_says_which_rows_differ_and_how(as_owner):
    a_row(SIGN_INS)
    closed()

    with undone():
        changes(SIGN_INS)
        changed = found()
    removes(SIGN_INS)

    where = "rows up to 7, in digest 2 of 2026-11-30 09:05 UTC"
    assert changed == [(SIGN_INS, f"{where}: rows were changed.")]
    assert found() == [(SIGN_INS, f"{where}: their number was 1 and is 0.")]


def test_a_row_whose_transaction_ends_late_is_covered_and_no_fault(as_owner):
    a_row(SIGN_INS, 1)  # key 8
    closed(NOW)
    a_row(SIGN_INS, 0)  # key 7: begun earlier, committed later

    closed(NOW + HOUR)

    assert found() == []
    assert AuditDigest.objects.get(number=2).covered[SIGN_INS]["rows"] == 2


@pytest.mark.django_db(transaction=True)
def test_rows_are_read_outside_of_any_transaction_of_a_caller():
    SignInEvent.objects.create(kind="failed", name="a", at=NOW)

    closed()

    assert found() == []


def test_what_came_while_nothing_ran_is_covered_as_soon_as_it_runs(as_owner):
    a_row(SIGN_INS, 0)
    closed(NOW)
    a_row(SIGN_INS, 1)

    closed(NOW + timedelta(days=9), NOW + timedelta(days=9, hours=1))

    rows = [digest.covered.get(SIGN_INS, {}).get("rows") for digest in AuditDigest.objects.all()]
    assert rows == [None, 1, 1]
    assert found() == []


def test_every_kept_row_is_covered_once(as_owner):
    for which in (0, 1):
        for table in {*TABLES} - {DIGESTS}:
            a_row(table, which)
        closed(NOW + which * HOUR)

    closed(NOW + 2 * HOUR)

    digests = list(AuditDigest.objects.all())
    for table in {*TABLES} - {DIGESTS}:
        assert sum(d.covered.get(table, {}).get("rows", 0) for d in digests) == 2


def test_more_rows_than_are_held_in_memory_are_covered(as_owner, monkeypatch):
    monkeypatch.setattr("clinic.accounts.kept_tables.CHUNK", 2)
    rows = [
        SignInEvent(pk=number, kind="failed", name=str(number), at=NOW) for number in range(1, 6)
    ]
    SignInEvent.objects.bulk_create(rows)
    told = []

    closed(NOW)
    assert audit_digests.close(NOW + HOUR, lambda *each: told.append(each))

    assert told == [(SIGN_INS, 2), (SIGN_INS, 4), (SIGN_INS, 5)]
    assert found() == []


def test_the_time_zone_of_a_connection_changes_nothing(as_owner):
    a_row(SIGN_INS)
    run("SET LOCAL TimeZone = 'America/New_York'")
    closed()

    run("SET LOCAL TimeZone = 'UTC'")

    assert found() == []


def test_a_column_that_came_later_changes_nothing(as_owner):
    a_row(SIGN_INS)
    closed()

    run(f"ALTER TABLE {SIGN_INS} ADD COLUMN more text DEFAULT 'new'")

    assert found() == []


@pytest.mark.parametrize(
    ("statement", "lost"),
    [("ALTER TABLE {} DROP COLUMN address", "address"), ("DROP TABLE {}", "the table")],
)
def test_what_was_dropped_cannot_be_verified_and_is_no_fault(as_owner, statement, lost):
    a_row(SIGN_INS)
    closed()

    run(statement.format(SIGN_INS))

    (finding,) = audit_digests.verify(NOW + HOUR)
    assert finding.sentence.endswith(f"cannot be verified any more: {lost} is gone.")
    assert not finding.fault


# Digests


@pytest.mark.parametrize(
    "change",
    [
        {"at": LATER},
        {"covered": {}},
        {"covered": 7},
        {"seen": {}},
        {"seen": 7},
        {"previous": "f" * 64},
        {"digest": "f" * 64},
    ],
)
def test_a_changed_digest_is_found(as_owner, change):
    a_row(SIGN_INS)
    closed(NOW, NOW + HOUR, NOW + 2 * HOUR)

    AuditDigest.objects.filter(number=2).update(**change)

    assert (DIGESTS, "digest 2 of") in [(table, said[:11]) for table, said in found()]


def test_a_removed_digest_is_found(as_owner):
    closed(NOW, NOW + HOUR, NOW + 2 * HOUR)

    AuditDigest.objects.filter(number=2).delete()

    missing = "digest 2 is missing; digest 3 of 2026-11-30 10:05 UTC stands in its place."
    assert (DIGESTS, missing) in found()


def test_the_removal_of_the_newest_is_found_by_a_digest_kept_elsewhere(as_owner):
    closed(NOW, NOW + HOUR)
    kept = list(AuditDigest.objects.order_by("number").values_list("digest", flat=True))
    assert found(expected=kept) == []

    AuditDigest.objects.filter(number=2).delete()
    closed(NOW + HOUR + timedelta(minutes=20))

    assert found(expected=kept) == [(DIGESTS, f"{kept[1]} is not in the chain.")]


def test_without_any_digest_nothing_verifies(as_owner):
    assert [said[:19] for _, said in found()] == ["there is no digest:"]


def test_digests_that_end_are_found_after_a_day(as_owner):
    closed(NOW)

    (finding,) = audit_digests.verify(NOW + timedelta(days=1, minutes=1))

    assert "none was made since, or some were removed" in finding.sentence


def test_a_digest_that_leaves_rows_out_is_found(as_owner):
    a_row(SIGN_INS)
    closed()
    forged = AuditDigest.objects.get(number=2)
    forged.covered = {}
    forged.digest = hash_chain.linked(
        number=2, at=forged.at, previous=forged.previous, covered={}, seen=forged.seen
    )
    AuditDigest.objects.filter(number=2).update(covered={}, digest=forged.digest)

    assert (SIGN_INS, "digest 2 of 2026-11-30 09:05 UTC leaves out rows up to 7.") in found()


def test_a_digest_that_follows_another_than_the_one_before_it_is_found(as_owner):
    closed(NOW)
    link = {"number": 1, "at": NOW, "covered": {}, "previous": "f" * 64}
    seen = AuditDigest.objects.get().seen

    AuditDigest.objects.update(previous="f" * 64, digest=hash_chain.linked(**link, seen=seen))

    (finding,) = found()
    assert finding[1].endswith("does not follow the one before it.")


def test_a_digest_is_not_made_before_rows_under_way_have_arrived(as_owner):
    closed(NOW)

    assert audit_digests.close(NOW + timedelta(minutes=9)) is None
    assert audit_digests.close(NOW + timedelta(minutes=10))


@pytest.mark.django_db
def test_two_do_not_make_digests_at_once():
    other = connections.create_connection("default")
    try:
        other.cursor().execute("SELECT pg_advisory_lock(%s)", [Lock.AUDIT_CHAIN.value])
        assert audit_digests.close(NOW) is None
    finally:
        other.close()


@pytest.mark.django_db
def test_each_digest_leaves_a_line_in_the_log(caplog):
    caplog.set_level("INFO")

    digest = audit_digests.close(NOW)

    assert "audit_closed" in caplog.text
    assert digest.digest in caplog.text


# What a digest is computed from

VALUE = st.none() | st.text(alphabet="01:,-", max_size=3)
ROWS = st.lists(st.lists(VALUE, max_size=3), max_size=3)


@given(ROWS, ROWS)
def test_different_rows_are_different_bytes(some, others):
    alike = [b"".join(map(hash_chain.encoded, rows)) for rows in (some, others)]

    assert (alike[0] == alike[1]) == (some == others)


def test_the_way_of_computing_stays():
    """Digests that were written down years ago must be found again."""
    rows = [["1", "Ünä", None], ["2", "", "t"]]
    link = {"number": 1, "at": NOW, "previous": "0" * 64, "seen": {}}

    found = hash_chain.of_rows(rows), hash_chain.linked(**link, covered={"b": 1, "a": [None]})

    assert found == (
        (2, sha256("3:1:1,5:Ünä,-,3:1:2,0:,1:t,")),
        sha256(f'5:1:1,25:2026-11-30T08:05:00+00:00,64:{"0" * 64},18:{{"a":[null],"b":1}},2:{{}},'),
    )


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


# The night, and the command


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW + HOUR)


@pytest.fixture
def nightly(now):
    """What beat starts at night."""
    app.loader.import_default_modules()
    return app.tasks[app.conf.beat_schedule["verify_audit_records"]["task"]]


def test_the_night_alerts_a_person_once_and_names_what_differs_in_the_log(
    as_owner, nightly, caplog
):
    a_row(SIGN_INS)
    closed()
    nightly()
    assert not SecurityAlert.objects.exists()

    removes(SIGN_INS)
    nightly()
    nightly()

    alert = SecurityAlert.objects.get()
    assert alert.kind is AlertKind.AUDIT_RECORDS
    assert SIGN_INS in alert.detail
    assert "their number was 1 and is 0." in caplog.text


def test_the_night_reads_the_rows_of_late_and_the_whole_chain(as_owner, nightly):
    a_row(SIGN_INS)
    closed(NOW - timedelta(days=41), NOW - timedelta(days=40), NOW)
    changes(SIGN_INS)
    nightly()
    assert not SecurityAlert.objects.exists()

    AuditDigest.objects.filter(number=2).update(seen={})
    nightly()

    assert DIGESTS in SecurityAlert.objects.get().detail


def test_what_was_dropped_alerts_nobody(as_owner, nightly, caplog):
    a_row(SIGN_INS)
    closed()
    run(f"ALTER TABLE {SIGN_INS} DROP COLUMN address")

    nightly()

    assert not SecurityAlert.objects.exists()
    assert "cannot be verified any more" in caplog.text


def test_a_digest_that_breaks_verifying_alerts_a_person(as_owner, nightly, caplog):
    closed(NOW)
    link = {"number": 1, "at": NOW, "previous": hash_chain.GENESIS, "seen": {}}
    digest = hash_chain.linked(**link, covered=[7])
    AuditDigest.objects.update(covered=[7], seen={}, digest=digest)

    nightly()

    assert SecurityAlert.objects.get().kind is AlertKind.AUDIT_RECORDS
    assert "audit_records_not_verified" in caplog.text


def test_the_night_covers_before_it_verifies(as_owner, nightly):
    closed(NOW - timedelta(days=9))

    nightly()

    assert AuditDigest.objects.count() == 2
    assert not SecurityAlert.objects.exists()


@pytest.mark.django_db
def test_beat_makes_digests():
    app.loader.import_default_modules()
    app.tasks[app.conf.beat_schedule["close_audit_records"]["task"]]()

    assert AuditDigest.objects.count() == 1


@pytest.mark.django_db
def test_the_command_makes_a_digest_and_says_which(now, capsys):
    call_command("audit_chain", "close")

    digest = AuditDigest.objects.get().digest
    assert capsys.readouterr().out == f"Digest 1 covers 0 rows: {digest}\n"
    with pytest.raises(CommandError, match="the last is not 10 minutes old"):
        call_command("audit_chain", "close")


def test_the_command_ends_with_an_error_that_names_what_differs(as_owner, now, capsys):
    a_row(SIGN_INS)
    closed()
    call_command("audit_chain", "verify")
    assert "No difference was found." in capsys.readouterr().out

    removes(SIGN_INS)

    with pytest.raises(CommandError, match=f"{SIGN_INS}: rows up to 7, in digest 2 of") as refusal:
        call_command("audit_chain", "verify")
    assert refusal.value.returncode == 1
    call_command("audit_chain", "verify", "--since", "2026-12-01")
    with pytest.raises(CommandError, match="ffff is not in the chain"):
        call_command("audit_chain", "verify", "--since", "2026-12-01", "--expect", "ffff")


def test_the_command_tells_what_cannot_be_verified_any_more(as_owner, now, capsys):
    a_row(SIGN_INS)
    closed()
    run(f"ALTER TABLE {SIGN_INS} DROP COLUMN address")

    call_command("audit_chain", "verify")

    assert "address is gone" in capsys.readouterr().out


def test_long_work_is_seen_to_go_on(as_owner, now, monkeypatch, capsys):
    a_row(SIGN_INS)
    closed()
    monkeypatch.setattr("clinic.management.commands.audit_chain.PAUSE", 0)

    call_command("audit_chain", "verify")

    assert f"Reading {SIGN_INS}: 1 rows so far" in capsys.readouterr().err
