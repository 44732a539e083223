"""Where and with what an injection is done."""

import pghistory
import structlog
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from scheduling.fields import WordField
from scheduling.policy import faults, shipped
from scheduling.rules.policy import BookingPolicy
from scheduling.rules.procedure import Word

log = structlog.get_logger(__name__)
NO_SETTINGS = 'Write settings by name, as {"room_min": 30}, or {} for none.'


class ResourceKind(Word):
    PHYSICIAN = "physician"
    SUITE = "suite"
    C_ARM = "c_arm"
    NURSE = "nurse"
    BAY = "bay"

    @property
    def label(self) -> str:
        return "C-arm" if self is ResourceKind.C_ARM else super().label


@pghistory.track(append_only=True)
class Location(models.Model):
    """A site with its own zone, telephone and facility policy."""

    name = models.CharField(
        max_length=18, unique=True, help_text="Up to 18 characters: it opens every text"
    )
    address = models.CharField(max_length=200)
    phone = models.CharField(max_length=20, help_text="E.164 number patients call")
    zone = models.CharField(max_length=64, help_text="IANA time zone of the clinic's clocks")
    policy = models.JSONField(
        default=dict,
        blank=True,
        help_text="Facility settings that differ from the protocol's defaults",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse settings that booking or messages could not read."""
        if not isinstance(self.policy, dict):
            raise ValidationError({"policy": NO_SETTINGS})
        refused = faults(self.policy)
        if refused:
            raise ValidationError({"policy": refused})

    @property
    def booking_policy(self) -> BookingPolicy:
        """What booking counts with here; bad values are ValueErrors."""
        return shipped().but(self.policy)

    @property
    def usable_policy(self) -> BookingPolicy:
        """The same, or the shipped one where a bad value stands: work for people waits for none."""
        try:
            return self.booking_policy
        except ValueError:
            log.exception("location_settings_unreadable", location=self.pk)
            return shipped()


class Resource(models.Model):
    """Somebody or something that one injection at a time can reserve."""

    location = models.ForeignKey(Location, models.PROTECT, related_name="resources")
    kind = WordField(ResourceKind)
    name = models.CharField(max_length=60)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="resources"
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["location", "kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["location", "kind", "name"], name="one_resource_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WeeklyHours(models.Model):
    """When a resource works, by the clinic's wall clock; without a row it does not work."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="hours")
    weekday = models.SmallIntegerField(help_text="0 is Monday")
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["resource", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="weekday_of_seven"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")), name="closes_after_it_opens"
            ),
            models.UniqueConstraint(fields=["resource", "weekday", "opens"], name="one_opening"),
        ]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


class Closure(models.Model):
    """A time in which a resource does not work: leave, service, holiday."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="closures")
    during = DateTimeRangeField()
    reason = models.CharField(max_length=80)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="closure_once",
                expressions=[
                    ("resource", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.reason
