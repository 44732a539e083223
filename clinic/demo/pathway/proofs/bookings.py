"""What must hold of the booking, and of what is written down about it."""

from django.apps import apps
from django.db.models import F

from clinic.demo.pathway.play import Play
from clinic.demo.pathway.proofs.breaches import Breach, changeable
from reminders.models import AnswerChannel
from scheduling.models import Access, Injection, Reservation
from scheduling.rules.procedure import InjectionState


def held_once(play: Play) -> Breach:
    live = Reservation.objects.filter(live=True, overbooked=False)
    for one in live:
        others = live.filter(resource=one.resource, during__overlap=one.during, pk__gt=one.pk)
        yield from (f"{one.resource} is held twice" for _ in others)


def released(play: Play) -> Breach:
    lost = Reservation.objects.filter(live=True, injection__state=InjectionState.CANCELLED)
    yield from (f"{row.resource} is still held by a cancelled visit" for row in lost)


def revision(play: Play) -> Breach:
    """A move and a cancellation are each a new promise, and nothing else here is."""
    changes = play.script.move + play.script.cancel
    found = Injection.objects.get(pk=play.injection.pk).revision
    if found != 1 + changes:
        yield f"revision is {found} after {changes} changes"


def sides(play: Play) -> Breach:
    injection = play.injection
    said = {injection.order.side, injection.side, injection.performed_side or injection.side}
    if said != {play.script.side}:
        yield f"the sides differ: {', '.join(sorted(said))}"


def audited(play: Play) -> Breach:
    """Changes and views left rows, and the application cannot delete them."""
    events = apps.get_model("scheduling", "InjectionEvent")
    history = events._default_manager.filter(pgh_obj=play.injection.pk)
    if history.count() < 2:
        yield "the visit has no history"
    if any(channel is AnswerChannel.LINK for _, channel, _ in play.given):
        seen = Access.objects.filter(patient=play.injection.patient_id, page__startswith="link")
        if not seen.exists():
            yield "nobody wrote down who opened the link"
    if changeable(lambda: history.update(revision=F("revision"))):
        yield "the history could be changed"
