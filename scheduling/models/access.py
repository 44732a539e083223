"""The record of who opened what about which patient, and of access in an emergency."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from scheduling.fields import WordField
from scheduling.models.people import Patient
from scheduling.rules.procedure import Word


class AccessKind(Word):
    """What was done with a patient's data, as an audit log of health records tells it."""

    VIEW = "view"
    SEARCH = "search"  # shown among the results; the words typed are not kept
    PRINT = "print"  # a page made for paper
    EXPORT = "export"  # a file
    FEED = "feed"  # a calendar entry or a calendar address

    @property
    def label(self) -> str:
        return "Calendar file" if self is AccessKind.FEED else super().label

    @property
    def leaves(self) -> bool:
        """Whether something is left outside of Blockwise: paper or a file."""
        return self in (AccessKind.PRINT, AccessKind.EXPORT, AccessKind.FEED)


class Access(models.Model):
    """One page that showed one patient's data. Rows can be added, never changed or removed."""

    patient = models.ForeignKey(Patient, models.DO_NOTHING, related_name="accesses")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+"
    )
    kind = WordField(AccessKind)
    page = models.CharField(max_length=60, help_text="Name of the page, not its address")
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "accesses"
        indexes = [  # read by clinic.audit.looks, and the first by planning
            models.Index(fields=["patient", "at"], name="access_of_patient"),
            models.Index(fields=["user", "at"], name="access_by_user"),
            models.Index(fields=["at"], name="access_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.page} at {self.at:%Y-%m-%d %H:%M}"


class EmergencyAccess(models.Model):
    """One person opens one patient of another location for a time. Never changed or removed."""

    patient = models.ForeignKey(Patient, models.DO_NOTHING, related_name="emergency_accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        verbose_name_plural = "emergency accesses"
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("at")), name="ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_emergency_says_why"),
        ]
        indexes = [  # read by people.visible
            models.Index(fields=["user", "patient", "until"], name="emergency_of_user"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Emergency access at {self.at:%Y-%m-%d %H:%M}"
