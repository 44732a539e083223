"""What a message says: the protocol's text with its gaps filled, for a telephone or a mailbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from reminders.messaging.content import links
from reminders.messaging.delivery.outgoing import OutgoingMessage
from reminders.protocols import by_id, facility_policy
from reminders.rules.text import sms
from reminders.rules.text.replies import AnswerText
from reminders.rules.text.texts import WordingError, gaps
from scheduling.people.contacts import telephone
from scheduling.rules.procedure import Sedation


@dataclass(frozen=True, slots=True)
class Template:
    """One text of a protocol with the names of its gaps."""

    key: str
    text: str
    gaps: frozenset[str]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with its gaps filled; a gap without a value is a `WordingError`."""
        if not all(map(values.get, self.gaps)):
            missing = sorted(name for name in self.gaps if not values.get(name))
            raise WordingError(f"{self.key}: no value for {', '.join(missing)}")
        return self.text.format_map(values)


@lru_cache(maxsize=512)
def sms_template(protocol: int, language: str, key: str) -> Template:
    """A text message of a protocol, read once."""
    text = by_id(protocol).words(language).sms[key]
    return Template(key, text, gaps(text))


def text_message(outgoing: OutgoingMessage, values: Mapping[str, str]) -> tuple[str, str]:
    """The text and its key: one GSM-7 part, else the short text that only links."""
    template = sms_template(outgoing.protocol, outgoing.language, outgoing.sms_key)
    text = sms.normalise(template.fill(values))
    if sms.fits(text) or "link" not in values:
        return text, template.key
    short = sms_template(outgoing.protocol, outgoing.language, AnswerText.LINK_ONLY)
    return sms.normalise(short.fill(values)), short.key


def values_for(
    outgoing: OutgoingMessage, token: str, next_at: datetime | None = None, phone: str = ""
) -> dict[str, str]:
    """The values of every gap a message may have. `next_at`: when the next check-in comes.

    `phone` is the number that is answered at this hour, in E.164; without it the clinic's own.
    """
    values = dict(_visit_values(outgoing.start, outgoing.zone, outgoing.home, _arrival(outgoing)))
    values["clinic"] = outgoing.clinic
    values["phone"] = telephone(phone or outgoing.clinic_phone)
    values["n"] = str(outgoing.number or outgoing.total)
    values["N"] = str(outgoing.total)
    values["link"] = links.url(token)
    if next_at:
        values["h"] = _clock(next_at.astimezone(ZoneInfo(outgoing.zone)))
    return values


@lru_cache(maxsize=4096)
def _visit_values(
    start: datetime, zone: str, home: str, arrival: timedelta
) -> tuple[tuple[str, str], ...]:
    """Day and times by the clinic's clocks; the zone is named where the patient's differs."""
    local, arrive = (moment.astimezone(ZoneInfo(zone)) for moment in (start, start - arrival))
    elsewhere = local.utcoffset() != start.astimezone(ZoneInfo(home)).utcoffset()
    name = f" {local.tzname()}" if elsewhere else ""
    return (
        ("day", f"{local:%a} {local.month}/{local.day}"),
        ("date", f"{local:%A, %B} {local.day}, {local.year}"),
        ("time", _clock(local) + name),
        ("arr", _clock(arrive) + name),
    )


def _clock(local: datetime) -> str:
    """`10:30 AM`."""
    return f"{local.hour % 12 or 12}:{local:%M %p}"


def _arrival(outgoing: OutgoingMessage) -> timedelta:
    return _arrivals(outgoing.protocol, outgoing.policy, outgoing.sedation)


@lru_cache(maxsize=4096)
def _arrivals(protocol: int, overrides: str, sedation: str) -> timedelta:
    return facility_policy(protocol, overrides).arrival(Sedation(sedation))
