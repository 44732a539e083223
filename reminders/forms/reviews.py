"""What a physician decides about one joint."""

from typing import Any

from django import forms

from reminders.rules.response.labels import Label
from reminders.templatetags.review import typeset
from scheduling.forms.fields import WordChoiceField, paragraph


class SignForm(forms.Form):
    """Accept the rule's label or override it with a reason."""

    decided = WordChoiceField(Label, label="Your decision")
    override_reason = forms.CharField(
        label="Reason, if you decide otherwise than the rule", required=False, max_length=400
    )
    remark = forms.CharField(label="Remark", required=False, max_length=2000, widget=paragraph(2))
    seen = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, proposed: Label, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposed = proposed
        self.fields["decided"].choices = [  # type: ignore[attr-defined]
            (word.value, typeset(word.label)) for word in Label
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        decided = said.get("decided")
        if decided and decided is not self.proposed and not said.get("override_reason", "").strip():
            self.add_error("override_reason", "Say why you decide otherwise than the rule.")
        return said
