"""Members of staff and their roles."""

from typing import Any, ClassVar

import pghistory
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q

from clinic.roles import Role, permits, who_may
from scheduling.fields import WordField
from scheduling.rules.procedure import Word

__all__ = ["Installation", "Mode", "Role", "Staff", "User"]


class Mode(Word):
    """What a database is for, from its first migration on."""

    DEMO = "demo"
    PRODUCTION = "production"


class Installation(models.Model):
    """One row, written by the migration that made the table: real patients, or made-up ones."""

    mode = WordField(Mode)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_installation")]

    def __str__(self) -> str:
        return str(self.mode)


class Staff(UserManager["User"]):
    use_in_migrations = False

    def create_superuser(self, *args: Any, **fields: Any) -> "User":
        """Create an administrator; `manage.py createsuperuser` asks for no role."""
        return super().create_superuser(*args, **{"role": Role.ADMINISTRATOR} | fields)

    def who_may(self, action: str) -> models.QuerySet["User"]:
        """Those at work here whose role allows this, by name."""
        found = self.filter(role__in=who_may(action), is_active=True)
        return found.order_by("last_name", "first_name", "username")


@pghistory.track(append_only=True, exclude=["password", "last_login"])
class User(AbstractUser):
    """A member of staff with one role; what a role may open stands in clinic/roles.py."""

    role = WordField(Role, default=Role.DESK)
    credential = models.CharField(max_length=20, blank=True, help_text="Shown behind the name: MD")

    objects: ClassVar[Staff] = Staff()

    def may(self, name: str) -> bool:
        """Whether this person may open the page, or do the action, of that name."""
        return self.is_active and permits(self.role, name)

    @property
    def display_name(self) -> str:
        name = self.get_full_name() or self.username
        return f"{name}, {self.credential}" if self.credential else name
