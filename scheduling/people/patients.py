"""Patients: who they are, how to reach them, what they agreed to. The only writer of these rows.

All errors are `ValidationError`s with a sentence for each field. Whatever changes a message touches
the patient's injections, so that plans are made again.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from scheduling.models import Consent, ContactPoint, Injection, Location, OptOut, Patient
from scheduling.people.contacts import normalise
from scheduling.rules.procedure import Channel, Purpose
from scheduling.staff import User
from scheduling.validation import refuse, text, word, zone

LANGUAGES = {"en": "English", "es": "Spanish"}
EARLIEST_BIRTH = date(1880, 1, 1)
CORRECTABLE = (
    *("family_name", "given_name", "birth_date", "mrn", "language", "zone"),
    *("location", "deceased_at"),
)


def register(
    *,
    family_name: str,
    given_name: str,
    birth_date: date,
    mrn: str,
    language: str,
    zone: str,
    location: Location | None = None,
    by: User | None,
    at: datetime,
) -> Patient:
    """Add a patient. Look at `likely_same` first: one person must not have two charts.

    `location` is where; until it is known, everybody who works somewhere sees the patient.
    """
    patient = Patient(
        family_name=family_name.strip(),
        given_name=given_name.strip(),
        birth_date=birth_date,
        mrn=mrn.strip(),
        language=language,
        zone=zone,
        location=location,
        created_at=at,
    )
    return _checked(patient, at)


@transaction.atomic
def correct(*, patient: Patient, by: User | None, at: datetime, **fields: Any) -> Patient:
    """Change facts about a person; `deceased_at` silences every message."""
    refuse({name: "This cannot be corrected here." for name in fields if name not in CORRECTABLE})
    for name, value in fields.items():
        setattr(patient, name, value.strip() if isinstance(value, str) else value)
    _checked(patient, at)
    _touch([patient.pk], at)
    return patient


def _checked(patient: Patient, at: datetime) -> Patient:
    """Save a patient whose facts make sense.

    An MRN that another patient has is refused by name, even when two desks race for it.
    """
    refuse(_faults(patient, at))
    try:
        with transaction.atomic():
            patient.save()
    except IntegrityError as error:
        if "mrn" not in str(error):
            raise
        refuse({"mrn": f"MRN {patient.mrn} belongs to another patient; search for it."})
    return patient


def _faults(patient: Patient, at: datetime) -> dict[str, str]:
    """What is wrong with the facts of a patient, by field."""
    known = ", ".join(LANGUAGES)
    return {
        "family_name": text(patient.family_name, 80, "family name"),
        "given_name": text(patient.given_name, 80, "given name"),
        "mrn": text(patient.mrn, 32, "medical record number"),
        "birth_date": _birth_fault(patient, at),
        "zone": zone(patient.zone),
        "language": "" if patient.language in LANGUAGES else f"Choose a language: {known}.",
        "deceased_at": _death_fault(patient, at),
    }


def _birth_fault(patient: Patient, at: datetime) -> str:
    """What is wrong with a birth date, or nothing: it lies between 1880 and the patient's today."""
    today = at.date() if zone(patient.zone) else at.astimezone(ZoneInfo(patient.zone)).date()
    if patient.birth_date > today:
        return "The birth date is in the future."
    return "The birth date is before 1880." if patient.birth_date < EARLIEST_BIRTH else ""


def _death_fault(patient: Patient, at: datetime) -> str:
    return "The death is in the future." if (patient.deceased_at or at) > at else ""


def likely_same(*, family_name: str, given_name: str, birth_date: date) -> QuerySet[Patient]:
    """Patients of the same birth date and name, in either order of names."""
    names = (family_name.strip(), given_name.strip())
    born = Patient.objects.filter(birth_date=birth_date)
    return born.filter(family_name__iexact=names[0], given_name__iexact=names[1]) | born.filter(
        family_name__iexact=names[1], given_name__iexact=names[0]
    )


