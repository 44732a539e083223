"""Injections with their plans; what cannot be planned goes to a person and stops nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from reminders.messaging.planning import planned_tasks
from reminders.messaging.planning.facts import visits
from reminders.messaging.planning.planned_tasks import PlannedTask
from reminders.protocols import by_id
from reminders.rules.plan.entries import Outcome, Planned
from reminders.rules.plan.injection_facts import Visit
from reminders.rules.plan.planner import plan
from reminders.rules.protocol import Protocol
from scheduling.models import Injection

log = structlog.get_logger(__name__)
Seen = dict[int, tuple[int, datetime]]
"""By injection: the protocol it is prepared under, and the change that the plan takes into account.
"""


@dataclass(frozen=True, slots=True)
class InjectionPlan:
    """One injection with its plan."""

    injection: int
    visit: Visit
    protocol: Protocol
    plan: tuple[Planned, ...]

    @property
    def planned_tasks(self) -> list[PlannedTask]:
        found = [each for each in self.plan if each.outcome is Outcome.TASK]
        facts = self.injection, self.visit.revision
        return [PlannedTask(*facts, each, self.protocol.step(each.step).checks) for each in found]


def of(seen: Seen, now: datetime) -> Iterator[InjectionPlan]:
    """The plans; an injection that cannot be planned is logged, shown to a person, and left out."""
    facts = visits(seen)
    for injection, (protocol_id, _) in seen.items():
        protocol, visit = by_id(protocol_id), facts.get(injection)
        try:
            if visit is None:
                raise ValueError("its facts make no visit")
            entries = plan(visit, protocol)
        except Exception:  # one patient's bad record must not silence the others
            log.exception("injection_not_planned", injection=injection)
            planned_tasks.unplannable(Injection.objects.get(pk=injection), now)
            continue
        yield InjectionPlan(injection, visit, protocol, entries)
