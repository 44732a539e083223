"""The registry of carriers: who brings text messages, by the scheme of SMS_URL."""

from importlib import import_module
from urllib.parse import SplitResult, parse_qsl

from reminders.messaging.channels.base import Carrier

# One line a carrier: its module in this package, whose `carrier` reads the address.
REGISTRY = {
    "telnyx": "telnyx",
    "twilio": "twilio",
    "sandbox": "twilio",  # the demonstration's carrier speaks Twilio's API
}


def carrier_at(address: SplitResult) -> Carrier:
    """The carrier at an address whose scheme is registered.

    Raises `ValueError` with a sentence that says how to mend the address. Only the module of the
    carrier in use is imported.
    """
    module = import_module(f"{__name__}.{REGISTRY[address.scheme]}")
    # A plus sign in a query means a space, but everyone writes a phone number's plus as it is.
    options = dict(parse_qsl(address.query.replace("+", "%2B")))
    found: Carrier = module.carrier(address, options)
    return found
