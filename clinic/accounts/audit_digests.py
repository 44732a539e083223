"""Audit digests: rows that are kept for good are chained, so that nobody changes them unseen.

Every hour a digest is made of the rows that have come. It names, for each table, the range of keys
that it covers and the SHA-256 of its rows, and holds the digest before it. A row belongs to a
digest by its key, which grows with each row: no clock and no time zone decides about it.

A digest covers what its forerunner has seen, not what is there now. A row whose transaction was
under way meanwhile has arrived by then.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from clinic.accounts import alerts, hash_chain
from clinic.accounts.kept_tables import (
    KeptTable,
    Progress,
    gone,
    highest_key,
    kept_tables,
    quiet,
    read,
)
from clinic.accounts.models import AlertKind, AuditDigest
from scheduling.locks import Lock, try_exclusive

log = structlog.get_logger(__name__)
ARRIVES = timedelta(minutes=10)  # longer than any transaction that adds rows
OVERDUE = timedelta(days=1)  # without a digest: hourly work does not run, or digests were removed
LATELY = timedelta(days=30)  # verified every night; all of it would take longer each year
CHUNK = 200  # digests in memory
SHOWN = 3  # tables named in an alert
DIFFER = (
    "Records in {} do not verify: somebody may have changed them. Run manage.py audit_chain "
    "verify, which names each; SECURITY.md says what to do."
)
DIGESTS = AuditDigest._meta.db_table


@dataclass(frozen=True)
class AuditFinding:
    """One thing that verifying found. What is no fault cannot be verified any more."""

    table: str
    sentence: str
    fault: bool = True

    def __str__(self) -> str:
        return f"{self.table}: {self.sentence}"


# Making digests


def close(at: datetime, progress: Progress = quiet) -> AuditDigest | None:
    """Make the next digest; None if it is too early for one, or if somebody else makes one."""
    with try_exclusive(Lock.AUDIT_CHAIN) as ours:
        latest = list(AuditDigest.objects.order_by("-number")[:2]) if ours else []
        if not ours or (latest and at - latest[0].at < ARRIVES):
            return None
        return _close(latest, at, progress)


def _close(latest: list[AuditDigest], at: datetime, progress: Progress) -> AuditDigest:
    """Cover what the last digest has seen, and the one before it had not."""
    tables = {table.name: table for table in kept_tables()}
    row = AuditDigest(
        number=latest[0].number + 1 if latest else 1,
        at=at,
        previous=latest[0].digest if latest else hash_chain.GENESIS,
        covered={
            name: _cover(tables[name], *span, progress)
            for name, span in _spans(latest).items()
            if name in tables
        },
        seen={
            name: last for name, table in tables.items() if (last := highest_key(table)) is not None
        },
    )
    row.digest = _digest_of(row)
    row.save(force_insert=True)
    rows = sum(part["rows"] for part in row.covered.values())
    log.info("audit_closed", number=row.number, at=at.isoformat(), rows=rows, digest=row.digest)
    return row


def _spans(latest: Sequence[AuditDigest]) -> dict[str, tuple[str | None, str]]:
    """The keys that the digest after these, the newest first, covers: above which, up to which."""
    upto = latest[0].seen if latest else {}
    after = latest[1].seen if len(latest) > 1 else {}
    return {name: (after.get(name), last) for name, last in upto.items() if last != after.get(name)}


def _cover(table: KeptTable, after: str | None, upto: str, progress: Progress) -> dict[str, Any]:
    """What a digest says of the rows of one table above `after`, up to and with `upto`."""
    with read(table, after, upto, progress) as rows:
        count, sha256 = hash_chain.of_rows(rows)
    part = {"key": table.key, "columns": list(table.columns), "after": after, "upto": upto}
    return part | {"rows": count, "sha256": sha256}


def _digest_of(row: AuditDigest) -> str:
    return hash_chain.linked(
        number=row.number,
        at=row.at,
        previous=row.previous,
        covered=row.covered,
        seen=row.seen,
    )


# Verifying


def nightly(now: datetime) -> None:
    """Cover and verify. What differs stands in the log by name, and a person is alerted."""
    try:
        close(now)
        found = list(verify(now, since=now - LATELY))
    except Exception:
        log.exception("audit_records_not_verified")
        found = [AuditFinding(DIGESTS, "what is kept could not be verified, see the log.")]
    for finding in found:
        event = "audit_records_differ" if finding.fault else "audit_records_not_verifiable"
        log.log(logging.ERROR if finding.fault else logging.WARNING, event, what=str(finding))
    if tables := sorted({finding.table for finding in found if finding.fault}):
        detail = DIFFER.format(", ".join(tables[:SHOWN]))
        alerts.open_alert(kind=AlertKind.AUDIT_RECORDS, about=None, detail=detail, at=now)


def verify(
    now: datetime,
    since: datetime | None = None,
    expected: Iterable[str] = (),
    progress: Progress = quiet,
) -> Iterator[AuditFinding]:
    """The whole chain, and the rows of every digest made since then, or of all.

    `expected` are digests that were kept elsewhere: each must be in the chain.
    """
    missing, latest = {*expected}, list[AuditDigest]()
    sound = list[AuditDigest]()  # of the latest two, what can be believed
    for digest in AuditDigest.objects.order_by("number").iterator(CHUNK):
        missing.discard(digest.digest)
        wrong = _broken_link(digest, latest)
        if wrong:
            yield AuditFinding(DIGESTS, wrong)
        elif len(sound) == len(latest):
            yield from _left_out(digest, sound)
        if not wrong and (since is None or digest.at >= since):
            yield from _verify_rows(digest, progress)
        latest = [digest, *latest[:1]]
        sound = [] if wrong else [digest, *sound[:1]]
    if not latest or now - latest[0].at > OVERDUE:
        yield AuditFinding(DIGESTS, _overdue(latest))
    for lost in sorted(missing):
        yield AuditFinding(DIGESTS, f"{lost} is not in the chain.")


def _broken_link(digest: AuditDigest, latest: Sequence[AuditDigest]) -> str:
    """What is wrong with one link itself, after those before it; empty if nothing is."""
    number, previous = 1, hash_chain.GENESIS
    if latest:
        number, previous = latest[0].number + 1, latest[0].digest
    if digest.number != number:
        return f"digest {number} is missing; digest {_named(digest)} stands in its place."
    if digest.digest != _digest_of(digest):
        return f"digest {_named(digest)} was changed."
    if digest.previous != previous:
        return f"digest {_named(digest)} does not follow the one before it."
    return ""


def _left_out(digest: AuditDigest, latest: Sequence[AuditDigest]) -> Iterator[AuditFinding]:
    """Rows that this digest ought to cover. A table that a release has dropped has none."""
    kept = {table.name for table in kept_tables()}
    covered = {name: (part["after"], part["upto"]) for name, part in digest.covered.items()}
    for name, span in _spans(latest).items():
        if name in kept and covered.get(name) != span:
            yield AuditFinding(name, f"digest {_named(digest)} leaves out rows up to {span[1]}.")


def _overdue(latest: Sequence[AuditDigest]) -> str:
    if not latest:
        return "there is no digest: none was made yet, or all were removed."
    return f"the newest digest is {_named(latest[0])}: none was made since, or some were removed."


def _verify_rows(digest: AuditDigest, progress: Progress) -> Iterator[AuditFinding]:
    """Compute again what a digest says of each table. Columns that came later are not asked."""
    for name, part in digest.covered.items():
        table = KeptTable(name, part["key"], tuple(part["columns"]))
        after = f"after {part['after']} " if part["after"] else ""
        where = f"rows {after}up to {part['upto']}, in digest {_named(digest)}"
        if lost := gone(table):
            sentence = f"{where}, cannot be verified any more: {lost} is gone."
            yield AuditFinding(name, sentence, fault=False)
        elif wrong := _differs(part, _cover(table, part["after"], part["upto"], progress)):
            yield AuditFinding(name, f"{where}: {wrong}")


def _differs(then: dict[str, Any], now: dict[str, Any]) -> str:
    if then["rows"] != now["rows"]:
        return f"their number was {then['rows']} and is {now['rows']}."
    return "" if then["sha256"] == now["sha256"] else "rows were changed."


def _named(digest: AuditDigest) -> str:
    """As a sentence names it: `12 of 2026-11-30 08:05 UTC`."""
    return f"{digest.number} of {digest.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
