"""Passwords that an administrator sets for somebody else: known to two, good for one sign-in."""

from typing import Any

from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.db import transaction

from clinic.accounts.tasks import wake_to_tell_of_password


class KnownToTwo:
    """A form whose password is good for one sign-in: then its owner chooses another."""

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit=False)  # type: ignore[misc]
        user.must_change_password = True
        if commit:
            user.save()
            transaction.on_commit(lambda: wake_to_tell_of_password(user.pk))
        return user


class NewStaffForm(KnownToTwo, AdminUserCreationForm):  # type: ignore[type-arg]
    """A new member of staff."""


class OthersPasswordForm(KnownToTwo, AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Somebody who cannot sign in."""
