"""Patients: who they are, how to reach them, what they agreed to, and who looked at them."""

from scheduling.people.patients import (
    LANGUAGES,
    agree,
    call_numbers,
    correct,
    likely_same,
    opt_in,
    opt_out,
    reach,
    register,
    sharing,
    withdraw,
)
from scheduling.people.searching import identified, search

__all__ = [
    "LANGUAGES",
    "agree",
    "call_numbers",
    "correct",
    "identified",
    "likely_same",
    "opt_in",
    "opt_out",
    "reach",
    "register",
    "search",
    "sharing",
    "withdraw",
]
