"""The outbox: what is promised, what was tried, what the carriers said, what came back."""

import uuid
from collections.abc import Mapping

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from reminders.rules.plan.message_states import (
    ATTEMPT_NEXT,
    MESSAGE_NEXT,
    AttemptState,
    MessageState,
    S,
    pairs,
)
from scheduling.fields import WordField
from scheduling.models import Injection, Patient
from scheduling.rules.procedure import Channel, Purpose, Word


def only_forward(name: str, table: Mapping[S, frozenset[S]]) -> pgtrigger.Trigger:
    """Refuse every change of state that the table does not know.

    The whole test is the trigger's condition, so a change that is allowed calls no function.
    """
    known = ", ".join(f"'{origin}>{following}'" for origin, following in pairs(table))
    unknown = f"OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({known})"
    return pgtrigger.Protect(
        name=name, operation=pgtrigger.Update, condition=pgtrigger.Condition(unknown)
    )


class Message(models.Model):
    """The promise to tell one patient one thing at one time. The table is the queue."""

    # Nobody looks a message up by its reference, so it needs no index: one whose entries lie at
    # random would be written to at every change of state. Its 122 random bits keep it unique.
    reference = models.UUIDField(default=uuid.uuid4, editable=False)
    # One key for both, message_of_visit_and_patient: the patient is the visit's, and the database
    # looks once a row. Reached through message_promised_once: one index less to write.
    injection = models.ForeignKey(
        Injection, models.CASCADE, related_name="messages", db_index=False, db_constraint=False
    )
    patient = models.ForeignKey(
        Patient, models.CASCADE, related_name="messages", db_index=False, db_constraint=False
    )
    revision = models.PositiveIntegerField()
    step = models.CharField(max_length=40)
    occurrence = models.CharField(max_length=40, default="", blank=True)
    slot = models.CharField(
        max_length=12, default="", blank=True, help_text="Diary slot asked about"
    )
    reply = models.BooleanField(
        default=False, help_text="An answer to the patient, outside the plan"
    )
    number = models.SmallIntegerField(default=0, help_text="Of the diary's texts, from 1")
    total = models.SmallIntegerField(default=0, help_text="How many texts the diary has")
    purpose = WordField(Purpose)
    states = ArrayField(
        models.CharField(max_length=24), default=list, help_text="Of the visit, that it fits"
    )
    channels = ArrayField(models.CharField(max_length=8), help_text="In order of preference")
    sms_key = models.CharField(max_length=24, default="", blank=True)
    email_key = models.CharField(max_length=24, default="", blank=True)
    folds = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    preparation = models.BooleanField(
        default=False, help_text="If it cannot reach, a person phones"
    )
    retry_when_unknown = models.BooleanField(
        default=False, help_text="Sent again when nobody knows whether it arrived"
    )
    send_at = models.DateTimeField(help_text="The plan's")
    expires_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True, blank=True, help_text="The dispatcher's")
    state = WordField(MessageState, default=MessageState.QUEUED)
    reason = models.CharField(max_length=160, default="", blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts_made = models.SmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["send_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["injection", "revision", "step", "occurrence"], name="message_promised_once"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("send_at")), name="message_expires_after_it_is_due"
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_until__isnull=False),
                name="sending_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["cancelled", "expired", "failed"]) | ~Q(reason=""),
                name="an_end_has_a_reason",
            ),
        ]
        indexes = [
            # read by delivery/due.sql
            models.Index(
                Coalesce("retry_at", "send_at"), name="message_due", condition=Q(state="queued")
            ),
            # read by delivery/left_behind.sql
            models.Index(
                fields=["lease_until"], name="message_leased", condition=Q(state="sending")
            ),
        ]
        triggers = [only_forward("only_forward", MESSAGE_NEXT)]

    def __str__(self) -> str:
        return f"{self.step} {self.reference}"


class Attempt(models.Model):
    """One hand-over through one channel. Written before the network is touched."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts")
    channel = WordField(Channel)
    address = models.CharField(max_length=254)
    state = WordField(AttemptState, default=AttemptState.HANDED)
    provider_id = models.CharField(max_length=80, default="", blank=True)
    handed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=160, default="", blank=True)
    text_key = models.CharField(max_length=24, default="", blank=True)
    protocol_version = models.CharField(max_length=40, default="", blank=True)
    body_sha256 = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        ordering = ["handed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "provider_id"],
                condition=~Q(provider_id=""),
                name="one_attempt_a_provider_id",
            ),
        ]
        indexes = [
            # read by delivery/facts.sql and texts_today.sql, for the daily limit of one telephone
            models.Index(
                fields=["address", "handed_at"],
                name="attempt_of_phone",
                condition=Q(channel="sms"),
            ),
        ]
        triggers = [only_forward("attempt_only_forward", ATTEMPT_NEXT)]

    def __str__(self) -> str:
        return f"{self.channel.label} attempt {self.reference}"


class Receipt(models.Model):
    """What a carrier said later about one attempt, in its own word and in ours."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="receipts")
    word = models.CharField(max_length=24, help_text="The carrier's word")
    meaning = WordField(
        AttemptState, null=True, blank=True, help_text="Ours; empty if unknown to us"
    )
    code = models.CharField(max_length=12, default="", blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "word", "code"], name="receipt_once"),
        ]

    def __str__(self) -> str:
        return self.word


class InboundMeaning(Word):
    STOP = "stop"
    START = "start"
    HELP = "help"
    CONFIRM = "confirm"
    CHANGE = "change"
    SCORE = "score"
    UNREADABLE = "unreadable"
    RED_FLAG = "red_flag"
    OTHER = "other"


class InboundText(models.Model):
    """One text a patient sent. The carrier may tell us twice; we hear it once."""

    provider_id = models.CharField(max_length=80, unique=True)
    sender = models.CharField(max_length=20)
    body = models.TextField(max_length=1600)
    received_at = models.DateTimeField()
    meaning = WordField(InboundMeaning)
    patient = models.ForeignKey(Patient, models.SET_NULL, null=True, blank=True, related_name="+")
    injection = models.ForeignKey(
        Injection, models.SET_NULL, null=True, blank=True, related_name="texts"
    )
    effect = models.CharField(
        max_length=160, default="", blank=True, help_text="What we made of it"
    )

    class Meta:
        ordering = ["received_at", "pk"]
        indexes = [models.Index(fields=["sender", "received_at"], name="inbound_of_sender")]

    def __str__(self) -> str:
        return f"{self.meaning.label} {self.pk}"


class LinkPurpose(Word):
    PREPARE = "prepare"
    SURVEY = "survey"


class Link(models.Model):
    """A way in for one patient and one purpose. Only the token's hash is kept."""

    token_sha256 = models.BinaryField(max_length=32, unique=True)
    purpose = WordField(LinkPurpose)
    injection = models.ForeignKey(Injection, models.CASCADE, related_name="links")
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="links", db_index=False
    )
    slot = models.CharField(max_length=12, default="", blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message"], name="one_link_a_message"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose.label} link {self.pk}"
