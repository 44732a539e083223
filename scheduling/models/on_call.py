"""Who is paged about a warning sign, and when."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from scheduling.models.resources import Location

EVERY_DAY = list(range(7))


@pghistory.track(append_only=True)
class OnCallShift(models.Model):
    """Weekly hours in which somebody answers pages; see scheduling/rules/on_call.py."""

    location = models.ForeignKey(Location, models.CASCADE, related_name="on_call")
    name = models.CharField(max_length=60, help_text="A person or a role, such as Nurse on call")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose login it is, if it is one person's",
    )
    phone = models.CharField(max_length=20, blank=True, help_text="Paged by text; E.164")
    email = models.EmailField(blank=True, help_text="Paged by e-mail")
    weekdays = ArrayField(
        models.SmallIntegerField(),
        default=list,
        blank=True,
        help_text="On which it begins; none: whenever no other shift covers the hour",
    )
    starts = models.TimeField(null=True, blank=True, help_text="By the clinic's clocks")
    ends = models.TimeField(
        null=True, blank=True, help_text="At or before the start means on the next day"
    )
    turn = models.PositiveSmallIntegerField(default=1, help_text="1 is paged first, then 2")
    answers_patients = models.BooleanField(
        default=False, help_text="Patients are given this number in these hours"
    )

    class Meta:
        verbose_name = "on-call shift"
        ordering = ["location", "turn", "name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(email=""),
                name="on_call_has_an_address",
                violation_error_message="Give a telephone number or an e-mail address.",
            ),
            models.CheckConstraint(
                condition=~Q(answers_patients=True) | ~Q(phone=""),
                name="on_call_has_the_number_patients_get",
                violation_error_message="Patients need a telephone number to call.",
            ),
            models.CheckConstraint(
                condition=Q(weekdays=[], starts=None, ends=None)
                | (~Q(weekdays=[]) & Q(starts__isnull=False, ends__isnull=False)),
                name="on_call_hours_with_weekdays",
                violation_error_message="Give weekdays with a start and an end, or none of these.",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=EVERY_DAY), name="on_call_weekday_of_seven"
            ),
            models.CheckConstraint(condition=Q(turn__gte=1), name="on_call_turn_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.location}"
