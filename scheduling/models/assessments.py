"""What was measured when the patient arrived."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from scheduling.fields import WordField
from scheduling.models.injections import Injection
from scheduling.rules.assessment import Measured, PregnancyTest


@pghistory.track(append_only=True)
class ArrivalAssessment(models.Model):
    """The pre-procedure assessment: blood pressure (LOINC 85354-9), glucose, pregnancy test."""

    injection = models.OneToOneField(Injection, models.CASCADE, related_name="assessment")
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    systolic = models.PositiveSmallIntegerField(null=True, blank=True, help_text="mmHg")
    diastolic = models.PositiveSmallIntegerField(null=True, blank=True, help_text="mmHg")
    glucose = models.PositiveSmallIntegerField(null=True, blank=True, help_text="mg/dL")
    pregnancy_test = WordField(PregnancyTest, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(systolic=None, diastolic=None)
                | Q(systolic__isnull=False, diastolic__isnull=False, systolic__gt=F("diastolic")),
                name="blood_pressure_is_two_numbers",
            ),
            models.CheckConstraint(
                condition=~Q(systolic=None, glucose=None, pregnancy_test=None),
                name="an_assessment_measures_something",
            ),
        ]

    def __str__(self) -> str:
        return f"ArrivalAssessment of injection {self.injection_id}"

    @property
    def measured(self) -> Measured:
        """The row as the rules read it."""
        return Measured(
            systolic=self.systolic,
            diastolic=self.diastolic,
            glucose=self.glucose,
            pregnancy_test=self.pregnancy_test,
        )
