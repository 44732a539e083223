"""Which account belongs to whom at the identity provider: said by an administrator, if at all."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError

from clinic.accounts.models import User
from clinic.accounts.provider.id_token import LONGEST_SUBJECT
from clinic.accounts.provider.session import named


class LinkedStaffForm(UserChangeForm):  # type: ignore[type-arg]
    """A member of staff, and who that is at the identity provider."""

    subject = forms.CharField(
        required=False,
        max_length=LONGEST_SUBJECT,
        help_text="The claim sub of the ID token. Whoever signs in there as this subject gets this "
        "account; empty for nobody.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = _links_of(self.instance).values_list("uid", flat=True).first()
        self.fields["subject"].initial = found or ""

    def clean_subject(self) -> str:
        subject: str = self.cleaned_data["subject"]
        links = SocialAccount.objects.filter(provider=named().issuer, uid=subject)
        if other := links.exclude(user=self.instance).first():
            raise ValidationError(f"This is {other.user.username}’s; empty it there first.")
        return subject

    def link(self) -> None:
        """Keep what was said of the subject, of an account that is saved."""
        subject = self.cleaned_data["subject"]
        _links_of(self.instance).exclude(uid=subject).delete()
        if subject:
            _links_of(self.instance).get_or_create(
                uid=subject, defaults={"user": self.instance, "provider": named().issuer}
            )


def _links_of(user: User) -> Any:
    return SocialAccount.objects.filter(user=user, provider=named().issuer)
