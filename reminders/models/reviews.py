"""The physician's signed decision."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from scheduling.fields import WordField
from scheduling.models import Injection
from scheduling.rules.procedure import Side


class Review(models.Model):
    """What was proposed, what was decided, and all that was seen. Signed rows never change."""

    injection = models.ForeignKey(Injection, models.PROTECT, related_name="reviews")
    side = WordField(Side)
    proposed = models.CharField(max_length=24, help_text="The rule's label")
    decided = models.CharField(max_length=24, help_text="The physician's label")
    override_reason = models.CharField(max_length=400, blank=True)
    remark = models.TextField(blank=True, max_length=2000)
    rule_version = models.CharField(max_length=40)
    seen = models.JSONField(help_text="Snapshot: inputs and the rule's whole answer")
    seen_sha256 = models.CharField(max_length=64)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    signed_at = models.DateTimeField()
    addendum_to = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="addendum"
    )

    class Meta:
        ordering = ["signed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["injection", "side"],
                condition=Q(addendum_to=None),
                name="one_first_signature_a_side",
            ),
            models.CheckConstraint(
                condition=Q(decided=F("proposed")) | ~Q(override_reason=""),
                name="an_override_has_a_reason",
            ),
            models.CheckConstraint(condition=~Q(side="bilateral"), name="a_review_has_one_side"),
        ]
        triggers = [pgtrigger.Protect(name="signed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Review {self.pk}"
