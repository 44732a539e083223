"""Requests for pain scores, and the scores."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from reminders.models.messages import InboundText
from reminders.rules.response.case import AnswerChannel, Context, EnteredBy
from reminders.rules.vitals import VitalSign
from scheduling.fields import PercentField, ScoreField, WordField
from scheduling.models import Injection
from scheduling.rules.procedure import Side
from scheduling.rules.provocation import Provocation, ProvocationTest

TESTS = [each.value for each in ProvocationTest]


class Survey(models.Model):
    """One diary slot of one injection: when the scores are for, and how far off still counts."""

    injection = models.ForeignKey(Injection, models.CASCADE, related_name="surveys")
    slot = models.CharField(max_length=12)
    due_at = models.DateTimeField(help_text="T0 + the slot's offset")
    tolerance = models.DurationField()
    closes_at = models.DateTimeField()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["injection", "slot"], name="one_survey_a_slot"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("due_at")), name="survey_closes_later"
            ),
        ]

    def __str__(self) -> str:
        return self.slot


@pghistory.track(append_only=True)
class Reading(models.Model):
    """One score, one side, one time. Never overwritten: a correction supersedes."""

    injection = models.ForeignKey(Injection, models.PROTECT, related_name="readings")
    survey = models.ForeignKey(
        Survey, models.PROTECT, null=True, blank=True, related_name="readings"
    )
    side = WordField(Side)
    score = ScoreField()
    context = WordField(Context)
    activity_done = models.BooleanField(null=True, blank=True)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    channel = WordField(AnswerChannel)
    entered_by = WordField(EnteredBy)
    entered_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    patient_gave_number = models.BooleanField(
        null=True, blank=True, help_text="Of a score that somebody else reports; empty is unknown"
    )
    inbound = models.ForeignKey(
        InboundText, models.PROTECT, null=True, blank=True, related_name="+"
    )
    late = models.BooleanField(default=False)
    recall = models.BooleanField(default=False)
    slept = models.BooleanField(default=False)
    reexam = models.BooleanField(
        default=False, help_text="Staff repeated as many provocation tests as the protocol asks"
    )
    tests_positive = ArrayField(
        WordField(ProvocationTest), default=list, blank=True, help_text="Repeated, and they hurt"
    )
    tests_negative = ArrayField(
        WordField(ProvocationTest), default=list, blank=True, help_text="Repeated without pain"
    )
    patient_percent = PercentField(null=True, blank=True)
    comment = models.TextField(blank=True, max_length=1000)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    class Meta:
        ordering = ["observed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(side="bilateral"), name="a_score_has_one_side"),
            models.UniqueConstraint(
                fields=["survey", "side"],
                condition=Q(supersedes=None),
                name="one_first_answer_a_slot_and_side",
            ),
            models.CheckConstraint(
                condition=Q(tests_positive__contained_by=TESTS, tests_negative__contained_by=TESTS)
                & ~Q(tests_positive__overlap=F("tests_negative")),
                name="a_provocation_test_has_one_result",
            ),
        ]

    def __str__(self) -> str:
        return f"Reading {self.pk}"

    @property
    def provocation(self) -> Provocation:
        """The provocation tests that were repeated for this score."""
        results = dict.fromkeys(self.tests_positive, True) | dict.fromkeys(
            self.tests_negative, False
        )
        return {test: results[test] for test in ProvocationTest if test in results}


@pghistory.track(append_only=True)
class Vital(models.Model):
    """A temperature (F) or a blood sugar (mg/dL) that the patient measured and told."""

    injection = models.ForeignKey(Injection, models.CASCADE, related_name="vitals")
    sign = WordField(VitalSign)
    value = models.DecimalField(max_digits=5, decimal_places=1)
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["noted_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(value__gt=0), name="a_vital_is_positive"),
        ]

    def __str__(self) -> str:
        return f"Vital {self.pk}"

    @property
    def told(self) -> str:
        """`Temperature 101.2 F`."""
        return str(self.sign.told(self.value))


@pghistory.track(append_only=True)
class Analgesic(models.Model):
    """A pain medicine the patient took; later scores in the window no longer count."""

    injection = models.ForeignKey(Injection, models.CASCADE, related_name="analgesics")
    name = models.CharField(max_length=60)
    taken_at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["taken_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["injection", "name", "taken_at"], name="analgesic_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Analgesic {self.pk}"
