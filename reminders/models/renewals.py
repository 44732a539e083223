"""Why a patient got a new link."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from reminders.models.messages import Message


class LinkRenewal(models.Model):
    """Why staff sent a new link, and who; its message says where to. Kept as it was written."""

    message = models.OneToOneField(Message, models.PROTECT, related_name="renewal")
    why = models.CharField(max_length=200, help_text="Never sent to anybody")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(why=""), name="a_new_link_has_a_reason"),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"New link {self.pk}"
