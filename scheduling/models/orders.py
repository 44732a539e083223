"""What the physician wants done, and the signed decisions that go with it."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.fields import WordField
from scheduling.models.people import Patient
from scheduling.policy import regimens
from scheduling.rules.cosignature import Signature
from scheduling.rules.premedication import Dose
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
    Word,
)

TESTS = [intent.value for intent in Intent if intent.is_diagnostic]
"""The intents under which an injection is to tell something."""
BY_A_PHYSICIAN = [Signature.SIGNED.value, Signature.DECLINED.value]
SIGNED_ONCE = pgtrigger.Protect(
    name="signed_once",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        "OLD.signature IN ('signed', 'declined')"
        " AND (OLD.entered_by_id, OLD.entered_at)"
        " IS NOT DISTINCT FROM (NEW.entered_by_id, NEW.entered_at)"
        " AND (OLD.signature, OLD.signature_by_id, OLD.signature_at)"
        " IS DISTINCT FROM (NEW.signature, NEW.signature_by_id, NEW.signature_at)"
    ),
)
"""A signature stands until something else is entered."""


class OrderState(Word):
    OPEN = "open"
    WITHDRAWN = "withdrawn"


class Premedication(Word):
    """Contrast premedication that may be ordered; its doses stand in booking.toml."""

    NONE = "none"
    PREDNISONE_13_7_1 = "prednisone_13_7_1"
    METHYLPREDNISOLONE_12_2 = "methylprednisolone_12_2"

    @property
    def doses(self) -> tuple[Dose, ...]:
        """What is taken when, the earliest first."""
        regimen = regimens().get(self.value)
        return regimen.doses if regimen else ()


@pghistory.track(append_only=True)
class Order(models.Model):
    """A physician's order (FHIR ServiceRequest). Side is never defaulted."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="orders")
    physician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    ordered_at = models.DateTimeField()
    state = WordField(OrderState, default=OrderState.OPEN)
    side = WordField(Side)
    intent = WordField(Intent)
    block = WordField(Block)
    target = WordField(Target)
    guidance = WordField(Guidance)
    sedation = WordField(Sedation)
    premedication = WordField(Premedication, default=Premedication.NONE, max_length=32)
    screening = models.JSONField(
        default=dict, blank=True, help_text="Answers by question; see rules/screening.py"
    )
    amended_why = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who entered what it says now",
    )
    entered_at = models.DateTimeField(null=True, blank=True)
    signature = WordField(Signature)
    signature_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The physician who signed or declined",
    )
    signature_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-ordered_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(intent="therapeutic", block="not_applicable")
                | (~Q(intent="therapeutic") & ~Q(block="not_applicable")),
                name="diagnostic_orders_number_their_block",
            ),
            models.CheckConstraint(
                condition=Q(signature__in=BY_A_PHYSICIAN)
                & Q(signature_by__isnull=False, signature_at__isnull=False)
                | ~Q(signature__in=BY_A_PHYSICIAN) & Q(signature_by=None, signature_at=None),
                name="a_signature_has_an_author_and_a_time",
            ),
            models.CheckConstraint(
                condition=Q(signature="not_asked", entered_by=None, entered_at=None)
                | ~Q(signature="not_asked") & Q(entered_at__isnull=False),
                name="an_order_says_when_it_was_entered",
            ),
            models.CheckConstraint(
                condition=~Q(signature="declined") | Q(state="withdrawn"),
                name="a_declined_order_is_withdrawn",
            ),
        ]
        triggers = [SIGNED_ONCE]

    def __str__(self) -> str:
        return f"{self.side.label} {self.intent.label.lower()} order"

    @property
    def waits_for_signature(self) -> bool:
        """Whether a physician has yet to co-sign or decline it."""
        return self.state is OrderState.OPEN and self.signature is Signature.WAITING


@pghistory.track(append_only=True)
class AgentLine(models.Model):
    """One agent, either ordered (`order`) or given (`injection`)."""

    order = models.ForeignKey(Order, models.CASCADE, null=True, blank=True, related_name="agents")
    injection = models.ForeignKey(
        "scheduling.Injection", models.CASCADE, null=True, blank=True, related_name="agents"
    )
    drug = WordField(Drug)
    concentration = models.DecimalField(
        "concentration, %", max_digits=5, decimal_places=3, null=True, blank=True
    )
    volume = models.DecimalField(
        "volume, mL", max_digits=5, decimal_places=2, null=True, blank=True
    )
    dose = models.DecimalField("dose, mg", max_digits=7, decimal_places=2, null=True, blank=True)
    preservative_free = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(order=None, injection__isnull=False)
                | Q(order__isnull=False, injection=None),
                name="agent_is_ordered_or_given",
            ),
            models.CheckConstraint(
                condition=(Q(concentration=None) | Q(concentration__gt=0))
                & (Q(volume=None) | Q(volume__gt=0))
                & (Q(dose=None) | Q(dose__gt=0)),
                name="agent_amounts_are_positive",
            ),
        ]

    def __str__(self) -> str:
        return str(self.drug.label)

    @property
    def agent(self) -> Agent:
        """The line as the rules read it; amounts as floats, None where unknown."""
        amounts = (self.concentration, self.volume, self.dose)
        percent, ml, mg = (None if amount is None else float(amount) for amount in amounts)
        return Agent(self.drug, percent, ml, mg, preservative_free=self.preservative_free)


@pghistory.track(append_only=True)
class AnticoagulantDecision(models.Model):
    """A prescriber's signed decision; without one, nobody is told to hold anything."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="anticoagulant_decisions")
    decision = WordField(HoldDecision)
    drug = models.CharField(max_length=60)
    prescriber = models.CharField(max_length=80)
    last_dose_at = models.DateTimeField(null=True, blank=True)
    restart_on = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    void = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision="hold")
                | Q(last_dose_at__isnull=False, restart_on__isnull=False),
                name="a_hold_names_last_dose_and_restart",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(void=False),
                name="one_standing_anticoagulant_decision",
            ),
        ]

    def __str__(self) -> str:
        return str(self.decision.label)
