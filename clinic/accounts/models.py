"""Staff."""

from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from scheduling.fields import WordField
from scheduling.rules.procedure import Word


class Role(Word):
    DESK = "desk"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    ADMINISTRATOR = "administrator"


class Staff(UserManager["User"]):
    use_in_migrations = False

    def create_superuser(self, *args: Any, **fields: Any) -> "User":
        """The first administrator; `manage.py createsuperuser` asks for no role."""
        return super().create_superuser(*args, **{"role": Role.ADMINISTRATOR} | fields)


@pghistory.track(append_only=True, exclude=["password", "last_login"])
class User(AbstractUser):
    """A member of staff with one role; what a role may open stands in clinic/roles.py."""

    role = WordField(Role, default=Role.DESK)
    credential = models.CharField(max_length=20, blank=True, help_text="Shown behind the name: MD")

    objects: ClassVar[Staff] = Staff()

    @property
    def display_name(self) -> str:
        name = self.get_full_name() or self.username
        return f"{name}, {self.credential}" if self.credential else name
