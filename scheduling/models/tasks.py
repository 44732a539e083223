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


@pghistory.track(append_only=True)
class Task(models.Model):
    """Something a machine could not finish, with whom to phone and by when."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=80, help_text="The same cause opens a task once")
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
            models.UniqueConstraint(fields=["kind", "key"], name="one_task_a_cause"),
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
