"""The state of one run: who is in it, how its time passes, and what was done so far."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from clinic.accounts.models import User
from clinic.demo.pathway.log import ScenarioLog
from clinic.demo.pathway.options import PathwayOptions
from clinic.demo.pathway.patient import PatientClient, ScenarioStopped
from clinic.demo.sandbox import timemachine
from clinic.demo.sandbox.models import Journey
from clinic.demo.sandbox.tasks import travel
from reminders.followup import responses
from reminders.models import AnswerChannel, InboundText, Review, Survey
from reminders.rules.response.classifier import Response
from scheduling import clock
from scheduling.models import Injection, Location
from scheduling.rules.procedure import Side

JOURNEY_TIMEOUT_S = 120  # seconds for one journey
SHORTLY = timedelta(seconds=5)  # enough for what is due at once
MINUTE = timedelta(minutes=1)


@dataclass
class Scenario:
    """One run. `given` are the scores as they were given: minute, channel, scores."""

    options: PathwayOptions
    place: Location
    staff: Mapping[str, User]
    log: ScenarioLog
    patient: PatientClient
    injection: Injection
    given: list[tuple[int, AnswerChannel, Mapping[Side, int]]] = field(default_factory=list)
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None

    def until(self, moment: datetime) -> None:
        """Let time pass, event by event, in a worker; record what happens."""
        now = clock.now()
        if moment > now:
            journey = timemachine.start_journey(moment, now)
            travel.delay(journey.pk)
            wait(lambda: self.arrived(journey.pk), "the clock to arrive")
        self.log.catch_up()

    def arrived(self, journey: int) -> bool:
        self.log.catch_up()
        row = Journey.objects.get(pk=journey)
        if row.failure:
            raise ScenarioStopped(f"The time machine stopped: {row.failure}")
        return row.ended_at is not None

    def write(self, body: str, sender: str = "") -> None:
        """The patient, or another telephone, texts; wait until the clinic has answered."""
        sent = self.patient.text(body, clock.now(), sender)
        heard = InboundText.objects.filter(provider_id=sent.sid)
        wait(heard.exists, "the clinic to receive a text")
        self.until(clock.now() + SHORTLY)

    def record(self, words: str) -> None:
        self.log.catch_up()
        self.log.record(clock.now(), "staff", words)

    def give(self, minute: int, channel: AnswerChannel, scores: Mapping[Side, int]) -> None:
        """Remember an answer, to compare the diary with it at the end."""
        self.given.append((minute, channel, scores))

    def spoken(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.place.zone)):%a %-d %b %H:%M}"

    def at(self, *, days_before: int, at: clock_time) -> datetime:
        """A wall-clock time of the clinic, counted in days before the visit."""
        zone = ZoneInfo(self.place.zone)
        day = self.injection.start.astimezone(zone).date() - timedelta(days=days_before)
        return datetime.combine(day, at, zone)

    def survey(self, minute: int) -> Survey:
        """The check-in nearest to that minute."""
        moment = self.injection.needle_out + minute * MINUTE
        rows = Survey.objects.filter(
            injection=self.injection, due_at__gte=self.injection.needle_out
        )
        return min(rows, key=lambda row: abs(row.due_at - moment))

    def responses(self) -> tuple[Response, ...]:
        """The answers as they are read now."""
        return responses.responses_of(self.injection)

    def signed(self) -> list[Review]:
        return list(Review.objects.filter(injection=self.injection).order_by("side"))


def wait(done: Callable[[], bool], what: str) -> None:
    """Wait until `done` says so; after `JOURNEY_TIMEOUT_S` raise `ScenarioStopped`."""
    limit = time.monotonic() + JOURNEY_TIMEOUT_S
    while not done():
        if time.monotonic() > limit:
            raise ScenarioStopped(f"Waited {JOURNEY_TIMEOUT_S} s in vain for {what}.")
        time.sleep(0.2)
