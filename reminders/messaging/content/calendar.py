"""The calendar entry that goes with an e-mail: one UID a visit for ever, a SEQUENCE that grows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from scheduling.rules.procedure import InjectionState

SUMMARY = "Clinic visit"  # neutral: calendars are shared and synchronised


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
    """The calendar as text with CRLF line ends."""
    calendar = Calendar()
    calendar.add("prodid", "-//Blockwise//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", entry.method)
    calendar.add_component(_timezone(entry.zone, entry.start.year))
    calendar.add_component(_event(entry, now))
    lines: bytes = calendar.to_ical()
    return lines.decode()


def _event(entry: Entry, now: datetime) -> Event:
    """The visit by the clinic's clocks. A cancel counts as one more change."""
    zone = ZoneInfo(entry.zone)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.revision + entry.cancelled)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", entry.start.astimezone(zone))
    event.add("dtend", entry.end.astimezone(zone))
    event.add("summary", SUMMARY)
    event.add("location", " ".join(entry.place.split()))  # a lone CR would begin a line of its own
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", f"mailto:{entry.organiser}")
    event.add("attendee", f"mailto:{entry.attendee}", parameters={"RSVP": "FALSE"})
    return event


@lru_cache(maxsize=512)
def _timezone(zone: str, year: int) -> Timezone:
    """The VTIMEZONE of a zone, for this year and the next."""
    return Timezone.from_tzid(zone, first_date=date(year, 1, 1), last_date=date(year + 2, 1, 1))
