"""Wrong dates of birth behind patients' links."""

import pgtrigger
from django.db import models

from reminders.models.messages import Link
from scheduling.models import Patient


class WrongBirthDate(models.Model):
    """Somebody with a patient's link gave another date of birth; which one is not kept.

    Rows can be added, never changed or removed.
    """

    patient = models.ForeignKey(
        Patient, models.PROTECT, related_name="wrong_birth_dates", db_index=False
    )
    link = models.ForeignKey(Link, models.PROTECT, related_name="+")
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["patient", "at"], name="wrong_birth_date_of_patient")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Wrong birth date at {self.at:%Y-%m-%d %H:%M}"
