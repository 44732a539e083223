"""What must hold of the booking, and of what is written down about it."""

from django.apps import apps
from django.db.models import F

from clinic.demo.pathway.invariants.breaches import Breach, changeable
from clinic.demo.pathway.scenario import Scenario
from reminders.models import AnswerChannel
from scheduling.models import Access, Injection, Reservation
from scheduling.rules.procedure import InjectionState


def held_once(scenario: Scenario) -> Breach:
    live = Reservation.objects.filter(live=True, overbooked=False)
    for one in live:
        others = live.filter(resource=one.resource, during__overlap=one.during, pk__gt=one.pk)
        yield from (f"{one.resource} is held twice" for _ in others)


def released(scenario: Scenario) -> Breach:
    lost = Reservation.objects.filter(live=True, injection__state=InjectionState.CANCELLED)
    yield from (f"{row.resource} is still held by a cancelled visit" for row in lost)


def revision(scenario: Scenario) -> Breach:
    """A move and a cancellation each raise the revision by one, and nothing else here does."""
    changes = scenario.options.move + scenario.options.cancel
    found = Injection.objects.get(pk=scenario.injection.pk).revision
    if found != 1 + changes:
        yield f"revision is {found} after {changes} changes"


def sides(scenario: Scenario) -> Breach:
    injection = scenario.injection
    said = {injection.order.side, injection.side, injection.performed_side or injection.side}
    if said != {scenario.options.side}:
        yield f"the sides differ: {', '.join(sorted(said))}"


def audited(scenario: Scenario) -> Breach:
    """Changes and views left rows, which the application cannot change."""
    events = apps.get_model("scheduling", "InjectionEvent")
    history = events._default_manager.filter(pgh_obj=scenario.injection.pk)
    if history.count() < 2:
        yield "the visit has no history"
    if any(channel is AnswerChannel.LINK for _, channel, _ in scenario.given):
        seen = Access.objects.filter(patient=scenario.injection.patient_id, page__startswith="link")
        if not seen.exists():
            yield "nobody wrote down who opened the link"
    if changeable(lambda: history.update(revision=F("revision"))):
        yield "the history could be changed"
