"""The screening questions as staff ask them. Vocabulary and effects: rules/screening.py."""

from typing import Any

from django import forms

from scheduling.policy import shipped
from scheduling.rules.screening import ASKED, QUESTIONS

POLICY = shipped()

ASK = {
    "anticoagulant": "Blood thinner",
    "diabetes": "Diabetes",
    "insulin": "Uses insulin",
    "contrast_reaction": "Past reaction to contrast dye",
    "contrast_plan": "Physician's plan for the contrast reaction",
    "la_reaction": "Past reaction to a local anaesthetic",
    "la_plan": "Physician's plan for the anaesthetic reaction",
    "steroid_reaction": "Past reaction to a steroid",
    "steroid_plan": "Physician's plan for the steroid reaction",
    "pregnancy": "Pregnancy",
    "pregnancy_plan": "Physician's decision about pregnancy",
    "infection": "Fever or infection now",
    "antibiotics": "Antibiotics",
    "vaccine": "Vaccine near the day",
    "latex": "Latex allergy",
    "prone": "Lies face down for 30 minutes",
    "weight": "Weight and the table's limit",
    "nsaid": "Anti-inflammatory pain medicine",
    "glp1": "GLP-1 medicine",
    "interpreter": "Interpreter",
    "red_flag": "New leg weakness, saddle numbness, bladder or bowel change",
}
ANSWERS = {
    "unknown": "Not known yet",
    "p2y12": "Clopidogrel or another P2Y12",
    "doac": "DOAC: apixaban, rivaroxaban, …",
    "type1": "Type 1",
    "type2": "Type 2",
    "finished": f"Finished {POLICY.antibiotic_free_days} days ago or more",
    "unfinished": "Taking, or finished lately",
    "near": (
        f"Within {POLICY.vaccine_before_days} days before or {POLICY.vaccine_after_days} after"
    ),
    "can": "Yes",
    "cannot": "No",
    "recorded": "Recorded",
}


def words(answer: str) -> str:
    return ANSWERS.get(answer, answer.replace("_", " ").capitalize())


class ScreeningForm(forms.Form):
    """Answers by question. A physician's plans are asked for with `plans` alone."""

    prefix = "screening"

    def __init__(self, *args: Any, plans: bool, answers: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = answers
        for question, choices in QUESTIONS.items():
            if question.endswith("_plan") and not plans:
                continue
            self.fields[question] = forms.ChoiceField(
                label=ASK.get(question, words(question)),
                choices=[(choice, words(choice)) for choice in choices],
                initial=answers.get(question, _resting(question)),
            )

    def answers(self) -> dict[str, str]:
        """What was answered; a plan that this person may not record stays as it was."""
        kept = {question: given for question, given in self.before.items() if question in QUESTIONS}
        return kept | self.cleaned_data

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields that are asked of everybody."""
        return [self[name] for name in self.fields if name in ASKED]

    @property
    def further(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in ASKED]


def _resting(question: str) -> str:
    """The answer before anybody asked: unknown where the vocabulary has it."""
    return "unknown" if "unknown" in QUESTIONS[question] else QUESTIONS[question][0]
