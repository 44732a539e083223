"""What was checked with the patient before the needle."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from scheduling.fields import WordField
from scheduling.models.injections import Injection
from scheduling.rules.procedure import Side
from scheduling.rules.time_out import Identifier

IDENTIFIERS = [each.value for each in Identifier]


@pghistory.track(append_only=True)
class TimeOut(models.Model):
    """Two identifiers, the side as the patient says it, and whether a driver was seen."""

    injection = models.OneToOneField(Injection, models.CASCADE, related_name="time_out")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    identifiers = ArrayField(WordField(Identifier))
    side = WordField(Side, help_text="As the patient says it")
    driver_seen = models.BooleanField(null=True, blank=True, help_text="Empty is unknown")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(identifiers__len__gte=2, identifiers__contained_by=IDENTIFIERS),
                name="two_identifiers_at_least",
            ),
        ]

    def __str__(self) -> str:
        return f"Time-out of injection {self.injection_id}"
