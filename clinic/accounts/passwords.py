"""How an administrator lets somebody in: an invitation, or a password good for one sign-in."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db import transaction

from clinic.accounts.models import User
from clinic.accounts.tasks import wake_to_tell_of_password


class NewStaffForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new member of staff, who chooses a password by a link: nobody else ever knows it."""

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "credential", "email", "role", "locations")
        help_texts = {
            "email": "A link by which they choose a password goes there: once, within three days. "
            "Who has no address gets a printed one: manage.py invite"
        }

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit=False)
        user.set_unusable_password()
        if commit:
            user.save()
        return user


class OthersPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A password that two people know: at the next sign-in its owner chooses another."""

    def save(self, commit: bool = True) -> Any:
        user = super().save(commit=False)
        user.must_change_password = True
        if commit:
            user.save()
            transaction.on_commit(lambda: wake_to_tell_of_password(user.pk))
        return user
