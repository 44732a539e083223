"""The preparation page: the parts that concern this visit, with clock times filled in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from reminders.rules.plan.conditions import unmet
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.protocol import Protocol
from reminders.rules.text.texts import fill
from reminders.rules.text.visit_details import particulars


@dataclass(frozen=True, slots=True)
class PreparationBlock:
    """One part of the page behind the date of birth."""

    key: str
    title: str
    text: str


def blocks(facts: InjectionFacts, protocol: Protocol, at: datetime) -> tuple[PreparationBlock, ...]:
    """The parts whose conditions hold, in the protocol's order, as they read at a moment.

    Raises WordingError when a shown part names a fact that is not known, such as the phone.
    """
    policy = facts.policy or protocol.policy
    words = protocol.words(facts.language).blocks
    values = particulars(facts, protocol, at)
    return tuple(
        PreparationBlock(rule.id, words[rule.id].title, fill(words[rule.id].text, values))
        for rule in protocol.blocks
        if not unmet(rule.when, facts, policy)
    )


def about_paused_drugs(
    parts: Iterable[PreparationBlock], facts: InjectionFacts, at: datetime
) -> list[PreparationBlock]:
    """What stands first on every page: whom to call, and until its day is over when to restart."""
    zone = ZoneInfo(facts.zone)
    today = at.astimezone(zone).date()
    restarting = facts.hold is not None and today <= facts.hold.restart_at.astimezone(zone).date()
    shown = ("BLK-PAUSE", "BLK-RESTART") if restarting else ("BLK-PAUSE",)
    return [block for block in parts if block.key in shown]
