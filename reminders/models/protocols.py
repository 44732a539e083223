"""Approved versions of the protocol, and the version each visit is prepared under."""

import pghistory
import pgtrigger
from django.db import models

from scheduling.models import Injection


class ProtocolVersion(models.Model):
    """One approved document: steps, slots and thresholds. Never changes, nor do its texts."""

    version = models.CharField(max_length=40, unique=True)
    document = models.TextField(help_text="TOML: steps, slots, thresholds")
    approved_by = models.CharField(max_length=80)
    approved_at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.version


class ProtocolTexts(models.Model):
    """The texts of one version in one language."""

    version = models.ForeignKey(ProtocolVersion, models.PROTECT, related_name="texts")
    language = models.CharField(max_length=8, help_text="BCP 47: en, es")
    document = models.TextField(help_text="TOML: texts")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "language"], name="one_text_file_a_language")
        ]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.language}"


@pghistory.track(append_only=True, exclude=["reconciled_at", "next_task_at"])
class Preparation(models.Model):
    """The version of the protocol an injection keeps until it is re-planned on purpose."""

    injection = models.OneToOneField(Injection, models.CASCADE, related_name="preparation")
    protocol = models.ForeignKey(ProtocolVersion, models.PROTECT, related_name="+")
    # Compared with injection.changed_at for equality: what changed since has not been planned yet.
    reconciled_at = models.DateTimeField(
        null=True, blank=True, help_text="The change of the injection that the outbox agrees with"
    )
    next_task_at = models.DateTimeField(
        null=True, blank=True, help_text="When the plan next asks a person to do something"
    )

    class Meta:
        indexes = [
            models.Index(fields=["reconciled_at"], name="preparation_reconciled"),
            # read by rounds.asking
            models.Index(fields=["next_task_at"], name="preparation_next_task"),
        ]

    def __str__(self) -> str:
        return f"Preparation of injection {self.injection_id}"
