"""An order booked on a day; later, what was done."""

import uuid
from datetime import datetime
from typing import cast

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from scheduling.fields import ScoreField, WordField
from scheduling.models.orders import Order
from scheduling.models.people import Patient
from scheduling.models.resources import Location, Resource
from scheduling.rules.performed import JointFacts
from scheduling.rules.procedure import InjectionState, Sedation, Side

LIVE = [state.value for state in InjectionState if state.is_live]
# Changes of one injection take turns at its row, so each differs from every one committed before,
# whatever the clocks said: whoever compares `changed_at` for equality misses none.
EVERY_CHANGE_DIFFERS = pgtrigger.Trigger(
    name="every_change_differs",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("changed_at"),  # type: ignore[no-untyped-call]
    condition=pgtrigger.Condition("NEW.changed_at <= OLD.changed_at"),
    func="NEW.changed_at = OLD.changed_at + interval '1 microsecond'; RETURN NEW;",
)


@pghistory.track(append_only=True)
class Injection(models.Model):
    """A booked or performed injection. `revision` grows when what the patient was told changes."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="injections")
    # Reached through visit_of_patient, which begins with it.
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="injections", db_index=False)
    location = models.ForeignKey(Location, models.PROTECT, related_name="injections")
    state = WordField(InjectionState, default=InjectionState.BOOKED)
    state_at = models.DateTimeField()
    side = WordField(Side, help_text="The side booked")
    during = DateTimeRangeField(help_text="Start to end of the procedure, without buffers")
    revision = models.PositiveIntegerField(default=1)
    time_revision = models.PositiveIntegerField(
        default=1, help_text="The revision in which the time changed last"
    )
    promised_at = models.DateTimeField(help_text="When the present promise was made")
    booked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_how = models.CharField(max_length=20, blank=True)
    driver_name = models.CharField(max_length=80, blank=True)
    driver_phone = models.CharField(max_length=20, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    performed_side = WordField(Side, null=True, blank=True, help_text="The side done")
    t0 = models.DateTimeField("T0 (needle out)", null=True, blank=True)
    t0_estimated = models.BooleanField(default=False)
    sedation_given = WordField(Sedation, null=True, blank=True, help_text="Empty is unknown")
    awake_at = models.DateTimeField(
        null=True, blank=True, help_text="When sedation had worn off; empty is unknown"
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why cancelled or aborted")
    changed_at = models.DateTimeField(help_text="Last change of any fact messages depend on")

    class Meta:
        ordering = ["during", "pk"]
        constraints = [
            ExclusionConstraint(
                name="patient_is_in_one_place",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=LIVE),
            ),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=LIVE), name="one_live_injection_an_order"
            ),
            # what a message refers to: an injection together with its own patient
            models.UniqueConstraint(fields=["patient", "id"], name="visit_of_patient"),
            models.CheckConstraint(
                condition=Q(state="completed", t0__isnull=False, performed_side__isnull=False)
                | (~Q(state="completed") & Q(t0=None)),
                name="completed_means_t0_and_side",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["aborted"]) | ~Q(reason=""), name="aborted_says_why"
            ),
        ]
        indexes = [
            # read by the day list
            models.Index(
                Func(F("during"), function="lower", output_field=models.DateTimeField()),
                name="injection_start",
            ),
            models.Index(fields=["changed_at"], name="injection_changed"),  # read by outbox.changed
        ]
        triggers = [EVERY_CHANGE_DIFFERS]

    def __str__(self) -> str:
        return f"Injection {self.pk}"

    @property
    def start(self) -> datetime:
        return cast(datetime, self.during.lower)

    @property
    def end(self) -> datetime:
        return cast(datetime, self.during.upper)

    @property
    def needle_out(self) -> datetime:
        """T0 of an injection that has one; asking for another's is a mistake of the caller."""
        if self.t0 is None:
            raise ValueError(f"injection {self.pk} has no T0: it is {self.state}")
        return self.t0

    @property
    def effective_side(self) -> Side:
        """The side that counters, texts and scores follow: the performed one once known."""
        return cast(Side, self.performed_side or self.side)

    @property
    def effective_sedation(self) -> Sedation:
        """The sedation that counts: what was given once known; until then the order plans it."""
        return cast(Sedation, self.sedation_given or self.order.sedation)

    @property
    def sedated_until(self) -> datetime | None:
        """When sedation had worn off; None is unknown, or not sedated."""
        return self.awake_at if self.effective_sedation is not Sedation.NONE else None


@pghistory.track(append_only=True)
class Reservation(models.Model):
    """An injection holding one resource, set-up and turnover inside the range, half-open."""

    injection = models.ForeignKey(Injection, models.CASCADE, related_name="reservations")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="reservations")
    during = DateTimeRangeField()
    live = models.BooleanField(default=True)
    overbooked = models.BooleanField(default=False)
    overbooked_why = models.CharField(max_length=200, blank=True)
    overbooked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="no_resource_held_twice",
                expressions=[
                    ("resource", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(live=True, overbooked=False),
            ),
            models.UniqueConstraint(
                fields=["injection", "resource"],
                condition=Q(live=True),
                name="held_once_an_injection",
            ),
            models.CheckConstraint(
                condition=Q(overbooked=False)
                | (~Q(overbooked_why="") & Q(overbooked_by__isnull=False)),
                name="an_overbook_has_an_owner_and_a_reason",
            ),
        ]
        indexes = [  # read by calendars.load, which reads the others by their constraint
            models.Index(
                fields=["resource"],
                condition=Q(live=True, overbooked=True),
                name="reservation_overbooked",
            ),
        ]

    def __str__(self) -> str:
        return f"Reservation of {self.resource_id}"


@pghistory.track(append_only=True)
class Joint(models.Model):
    """What was done to one joint: baseline provoked on the day, and where the agents went."""

    injection = models.ForeignKey(Injection, models.CASCADE, related_name="joints")
    side = WordField(Side)
    baseline = ScoreField(null=True, blank=True, help_text="Provoked, immediately before, 0-10")
    baseline_at = models.DateTimeField(null=True, blank=True)
    rest_score = ScoreField(null=True, blank=True)
    index_activity = models.CharField(max_length=80, blank=True)
    intra_articular = models.BooleanField(null=True, blank=True, help_text="Empty is unknown")
    signed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a physician signed the answer of this joint"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["injection", "side"], name="one_row_a_joint"),
            models.CheckConstraint(condition=~Q(side="bilateral"), name="a_joint_is_left_or_right"),
        ]

    def __str__(self) -> str:
        return str(self.side.label)

    @property
    def facts(self) -> JointFacts:
        """The row as the verbs say it."""
        return JointFacts(
            side=self.side,
            baseline=self.baseline,
            baseline_at=self.baseline_at,
            rest_score=self.rest_score,
            index_activity=self.index_activity,
            intra_articular=self.intra_articular,
        )
