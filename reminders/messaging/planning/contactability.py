"""How a patient may be written to: addresses, consents and opt-outs, judged by one rule."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from reminders.rules.plan.eligibility import Route, obstacle
from scheduling.models import Consent, ContactPoint, OptOut
from scheduling.rules.procedure import Channel, Purpose

WRITTEN = {Channel.SMS, Channel.EMAIL}  # a call is a person's


@dataclass
class Contactability:
    """One patient's addresses, opt-outs and consents; `first_text` until a text has gone out."""

    addresses: dict[Channel, str] = field(default_factory=dict)
    opted_out: set[Channel] = field(default_factory=set)
    consents: set[tuple[Purpose, Channel]] = field(default_factory=set)
    first_text: bool = False

    def agreed(self, purpose: Purpose, channel: Channel) -> bool:
        """Whether consent for this purpose through this channel stands."""
        return (purpose, channel) in self.consents

    def channels(self, purpose: Purpose) -> frozenset[Channel]:
        """The channels through which the patient may be written to about this."""
        return frozenset(
            each for each in WRITTEN if not obstacle(self.route(purpose, each), purpose)
        )

    def route(self, purpose: Purpose, channel: Channel) -> Route:
        """The channel as the rule of eligibility reads it, before any attempt."""
        return Route(
            channel=channel,
            address=self.addresses.get(channel, ""),
            consent=self.agreed(purpose, channel),
            opted_out=channel in self.opted_out,
        )


def contactability(patients: Collection[int]) -> dict[int, Contactability]:
    """How each patient may be written to, in two queries."""
    found = {patient: Contactability() for patient in patients}
    same = {"channel": OuterRef("channel"), "value": OuterRef("value")}
    silenced = Exists(OptOut.objects.filter(**same, lifted_at=None))
    contacts = ContactPoint.objects.filter(patient__in=patients, active=True)
    for contact in contacts.annotate(silenced=silenced):
        mine = found[contact.patient_id]
        mine.addresses[contact.channel] = contact.value
        if contact.silenced:
            mine.opted_out.add(contact.channel)
        elif contact.channel is Channel.SMS:
            mine.first_text = contact.first_text_at is None
    standing = Consent.objects.filter(patient__in=patients, revoked_at=None)
    for patient, purpose, channel in standing.values_list("patient_id", "purpose", "channel"):
        found[patient].consents.add((Purpose(purpose), Channel(channel)))
    return found
