"""Pages to staff on call about a warning sign: who was told when, and who has taken it."""

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.fields import WordField
from scheduling.models import Task
from scheduling.rules.procedure import Channel, Word


class TakenHow(Word):
    """How somebody said that they see to it."""

    REPLY = "reply"
    SIGNED_IN = "signed_in"
    FINISHED = "finished"  # the task was done before anybody answered a page


class PageSays(Word):
    """What a page says; the words stand in reminders/messaging/paging/words.py."""

    URGENT = "urgent"
    TAKEN = "taken"


class PageState(Word):
    """`sent`: the carrier or the mail server has it."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


NOT_TAKEN = Q(taken_at=None)


@pghistory.track(append_only=True)
class Alert(models.Model):
    """A task about a warning sign that somebody on call must take.

    `turn` counts those who were paged one after the other. At `next_at` the next is paged; without
    it nobody is left, or somebody has taken it.
    """

    task = models.OneToOneField(Task, models.CASCADE, related_name="alert")
    code = models.CharField(max_length=4, help_text="What a reply names")
    opened_at = models.DateTimeField()
    turn = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    taken_name = models.CharField(max_length=90, blank=True)
    taken_how = WordField(TakenHow, null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=NOT_TAKEN, name="one_alert_a_code"),
            models.CheckConstraint(
                condition=(NOT_TAKEN & Q(taken_name="", taken_by=None, taken_how=None))
                | (
                    Q(taken_at__isnull=False, taken_how__isnull=False, next_at=None)
                    & ~Q(taken_name="")
                ),
                name="a_taken_alert_names_who_took_it",
            ),
        ]
        indexes = [  # read by paging.alerts
            models.Index(fields=["next_at"], condition=NOT_TAKEN, name="alert_next"),
        ]

    def __str__(self) -> str:
        return f"Alert {self.pk}"


class Page(models.Model):
    """One text or e-mail to somebody on call. May arrive twice: better than never."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="pages")
    says = WordField(PageSays)
    turn = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=90)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    channel = WordField(Channel)
    address = models.CharField(max_length=254)
    state = WordField(PageState, default=PageState.QUEUED)
    queued_at = models.DateTimeField()
    retry_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts_made = models.SmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    error = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["queued_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "channel", "address"],
                condition=Q(says="urgent"),
                name="one_page_an_address",
            ),
        ]
        indexes = [  # read by paging.pages
            models.Index(fields=["retry_at"], condition=Q(state="queued"), name="page_due"),
        ]

    def __str__(self) -> str:
        return f"{self.says} {self.reference}"
