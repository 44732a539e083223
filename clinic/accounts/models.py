"""Staff."""

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models

from scheduling.fields import WordField
from scheduling.rules.procedure import Word


class Role(Word):
    DESK = "desk"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    ADMINISTRATOR = "administrator"


@pghistory.track(append_only=True, exclude=["password", "last_login"])
class User(AbstractUser):
    """A member of staff with one role; what a role may open stands in clinic/roles.py."""

    role = WordField(Role, default=Role.DESK)
    credential = models.CharField(max_length=20, blank=True, help_text="Shown behind the name: MD")

    @property
    def display_name(self) -> str:
        name = self.get_full_name() or self.username
        return f"{name}, {self.credential}" if self.credential else name
