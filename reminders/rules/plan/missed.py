"""When a chain of unanswered check-ins calls for one more try, or for a person."""

from collections.abc import Mapping
from datetime import datetime

from reminders.rules.plan.steps import Step
from reminders.rules.plan.timetable import Asking


def missed_at(
    step: Step, askings: Mapping[str, Asking], answered: frozenset[str]
) -> tuple[datetime | None, str]:
    """The moment the chain counts as missed if nothing more is answered, and the words for it.

    With `in_a_row` it is any so many neighbours, else all that the step names.
    """
    asked = [askings[name] for name in step.missed if askings[name].asked]
    size = step.in_a_row or len(step.missed)
    for first in range(len(asked) - size + 1):
        chain = asked[first : first + size]
        if not any(each.slot.id in answered for each in chain):
            names = " and ".join(each.slot.id for each in chain)
            return chain[-1].closes, f"if {names} stay unanswered"
    return None, "no such check-ins are missed"
