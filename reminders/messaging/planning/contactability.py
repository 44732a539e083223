"""The ways a patient may be written to: an address, consent, and nobody asked for silence."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from scheduling.models import Consent, ContactPoint, OptOut
from scheduling.rules.procedure import Channel, Purpose

WRITTEN = {Channel.SMS, Channel.EMAIL}  # a call is a person's


@dataclass
class Contactability:
    """One patient's: `open` channels have an address that nobody silenced."""

    open: set[Channel] = field(default_factory=set)
    consents: set[tuple[Purpose, Channel]] = field(default_factory=set)
    first_text: bool = False

    def agreed(self, purpose: Purpose, channel: Channel) -> bool:
        """Whether consent for this purpose through this channel stands."""
        return (purpose, channel) in self.consents

    def channels(self, purpose: Purpose) -> frozenset[Channel]:
        """The channels through which the patient may be written to about this."""
        return frozenset(each for each in self.open & WRITTEN if self.agreed(purpose, each))


def ways(patients: Collection[int]) -> dict[int, Contactability]:
    """The ways to each patient, in two queries. `first_text`: no text has gone to the number."""
    found = {patient: Contactability() for patient in patients}
    silenced = OptOut.objects.filter(
        channel=OuterRef("channel"), value=OuterRef("value"), lifted_at=None
    )
    contacts = ContactPoint.objects.filter(patient__in=patients, active=True).exclude(
        Exists(silenced)
    )
    for contact in contacts:
        found[contact.patient_id].open.add(contact.channel)
        if contact.channel is Channel.SMS:
            found[contact.patient_id].first_text = contact.first_text_at is None
    standing = Consent.objects.filter(patient__in=patients, revoked_at=None)
    for patient, purpose, channel in standing.values_list("patient_id", "purpose", "channel"):
        found[patient].consents.add((Purpose(purpose), Channel(channel)))
    return found
