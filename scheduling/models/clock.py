"""The clock of the demonstration."""

from datetime import timedelta

from django.db import models


class DemoClock(models.Model):
    """One row: how far the demonstration's time runs ahead. Read only in demo mode."""

    offset = models.DurationField(default=timedelta)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_demo_clock"),
            models.CheckConstraint(
                condition=models.Q(offset__gte=timedelta()), name="demo_clock_never_runs_back"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offset} ahead"
