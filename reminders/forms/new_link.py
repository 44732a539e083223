"""What staff choose when they send a patient a new link."""

from collections.abc import Sequence
from typing import Any

from django import forms

from reminders.followup.check_ins import CheckIn
from reminders.rules.plan.eligibility import Route
from scheduling.forms.fields import LineField
from scheduling.people.contacts import telephone
from scheduling.rules.procedure import Channel

VISIT = "visit"


class NewLinkForm(forms.Form):
    """Where a new link goes, what it opens, and why; `number` tells a second press of the button.

    What it opens is asked only where there are two pages: before the visit, with a check-in open.
    """

    why = LineField(label="Reason", max_length=200, help_text="Kept with the messages; never sent.")
    number = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("channel", "opens", "why")

    def __init__(
        self,
        *args: Any,
        ways: Sequence[Route],
        check_in: CheckIn | None,
        over: bool,
        **kwargs: Any,
    ) -> None:
        self.can_send = bool(ways)
        visit = [] if over else [(VISIT, "The visit: times and what to do")]
        scores = [(check_in.slot, f"The check-in: {check_in.title}")] if check_in else []
        self.pages = visit + scores
        super().__init__(*args, **kwargs)
        self.fields["channel"] = _radios("Send it to", [(w.channel, _named(w)) for w in ways])
        if len(self.pages) > 1:
            self.fields["opens"] = _radios("It opens", self.pages)
        self.order_fields(self.field_order)

    def facts(self) -> dict[str, Any]:
        """The arguments of the verb."""
        said = dict(self.cleaned_data)
        opens = said.pop("opens", self.pages[0][0] if self.pages else VISIT)
        channel = Channel(said.pop("channel"))
        return said | {"channel": channel, "slot": "" if opens == VISIT else opens}


def _radios(label: str, choices: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    errors = {"required": "Choose one."}
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.RadioSelect, error_messages=errors
    )


def _named(way: Route) -> str:
    """`SMS to 202-555-0101`."""
    address = telephone(way.address) if way.channel is Channel.SMS else way.address
    return f"{way.channel.label} to {address}"
