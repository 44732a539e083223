"""The forms of the sandbox's pages."""

from datetime import datetime, timedelta

from django import forms

from clinic.demo.sandbox.agenda import next_event
from clinic.demo.sandbox.carrier import LONGEST_BODY
from clinic.demo.sandbox.models import Faults, Unreachable


class PhoneAnswerForm(forms.Form):
    """A text as the patient types it."""

    body = forms.CharField(
        label="Text as the patient",
        max_length=LONGEST_BODY,
        error_messages={"required": "Type a text first, or press one of the quick answers."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "send"}),
    )


class HandsetForm(forms.Form):
    """Whether texts reach this telephone."""

    unreachable = forms.ChoiceField(
        label="This telephone",
        choices=[("", "Takes texts"), *Unreachable.choices()],
        required=False,
    )


class FaultsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    class Meta:
        model = Faults
        fields = (
            "slow_ms",
            "failing_percent",
            "throttled_percent",
            "duplicate_receipts",
            "shuffle_receipts",
            "carrier_down",
            "smtp_down",
        )

    def clean(self) -> dict[str, object]:
        """Refuse shares that make more than one hundred, and too long a delay."""
        said = super().clean() or {}
        shares = ("failing_percent", "throttled_percent")
        if sum(said.get(share) or 0 for share in shares) > 100:
            self.add_error("throttled_percent", "With the 500s this makes more than 100 %.")
        if (said.get("slow_ms") or 0) > 60_000:
            self.add_error("slow_ms", "At most 60000 (a minute).")
        return said


class TravelForm(forms.Form):
    """How far the clock shall move."""

    STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
    to = forms.ChoiceField(
        choices=[("event", "To the next event"), ("hour", "+1 hour"), ("day", "+1 day")],
        error_messages={
            "required": "Choose how far: event, hour or day.",
            "invalid_choice": "Choose how far: event, hour or day.",
        },
    )

    def target(self, now: datetime) -> datetime | None:
        """The moment to move to; None when nothing lies ahead."""
        step = self.STEPS.get(self.cleaned_data["to"])
        if step:
            return now + step
        event = next_event(now)
        return event.at if event else None