@transaction.atomic
def reach(
    *, patient: Patient, channel: Channel, value: str, by: User | None, at: datetime
) -> ContactPoint:
    """Record a number or address; it replaces the one used so far on that channel."""
    channel = word(Channel, channel, "channel")
    value = normalise(channel, value)
    standing = _lock(patient).contacts.filter(channel=channel, active=True).first()
    if standing and standing.value == value:
        return standing
    patient.contacts.filter(channel=channel, active=True).update(active=False)
    _touch([patient.pk], at)
    return ContactPoint.objects.create(patient=patient, channel=channel, value=value, created_at=at)


@transaction.atomic
def agree(
    *,
    patient: Patient,
    purpose: Purpose,
    channel: Channel,
    wording: str,
    source: str,
    by: User | None,
    at: datetime,
) -> Consent:
    """Record consent to one purpose on one channel; a new wording replaces the old consent."""
    purpose, channel = word(Purpose, purpose, "purpose"), word(Channel, channel, "channel")
    refuse(
        {"wording": text(wording, 40, "wording's version"), "source": text(source, 40, "source")}
    )
    standing = _consents(_lock(patient), purpose, channel)
    same = standing.filter(wording=wording).first()
    if same:
        return same
    standing.update(revoked_at=at, revoked_why="replaced by a new wording")
    _touch([patient.pk], at)
    return Consent.objects.create(
        patient=patient,
        purpose=purpose,
        channel=channel,
        wording=wording,
        source=source,
        granted_at=at,
        granted_by=by,
    )


@transaction.atomic
def withdraw(
    *, patient: Patient, purpose: Purpose, channel: Channel, why: str, by: User | None, at: datetime
) -> None:
    """End a consent. Without one this changes nothing."""
    purpose, channel = word(Purpose, purpose, "purpose"), word(Channel, channel, "channel")
    refuse({"why": text(why, 80, "reason")})
    if _consents(patient, purpose, channel).update(revoked_at=at, revoked_why=why):
        _touch([patient.pk], at)


def _consents(patient: Patient, purpose: Purpose, channel: Channel) -> QuerySet[Consent]:
    """The standing consent, as a set of none or one."""
    return patient.consents.filter(purpose=purpose, channel=channel, revoked_at=None)


@transaction.atomic
def opt_out(*, channel: Channel, value: str, source: str, at: datetime) -> OptOut:
    """Record an opt-out of a number or address, for everybody who shares it."""
    channel = word(Channel, channel, "channel")
    standing, _ = OptOut.objects.get_or_create(
        channel=channel,
        value=normalise(channel, value),
        lifted_at=None,
        defaults={"at": at, "source": source},
    )
    _touch(sharing(channel, standing.value), at)
    return standing


@transaction.atomic
def opt_in(*, channel: Channel, value: str, source: str, at: datetime) -> None:
    """End the opt-out of a number or address. Consents stay as they are."""
    channel = word(Channel, channel, "channel")
    value = normalise(channel, value)
    OptOut.objects.filter(channel=channel, value=value, lifted_at=None).update(lifted_at=at)
    _touch(sharing(channel, value), at)


def sharing(channel: Channel, value: str) -> list[int]:
    """Ids of the patients who are reached at this value."""
    contacts = ContactPoint.objects.filter(channel=channel, value=value, active=True)
    return list(contacts.values_list("patient_id", flat=True))


def call_numbers(patients: Iterable[int]) -> dict[int, str]:
    """E.164 numbers to phone by id of the patient: the one for calls, else the mobile."""
    contacts = ContactPoint.objects.filter(
        patient__in=set(patients), active=True, channel__in=[Channel.SMS, Channel.PHONE]
    )
    return {contact.patient_id: contact.value for contact in contacts.order_by("-channel")}


def _lock(patient: Patient) -> Patient:
    """The same patient, locked until the transaction ends, so that two desks take turns."""
    return Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)


def _touch(patients: list[int], at: datetime) -> None:
    """Have every injection of these patients planned again."""
    Injection.objects.filter(patient__in=patients).update(changed_at=at)
