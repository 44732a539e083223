"""What a signature freezes: all that was seen about one joint, as JSON, and its fingerprint."""

import hashlib
import json
from typing import Any

from reminders.models import Reading
from reminders.rules.protocol import Protocol
from reminders.rules.response.classifier import Response
from scheduling.models import Injection
from scheduling.rules.procedure import Side


def snapshot_of(injection: Injection, answer: Response, protocol: Protocol) -> dict[str, Any]:
    """Inputs and the rule's whole answer for one joint of a loaded injection."""
    return {
        "inputs": inputs(injection, answer.side),
        "answer": answer.as_json(),
        "protocol": protocol.version,
    }


def fingerprint(snapshot: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    text = json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def inputs(injection: Injection, side: Side) -> dict[str, Any]:
    """The facts about one joint, whatever the rule: if they change, a signature is out of date."""
    order = injection.order
    return {
        "injection": str(injection.reference),
        "side": side.value,
        "ordered_side": order.side.value,
        "booked_side": injection.side.value,
        "performed_side": injection.performed_side.value,
        "intent": order.intent.value,
        "block": order.block.value,
        "sedation": order.sedation.value,
        "premedication": order.premedication.value,
        "t0": injection.t0.isoformat() if injection.t0 else None,
        "t0_estimated": injection.t0_estimated,
        "agents": sorted(str(line.agent) for line in injection.agents.all()),
        "joint": next((_joint(each) for each in injection.joints.all() if each.side is side), None),
        "readings": [_reading(each) for each in injection.readings.all() if each.side is side],
        "analgesics": [[a.name, a.taken_at.isoformat()] for a in injection.analgesics.all()],
    } | _sedation(injection)


def _sedation(injection: Injection) -> dict[str, Any]:
    """What is known of sedation; unknown stays out, as in signatures from before it was asked."""
    given, until = injection.sedation_given, injection.sedated_until
    known = {"sedation_given": given and given.value, "awake_at": until and until.isoformat()}
    return {name: value for name, value in known.items() if value}


def _joint(row: Any) -> dict[str, Any]:
    return {
        "baseline": row.baseline,
        "baseline_at": row.baseline_at.isoformat() if row.baseline_at else None,
        "rest_score": row.rest_score,
        "index_activity": row.index_activity,
        "intra_articular": row.intra_articular,
    }


def _reading(row: Reading) -> dict[str, Any]:
    return {
        "number": row.pk,
        "supersedes": row.supersedes_id,
        "slot": row.survey.slot if row.survey else None,
        "score": row.score,
        "context": row.context.value,
        "activity_done": row.activity_done,
        "observed_at": row.observed_at.isoformat(),
        "received_at": row.received_at.isoformat(),
        "channel": row.channel.value,
        "entered_by": row.entered_by.value,
        "late": row.late,
        "recall": row.recall,
        "slept": row.slept,
        "reexam": row.reexam,
        "patient_percent": row.patient_percent,
        "comment": row.comment,
    } | _said_of_some(row)


def _said_of_some(row: Reading) -> dict[str, Any]:
    """What is known of few readings; where it is not, it stays out, as in older signatures."""
    known: dict[str, Any] = {}
    if row.entered_by == "proxy":
        known["patient_gave_number"] = row.patient_gave_number
    if row.provocation:
        known["provocation"] = {test.value: positive for test, positive in row.provocation.items()}
    return known
