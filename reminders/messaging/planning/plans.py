"""Injections with their plans; what cannot be planned goes to a person and stops nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from reminders.messaging.planning import planned_tasks
from reminders.messaging.planning.facts import facts_by_injection
from reminders.messaging.planning.planned_tasks import PlannedTask
from reminders.protocols import by_id
from reminders.rules.plan.entries import EntryOutcome, PlanEntry
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.plan.planner import plan
from reminders.rules.protocol import Protocol
from scheduling.models import Injection

log = structlog.get_logger(__name__)
Prepared = dict[int, tuple[int, datetime]]
"""By injection: the protocol it is prepared under, and the change that the plan takes into account.
"""


@dataclass(frozen=True, slots=True)
class InjectionPlan:
    """One injection with its plan."""

    injection: int
    facts: InjectionFacts
    protocol: Protocol
    plan: tuple[PlanEntry, ...]

    @property
    def planned_tasks(self) -> list[PlannedTask]:
        found = [each for each in self.plan if each.outcome is EntryOutcome.TASK]
        key = self.injection, self.facts.revision
        return [PlannedTask(*key, each, self.protocol.step(each.step)) for each in found]


def plans_for(seen: Prepared, now: datetime) -> Iterator[InjectionPlan]:
    """The plans; an injection that cannot be planned is logged, shown to a person, and left out."""
    facts_by_id = facts_by_injection(seen)
    for injection, (protocol_id, _) in seen.items():
        protocol, facts = by_id(protocol_id), facts_by_id.get(injection)
        try:
            if facts is None:
                raise ValueError("its facts are incomplete")
            entries = plan(facts, protocol)
        except Exception:  # one patient's bad record must not silence the others
            log.exception("injection_not_planned", injection=injection)
            planned_tasks.unplannable(Injection.objects.get(pk=injection), now)
            continue
        yield InjectionPlan(injection, facts, protocol, entries)
