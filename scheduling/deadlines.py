"""By when a person answers, or signs: what the location has set, else the shipped values."""

from datetime import datetime, timedelta

from scheduling.models import Injection
from scheduling.policy import shipped
from scheduling.rules.policy import BookingPolicy


def call_back(injection: Injection | None, at: datetime) -> datetime:
    """For a call that takes the place of a message, or that the patient asked for."""
    return at + timedelta(hours=_policy(injection).call_back_h)


def read_note(injection: Injection | None, at: datetime) -> datetime:
    """For words, or a measurement, without a sign of danger."""
    return at + timedelta(hours=_policy(injection).note_read_h)


def ask_about_flare(injection: Injection, at: datetime) -> datetime:
    """For pain that lasts longer than a flare."""
    return at + timedelta(days=_policy(injection).flare_call_days)


def sign_again(injection: Injection, at: datetime) -> datetime:
    """For what is new after a signature."""
    return at + timedelta(days=_policy(injection).signature_again_days)


def cosign(injection: Injection | None, entered_at: datetime) -> datetime:
    """For the co-signature of an order that somebody else has entered."""
    return entered_at + timedelta(hours=_policy(injection).cosign_due_h)


def _policy(injection: Injection | None) -> BookingPolicy:
    return injection.location.usable_policy if injection else shipped()
