"""Why a search offers nothing earlier or later: what preparation and the diary ask of a start."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from scheduling.finding.proposals import durations, ordered
from scheduling.models import Location, Order
from scheduling.rules import lead_time
from scheduling.templatetags.words import moment

HOUR = timedelta(hours=1)


def limits(order: Order, location: Location, at: datetime) -> Iterator[str]:
    """Sentences for the scheduler; none when nothing but free resources counts."""
    asked, policy = ordered(order), location.booking_policy
    needs = lead_time.needs(asked, policy)
    if needs:
        earliest = moment(at + needs[0].lead, location.zone)
        yield f"Nothing before {earliest}: {needs[0].what} takes {_span(needs[0].lead)}."
    latest = lead_time.latest_start(asked.intent, durations(order, location).block, policy)
    if latest:
        yield (
            f"Starts until {latest:%H:%M} come first: "
            f"the {policy.diary_hours}-hour diary then ends in waking hours."
        )


def _span(lead: timedelta) -> str:
    """`8 hours`, `4 days`."""
    hours = lead // HOUR
    return f"{hours // 24} days" if hours >= 48 and hours % 24 == 0 else f"{hours} hours"
