"""What checks found about a booking when it was made."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.fields import WordField
from scheduling.models.injections import Injection
from scheduling.rules.matrix import Level


class BookingCheck(models.Model):
    """One warning or overridden stop of a booking, with the reason for it. Never changed."""

    injection = models.ForeignKey(Injection, models.CASCADE, related_name="checks")
    revision = models.PositiveIntegerField(help_text="The promise it was said about")
    code = models.CharField(max_length=12)
    level = WordField(Level)
    sentence = models.CharField(max_length=240)
    override = models.CharField(max_length=200, blank=True, help_text="Why it was overridden")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["injection", "revision", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(level="hard") | ~Q(override=""),
                name="a_hard_stop_passes_with_a_reason_only",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"
