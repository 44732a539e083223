"""Forms about an order: what the physician wants done."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from scheduling.forms.fields import DayField, LineField, MomentField, WordChoiceField
from scheduling.models import Order, Premedication
from scheduling.people import visible
from scheduling.policy import regimens
from scheduling.rules.procedure import (
    Agent,
    Block,
    Drug,
    Guidance,
    HoldDecision,
    Intent,
    Sedation,
    Side,
    Target,
)
from scheduling.staff import User

FACTS = ("side", "intent", "block", "target", "guidance", "sedation", "premedication")


class _PhysicianField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("queryset", get_user_model().objects.none())
        kwargs.setdefault("empty_label", "Choose")
        kwargs.setdefault("error_messages", {"required": "Choose who ordered it."})
        super().__init__(**kwargs)

    def label_from_instance(self, physician: Any) -> str:
        return str(physician.display_name)


class _FactsForm(forms.Form):
    """The facts that decide booking, preparation and reading. The side is never preset."""

    side = WordChoiceField(
        Side, help_text="As the physician ordered it. Bilateral is both, scored apart."
    )
    intent = WordChoiceField(Intent, help_text="Diagnostic: to learn. Therapeutic: to treat.")
    block = WordChoiceField(
        Block, label="Block number", help_text="Diagnostic orders number their block."
    )
    target = WordChoiceField(Target)
    guidance = WordChoiceField(Guidance)
    sedation = WordChoiceField(
        Sedation, help_text="For a diagnostic block: none, if at all possible."
    )
    premedication = WordChoiceField(
        Premedication,
        menu=True,
        label="Contrast premedication",
        initial=Premedication.NONE,
        help_text="; ".join(regimen.title for regimen in regimens().values()).capitalize() + ".",
    )


class OrderForm(_FactsForm):
    """The facts, and who ordered them."""

    field_order = ["physician"]
    physician = _PhysicianField(
        label="Ordering physician", help_text="Physicians who work at a location of yours."
    )

    def __init__(self, data: Any = None, *, by: User, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.fields["physician"].queryset = visible.physicians(by)  # type: ignore[attr-defined]


class AmendForm(_FactsForm):
    """The same facts again, and why they change."""

    field_order = ["why"]
    why = LineField(label="Why the order changes", max_length=200)

    def __init__(self, order: Order, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(order, name) for name in FACTS})


class AgentForm(forms.Form):
    """One agent drawn up for one joint; an empty row is no agent."""

    drug = WordChoiceField(Drug, menu=True, required=False)
    concentration = forms.DecimalField(
        label="Strength, %", required=False, min_value=0.001, max_digits=5, decimal_places=3
    )
    volume = forms.DecimalField(
        label="Volume, mL", required=False, min_value=0.01, max_digits=5, decimal_places=2
    )
    dose = forms.DecimalField(
        label="Dose, mg", required=False, min_value=0.01, max_digits=7, decimal_places=2
    )
    preservative_free = forms.TypedChoiceField(
        label="Preservative free",
        choices=[("", "Not known"), ("yes", "Yes"), ("no", "No")],
        coerce=lambda word: word == "yes",
        empty_value=None,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or {}
        amounts = ("concentration", "volume", "dose")
        if not facts.get("drug") and any(facts.get(amount) for amount in amounts):
            raise ValidationError({"drug": "Name the drug these amounts belong to."})
        return facts

    def agent(self) -> Agent | None:
        facts = self.cleaned_data
        if not facts.get("drug"):
            return None
        amounts = {
            name: None if facts[name] is None else float(facts[name])
            for name in ("concentration", "volume", "dose")
        }
        return Agent(facts["drug"], preservative_free=facts["preservative_free"], **amounts)


class AgentRows(forms.BaseFormSet):  # type: ignore[type-arg]
    """The agents of one order or one injection."""

    def agents(self) -> list[Agent]:
        return [agent for form in self.forms if (agent := form.agent())]


AgentFormSet = forms.formset_factory(
    AgentForm, formset=AgentRows, extra=0, min_num=4, max_num=8, absolute_max=8
)


def agent_rows(lines: Iterable[Any], data: Any = None) -> AgentRows:
    """Rows prefilled with these agent lines, blank ones after them."""
    initial = [
        {
            "drug": line.drug,
            "concentration": line.concentration,
            "volume": line.volume,
            "dose": line.dose,
            "preservative_free": {True: "yes", False: "no"}.get(line.preservative_free, ""),
        }
        for line in lines
    ]
    return cast(AgentRows, AgentFormSet(data, initial=initial, prefix="agents"))


class WithdrawOrderForm(forms.Form):
    why = LineField(label="Why the order is withdrawn", max_length=200)


class CosignForm(forms.Form):
    """What was read is signed: the order as it was entered at `seen`."""

    seen = forms.DateTimeField(widget=forms.HiddenInput)


class DeclineForm(CosignForm):
    why = LineField(label="Why it is declined", max_length=200)


class AnticoagulantForm(forms.Form):
    """A physician's signed decision about a blood thinner; without a hold, patients go on."""

    decision = WordChoiceField(HoldDecision)
    drug = LineField(label="Blood thinner", max_length=60)
    prescriber = LineField(label="Prescriber who agreed", max_length=80)
    last_dose_at = MomentField(label="Last dose before the injection", required=False)
    restart_on = DayField(label="Start again on", required=False)
