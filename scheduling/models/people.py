"""Patients, how to reach them, and what they agreed to."""

import uuid
from datetime import datetime

import pghistory
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from scheduling.fields import WordField
from scheduling.models.resources import Location
from scheduling.rules.procedure import Channel, Purpose


@pghistory.track(append_only=True)
class Patient(models.Model):
    """A person. Two identifiers always: birth date and medical record number (MRN)."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    birth_date = models.DateField()
    mrn = models.CharField("MRN", max_length=32, unique=True)
    language = models.CharField(max_length=8, default="en")
    zone = models.CharField(max_length=64, help_text="IANA time zone in which the patient lives")
    location = models.ForeignKey(
        Location,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="patients",
        help_text="Where the patient was registered; empty is unknown",
    )
    deceased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    # Not kept: until when whoever asks has emergency access, where nothing else opens this patient.
    emergency_until: datetime | None = None

    class Meta:
        ordering = ["family_name", "given_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(birth_date__gte="1880-01-01"), name="born_after_1880"
            ),
        ]
        indexes = [  # read by people.search
            GinIndex(
                OpClass(Upper("family_name"), name="gin_trgm_ops"),
                OpClass(Upper("given_name"), name="gin_trgm_ops"),
                name="patient_names",
            ),
            models.Index(fields=["birth_date"], name="patient_born"),
            models.Index(Upper("mrn"), name="patient_mrn_any_case"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"


@pghistory.track(append_only=True)
class ContactPoint(models.Model):
    """One number or address of a patient. Two patients may share one."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="contacts")
    channel = WordField(Channel)
    value = models.CharField(max_length=254, help_text="E.164 number, or e-mail address")
    active = models.BooleanField(default=True)
    first_text_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "channel"],
                condition=Q(active=True),
                name="one_contact_a_channel",
            ),
        ]
        indexes = [models.Index(fields=["value"], name="contact_value")]  # read by inbound.senders

    def __str__(self) -> str:
        return f"{self.channel.label} of patient {self.patient_id}"


@pghistory.track(append_only=True)
class Consent(models.Model):
    """What a patient agreed to be sent, for one purpose through one channel."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="consents")
    purpose = WordField(Purpose)
    channel = WordField(Channel)
    wording = models.CharField(max_length=40, help_text="Version of the wording agreed to")
    source = models.CharField(max_length=40, help_text="Where it was given: desk, form, text")
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "purpose", "channel"],
                condition=Q(revoked_at=None),
                name="one_standing_consent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose.label} by {self.channel.label}"


@pghistory.track(append_only=True)
class OptOut(models.Model):
    """A number or address that asked for silence; it binds everyone who shares it."""

    channel = WordField(Channel)
    value = models.CharField(max_length=254)
    at = models.DateTimeField()
    source = models.CharField(max_length=40)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "value"],
                condition=Q(lifted_at=None),
                name="one_standing_opt_out",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel.label} opt-out"
