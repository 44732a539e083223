"""The sandbox's tables: texts, mails, handsets, reports that are due, faults, journeys."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from scheduling.fields import WordField
from scheduling.rules.procedure import Word


class Direction(Word):
    """Twilio's words for who wrote to whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound-api"
    AUTOMATIC = "outbound-reply"


class TextStatus(Word):
    """Twilio's words for how far a text has come."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    RECEIVED = "received"


class Unreachable(Word):
    """Twilio's error codes for a text that the network cannot deliver."""

    OFF = "30003"
    LANDLINE = "30006"

    @property
    def label(self) -> str:
        return {"30003": "Unreachable handset", "30006": "Landline or unreachable carrier"}[self]


def new_sid() -> str:
    return f"SM{secrets.token_hex(16)}"


class SandboxText(models.Model):
    """One text, in either direction. Times are those of the demonstration's clock."""

    sid = models.CharField(max_length=34, unique=True, default=new_sid)
    direction = WordField(Direction)
    sender = models.CharField(max_length=34)
    recipient = models.CharField(max_length=34)
    body = models.TextField()
    status = WordField(TextStatus, default=TextStatus.QUEUED)
    error_code = models.CharField(max_length=8, blank=True)
    status_callback = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [  # read by carrier.listing and the phone page
            models.Index(fields=["recipient", "-id"], name="text_to"),
            models.Index(fields=["sender", "-id"], name="text_from"),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def inbound(self) -> bool:
        """Whether the patient wrote it."""
        return self.direction is Direction.INBOUND


class Report(models.Model):
    """A webhook the carrier owes its customer: how far a text has come, or that one came in.

    `due_at` and `settled_at` are the system's time: the network does not travel with the clock.
    """

    text = models.ForeignKey(SandboxText, models.CASCADE, related_name="reports")
    word = WordField(TextStatus)
    url = models.CharField(max_length=500, blank=True, help_text="Empty: nobody asked to be told")
    due_at = models.DateTimeField(db_default=Now())
    tries = models.SmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [  # read by reports.claim
            models.Index(fields=["due_at"], condition=Q(settled_at=None), name="report_owed"),
        ]

    def __str__(self) -> str:
        return f"{self.word} of {self.text_id}"


class Handset(models.Model):
    """What the carrier knows about one number; a number without a row is an ordinary one."""

    number = models.CharField(max_length=20, unique=True)
    unreachable = WordField(Unreachable, null=True, blank=True)
    opted_out_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number


class SandboxMail(models.Model):
    """One mail to one recipient, as it came over the wire."""

    recipient = models.EmailField(max_length=254)
    sender = models.CharField(max_length=254, blank=True)
    message_id = models.CharField(max_length=250, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    raw = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["received_at", "pk"]
        indexes = [models.Index(fields=["recipient", "-id"], name="mail_to")]

    def __str__(self) -> str:
        return self.message_id or f"Mail {self.pk}"


class Faults(models.Model):
    """One row: how badly the network behaves. Set from the sandbox's page."""

    slow_ms = models.PositiveIntegerField("Delay of every answer, ms", default=0)
    failing_percent = models.PositiveSmallIntegerField("Answers that are 500, %", default=0)
    throttled_percent = models.PositiveSmallIntegerField("Answers that are 429, %", default=0)
    duplicate_receipts = models.BooleanField("Send every receipt twice", default=False)
    shuffle_receipts = models.BooleanField("Send receipts in the wrong order", default=False)
    carrier_down = models.BooleanField("Text carrier is down", default=False)
    smtp_down = models.BooleanField("Mail server is down", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_row_of_faults"),
            models.CheckConstraint(
                condition=Q(failing_percent__range=(0, 100), throttled_percent__range=(0, 100)),
                name="percent_of_a_hundred",
            ),
            models.CheckConstraint(
                condition=Q(slow_ms__range=(0, 60_000)), name="slow_within_a_minute"
            ),
        ]

    def __str__(self) -> str:
        return "Faults"

    @classmethod
    def present(cls) -> "Faults":
        """The faults in force; without a row, none."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class Journey(models.Model):
    """One run of the time machine: from where, to where, how far it has come.

    `started_at`, `seen_at` and `ended_at` are the system's time, the others the demonstration's.
    """

    from_at = models.DateTimeField()
    target_at = models.DateTimeField()
    reached_at = models.DateTimeField()
    standing = models.CharField(max_length=200, blank=True, help_text="What is happening now")
    stops = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now(), help_text="When it last moved")
    ended_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at=None), name="one_journey_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(target_at__gte=models.F("from_at")), name="never_backwards"
            ),
        ]

    def __str__(self) -> str:
        return f"Journey {self.pk}"

    @property
    def percent(self) -> int:
        """How much of the way is done, by the clock's time."""
        way = (self.target_at - self.from_at).total_seconds()
        done = (self.reached_at - self.from_at).total_seconds()
        return min(100, int(100 * done / way)) if way else 100
