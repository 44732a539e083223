"""The preparation page: the parts that concern this visit, with clock times filled in."""

from dataclasses import dataclass

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


def blocks(facts: InjectionFacts, protocol: Protocol) -> tuple[PreparationBlock, ...]:
    """The parts whose conditions hold, in the protocol's order.

    Raises WordingError when a shown part names a fact that is not known, such as the phone.
    """
    policy = facts.policy or protocol.policy
    words = protocol.words(facts.language).blocks
    values = particulars(facts, protocol)
    return tuple(
        PreparationBlock(rule.id, words[rule.id].title, fill(words[rule.id].text, values))
        for rule in protocol.blocks
        if not unmet(rule.when, facts, policy)
    )
