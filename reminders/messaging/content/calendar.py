"""The calendar entry that goes with an e-mail: one UID a visit for ever, a SEQUENCE that grows.

Written out here, because building it from objects costs more than the rest of an e-mail; the tests
read it back with the icalendar library, which also makes the time zones.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone

from scheduling.rules.procedure import InjectionState

SUMMARY = "Clinic visit"  # neutral: calendars are shared and synchronised
FOLD = 75  # octets a line (RFC 5545)


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit in a calendar. Times are aware; addresses are plain e-mail addresses."""

    uid: str
    revision: int
    cancelled: bool
    start: datetime
    end: datetime
    zone: str
    place: str
    organiser: str
    attendee: str

    @property
    def method(self) -> str:
        return "CANCEL" if self.cancelled else "REQUEST"


def is_cancelled(state: str) -> bool:
    """Whether a visit in this state has left the calendar."""
    return state == InjectionState.CANCELLED


def text(entry: Entry, now: datetime) -> str:
    """The calendar as text with CRLF line ends. A cancel counts as one more change."""
    lines = (
        "BEGIN:VCALENDAR",
        "PRODID:-//Blockwise//Visits//EN",
        "VERSION:2.0",
        f"METHOD:{entry.method}",
        zone_text(entry.zone, entry.start.year),
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        f"SEQUENCE:{entry.revision + entry.cancelled}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID={entry.zone}:{_wall(entry.start, entry.zone)}",
        f"DTEND;TZID={entry.zone}:{_wall(entry.end, entry.zone)}",
        f"SUMMARY:{SUMMARY}",
        fold(f"LOCATION:{escape(entry.place)}"),
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        fold(f"ORGANIZER:mailto:{entry.organiser}"),
        fold(f"ATTENDEE;RSVP=FALSE:mailto:{entry.attendee}"),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines)


def _wall(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


@lru_cache(maxsize=512)
def zone_text(zone: str, year: int) -> str:
    """The VTIMEZONE of a zone, for this year and the next."""
    made = Timezone.from_tzid(zone, first_date=date(year, 1, 1), last_date=date(year + 2, 1, 1))
    return str(made.to_ical().decode()).rstrip("\r\n")


def escape(value: str) -> str:
    """Commas, semicolons, backslashes and line ends as a calendar writes them."""
    plain = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n")


def fold(line: str) -> str:
    """A long line in pieces of at most 75 octets, never cutting a character."""
    if len(line) <= FOLD and line.isascii():
        return line
    pieces, piece, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > FOLD:
            pieces.append(piece)
            piece, size = " ", 1
        piece += character
        size += width
    return "\r\n".join([*pieces, piece])
