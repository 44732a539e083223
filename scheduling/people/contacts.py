"""Numbers and addresses as people write and read them, and the one form that is kept."""

from functools import lru_cache

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from scheduling.rules.procedure import Channel


def normalise(channel: Channel, value: str) -> str:
    """An E.164 number or a lower-case e-mail address; anything else is a `ValidationError`."""
    return _email_address(value) if channel is Channel.EMAIL else e164(value)


def e164(value: str, field: str = "value") -> str:
    """The number in E.164. It has to be complete; only the carrier knows if it is in service."""
    try:
        number = phonenumbers.parse(value, settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        number = None
    complete = phonenumbers.ValidationResult.IS_POSSIBLE
    if number is None or phonenumbers.is_possible_number_with_reason(number) != complete:
        raise ValidationError(
            {field: [f"{value!r} is no complete telephone number; write it with its area code."]}
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email_address(value: str) -> str:
    """An address that every mail server takes: its domain in the form of RFC 5890."""
    name, at, domain = value.strip().lower().rpartition("@")
    if not name.isascii() or not value.strip().isprintable():
        raise ValidationError(
            {"value": ["Use plain letters before the @; few mail servers take others."]}
        )
    try:
        address = f"{name}{at}{domain.encode('idna').decode()}"
        validate_email(address)
    except (UnicodeError, ValidationError):
        raise ValidationError(
            {"value": [f"{value!r} is no e-mail address; write it as name@example.com."]}
        ) from None
    return address


@lru_cache(maxsize=4096)
def telephone(number: str) -> str:
    """A kept number as people here dial it: `202-555-0101`, from abroad `+44 20 7946 0000`.

    Without brackets, for a text message has no letter to spare. What is no international number is
    shown as it was typed.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    formats = phonenumbers.PhoneNumberFormat
    if parsed.country_code != phonenumbers.country_code_for_region(
        settings.PHONENUMBER_DEFAULT_REGION
    ):
        return phonenumbers.format_number(parsed, formats.INTERNATIONAL)
    national = phonenumbers.format_number(parsed, formats.NATIONAL)
    return national.replace("(", "").replace(") ", "-")
