"""Work for a person."""

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.fields import WordField
from scheduling.models.injections import Injection
from scheduling.models.people import Patient
from scheduling.rules.procedure import Word


class Queue(Word):
    """Who picks the work up."""

    DESK = "desk"
    NURSE = "nurse"
    PHYSICIAN = "physician"


class TaskKind(Word):
    """Why somebody has to act."""

    PLANNED = "planned"  # a step of the plan that a person does, or a message that did not go
    CHECK = "check"  # a booking check that opens work
    UNPLANNABLE = "unplannable"
    OTHER_SIDE = "other_side"
    LINK_LOCKED = "link_locked"
    CHANGE_WANTED = "change_wanted"
    OPTED_OUT = "opted_out"
    WRONG_NUMBER = "wrong_number"
    UNKNOWN_SENDER = "unknown_sender"
    PATIENT_NOTE = "patient_note"
    RED_FLAG = "red_flag"
    FLARE = "flare"
    PAUSED_DRUG = "paused_drug"
    NEW_DATA = "new_data"
    ASSESSMENT = "assessment"  # a value on arrival for which a physician decides
    COSIGNATURE = "cosignature"  # an order that somebody else entered
    ORDER_DECLINED = "order_declined"


OF_STEPS = [TaskKind.PLANNED.value, TaskKind.CHECK.value]


@pghistory.track(append_only=True)
class Task(models.Model):
    """Something a machine could not finish, with whom to phone and by when.

    Its cause opens it once: kind, injection, step, revision and occurrence; `key` is what these do
    not name, such as the text or the link that it is about.
    """

    kind = WordField(TaskKind)
    step = models.CharField(
        max_length=40, blank=True, help_text="Step of the protocol, or code of the booking check"
    )
    revision = models.PositiveIntegerField(
        null=True, blank=True, help_text="The revision of the injection it is about"
    )
    occurrence = models.CharField(max_length=40, blank=True, help_text="Which time of this step")
    key = models.CharField(max_length=80, blank=True, help_text="What else tells causes apart")
    queue = WordField(Queue)
    patient = models.ForeignKey(
        Patient, models.CASCADE, null=True, blank=True, related_name="tasks"
    )
    injection = models.ForeignKey(
        Injection, models.CASCADE, null=True, blank=True, related_name="tasks"
    )
    title = models.CharField(max_length=160)
    detail = models.TextField(blank=True)
    urgent = models.BooleanField(default=False)
    page = models.BooleanField(default=False, help_text="Whoever is on call is paged")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-urgent", "due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["injection", "kind", "step", "revision", "occurrence", "key"],
                nulls_distinct=False,
                name="one_task_a_cause",
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=OF_STEPS, injection__isnull=False) & ~Q(step=""))
                | (~Q(kind__in=OF_STEPS) & Q(step="", occurrence="")),
                name="planned_tasks_and_checks_name_their_step",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="a_done_task_says_what_came_of_it",
            ),
        ]
        indexes = [  # read by worklist.open_tasks
            models.Index(fields=["queue", "due_at"], condition=Q(done_at=None), name="task_open"),
        ]

    def __str__(self) -> str:
        return self.title
