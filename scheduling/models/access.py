"""The record of who looked at which patient."""

import pgtrigger
from django.conf import settings
from django.db import models

from scheduling.models.people import Patient


class Access(models.Model):
    """One view of one patient's data. Rows can be added, never changed or removed."""

    patient = models.ForeignKey(Patient, models.DO_NOTHING, related_name="accesses")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+"
    )
    page = models.CharField(max_length=60, help_text="Name of the page, not its address")
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "accesses"
        indexes = [models.Index(fields=["patient", "at"], name="access_of_patient")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.page} at {self.at:%Y-%m-%d %H:%M}"
