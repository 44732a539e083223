"""The type of whoever acts: a member of staff, as AUTH_USER_MODEL names it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import _User as User  # the type checker reads the setting
else:
    from django.contrib.auth.models import AbstractUser as User

__all__ = ["User"]
