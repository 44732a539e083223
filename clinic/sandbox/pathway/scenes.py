"""The play, scene after scene: staff act through the verbs, the patient by phone and browser."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from clinic.accounts.models import User
from clinic.sandbox import stories, timemachine
from clinic.sandbox.cast import CLEAR, ZONE, Part, Story
from clinic.sandbox.models import Journey
from clinic.sandbox.pathway.patient import Hands, Stuck
from clinic.sandbox.pathway.script import MORNING, Script
from clinic.sandbox.pathway.teller import Teller
from clinic.sandbox.tasks import travel
from reminders.followup import responses, reviews, surveys
from reminders.models import AnswerChannel, Context, EnteredBy, InboundText, Review, Survey
from reminders.rules import notation
from reminders.rules.response import Response
from scheduling import bookings, clock, finder
from scheduling.models import Injection, Location
from scheduling.rules.procedure import AgentClass, Intent, Side

OPENING = clock_time(10)  # the play begins on a Monday at ten
AHEAD = 15  # days from booking to the visit: every step has room
IN_CLINIC = 44  # minutes after T0 until which the nurse asks and types
AFTER = timedelta(minutes=2)  # the patient answers this long after being asked
PATIENCE = 120  # seconds for one journey
MINUTE = timedelta(minutes=1)


@dataclass
class Play:
    """One performance. `given` are the scores as they were given: minute, channel, scores."""

    script: Script
    place: Location
    staff: Mapping[str, User]
    teller: Teller
    hands: Hands
    injection: Injection
    given: list[tuple[int, AnswerChannel, Mapping[Side, int]]] = field(default_factory=list)
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None

    def perform(self) -> None:
        """Everything from the reminder to the end."""
        self.prepare()
        if self.cancelled_at:
            return self.until(self.cancelled_at + timedelta(days=4))
        self.procedure()
        self.diary()
        self.review()
        self.until(self.injection.needle_out + timedelta(days=16))

    def prepare(self) -> None:
        """The weeks before: reminders, and what the patient makes of them."""
        self.until(self.at(days_before=3, at=clock_time(10, 5)))
        if self.script.move:
            self.write("R")
            self.move()
            self.until(self.at(days_before=3, at=clock_time(10, 5)))
        if self.script.cancel:
            return self.cancel()
        self.write("C")
        self.until(self.injection.start - timedelta(minutes=30))

    def move(self) -> None:
        """Staff phone and find a time a week later."""
        now, order = clock.now(), self.injection.order
        after = self.injection.start + timedelta(days=7)
        opening = finder.find(order=order, location=self.place, after=after, now=now, count=1)[0]
        bookings.move(
            injection=self.injection,
            start=opening.start,
            held=opening.held,
            by=self.staff["desk"],
            at=now,
        )
        self.injection.refresh_from_db()
        self.tell(f"Visit moved to {self.spoken(opening.start)}")

    def cancel(self) -> None:
        self.cancelled_at = clock.now()
        bookings.cancel(
            injection=self.injection,
            why="Patient is travelling",
            by=self.staff["desk"],
            at=self.cancelled_at,
        )
        self.tell("Visit cancelled")

    def procedure(self) -> None:
        """The patient comes; baseline, needle, T0."""
        part = part_of(self.script)
        bookings.arrive(injection=self.injection, by=self.staff["nurse"], at=clock.now())
        self.tell("Patient arrived")
        self.until(self.injection.start + stories.STAY + MINUTE)
        stories.complete(part, self.injection, self.staff["physician"], clock.now())
        self.injection.refresh_from_db()
        said = ", ".join(f"{side.value} {score}" for side, score in self.script.baselines.items())
        self.tell(f"Injection done, T0 {self.spoken(self.injection.needle_out)}; baseline {said}")
        self.until(clock.now() + timedelta(seconds=5))

    def diary(self) -> None:
        """The scores at their times; a text STOP where the script says so."""
        moments = [(self.asked(minute), scores) for minute, scores in self.script.scores]
        stop = self.script.stop_at
        for minute, scores in moments:
            if stop is not None and minute > stop and not self.stopped_at:
                self.stop(stop)
            if minute <= IN_CLINIC:
                self.typed(minute, scores)
            elif not self.script.late:
                self.answered(minute, scores)
        if stop is not None and not self.stopped_at:
            self.stop(stop)
        if self.script.late:
            self.answered_late([each for each in moments if each[0] > IN_CLINIC])

    def asked(self, minute: int) -> int:
        """The next morning's score is given when it is asked for, whatever hour the script says."""
        if minute < MORNING[0]:
            return minute
        return (self.survey(minute).due_at - self.injection.needle_out) // MINUTE

    def typed(self, minute: int, scores: Mapping[Side, int]) -> None:
        """The nurse repeats the examination and types the scores in."""
        self.until(self.injection.needle_out + minute * MINUTE + MINUTE)
        surveys.answer(
            survey=self.survey(minute),
            scores=scores,
            context=Context.MOVEMENT,
            activity_done=True,
            observed_at=self.injection.needle_out + minute * MINUTE,
            channel=AnswerChannel.VISIT,
            entered_by=EnteredBy.STAFF,
            by=self.staff["nurse"],
            at=clock.now(),
            reexam=True,
        )
        self.given.append((minute, AnswerChannel.VISIT, scores))
        self.tell(f"Nurse notes {told(scores)} at {notation.spoken(minute)}")

    def answered(self, minute: int, scores: Mapping[Side, int]) -> None:
        """By text for one joint on the first day, else by the page; after STOP by the page only."""
        self.until(self.injection.needle_out + minute * MINUTE + AFTER)
        if self.script.by_link or self.stopped_at or minute >= MORNING[0]:
            self.hands.check_in(dict(scores))
            self.teller.tell(clock.now(), "link", f"{told(scores)} at {notation.spoken(minute)}")
            self.given.append((minute, AnswerChannel.LINK, scores))
        else:
            self.write(str(scores[self.script.side]))
            self.given.append((minute, AnswerChannel.SMS, scores))

    def answered_late(self, moments: list[tuple[int, Mapping[Side, int]]]) -> None:
        """In the evening the patient fills in what was missed, naming the times."""
        self.until(self.injection.needle_out + timedelta(hours=10))
        for minute, scores in moments:
            felt = self.injection.needle_out + minute * MINUTE
            self.hands.check_in(dict(scores), self.survey(minute).slot, felt)
            self.given.append((minute, AnswerChannel.LINK, scores))
            self.teller.tell(
                clock.now(), "link", f"{told(scores)} for {notation.spoken(minute)}, late"
            )

    def stop(self, minute: int) -> None:
        self.until(self.injection.needle_out + minute * MINUTE + AFTER)
        self.write("STOP")
        self.stopped_at = clock.now()

    def review(self) -> None:
        """The next day at noon a physician reads and signs each joint."""
        self.until(self.at(days_before=-1, at=clock_time(12)))
        for response in self.responses():
            reviews.sign(
                injection=self.injection,
                side=response.side,
                decided=response.label,
                override_reason="",
                remark="",
                by=self.staff["physician"],
                at=clock.now(),
            )
            label = response.label.label
            self.tell(f"Physician signs: {response.side.value} {label}")

    def responses(self) -> tuple[Response, ...]:
        """The answers as they are read now."""
        return responses.read(self.injection)

    def signed(self) -> list[Review]:
        return list(Review.objects.filter(injection=self.injection).order_by("side"))

    def survey(self, minute: int) -> Survey:
        """The check-in nearest to that minute."""
        moment = self.injection.needle_out + minute * MINUTE
        rows = Survey.objects.filter(
            injection=self.injection, due_at__gte=self.injection.needle_out
        )
        return min(rows, key=lambda row: abs(row.due_at - moment))

    def write(self, body: str) -> None:
        """The patient texts; wait until the clinic has heard and answered."""
        sent = self.hands.text(body, clock.now())
        heard = InboundText.objects.filter(provider_id=sent.sid)
        wait(heard.exists, "the clinic to hear a text")
        self.until(clock.now() + timedelta(seconds=5))

    def until(self, moment: datetime) -> None:
        """Let time pass, event by event, in a worker; tell what happens."""
        now = clock.now()
        if moment > now:
            journey = timemachine.set_out(moment, now)
            travel.delay(journey.pk)
            wait(lambda: self.arrived(journey.pk), "the clock to arrive")
        self.teller.catch_up()

    def arrived(self, journey: int) -> bool:
        self.teller.catch_up()
        row = Journey.objects.get(pk=journey)
        if row.failure:
            raise Stuck(f"The time machine stopped: {row.failure}")
        return row.ended_at is not None

    def at(self, *, days_before: int, at: clock_time) -> datetime:
        """A wall-clock time of the clinic, counted in days before the visit."""
        zone = ZoneInfo(self.place.zone)
        day = self.injection.start.astimezone(zone).date() - timedelta(days=days_before)
        return datetime.combine(day, at, zone)

    def tell(self, words: str) -> None:
        self.teller.catch_up()
        self.teller.tell(clock.now(), "staff", words)

    def spoken(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZoneInfo(self.place.zone)):%a %-d %b %H:%M}"


def told(scores: Mapping[Side, int]) -> str:
    return ", ".join(f"{side.value} {score}" for side, score in scores.items())


def wait(done: Callable[[], bool], what: str) -> None:
    """Look until it is done, as long as `PATIENCE` allows."""
    limit = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > limit:
            raise Stuck(f"Waited {PATIENCE} s in vain for {what}.")
        time.sleep(0.2)


def part_of(script: Script) -> Part:
    """The person of the play."""
    steroid = any(agent.agent_class is AgentClass.STEROID for agent in script.agents)
    return Part(
        family="Pathway",
        given="Penny",
        born=date(1966, 5, 4),
        line=150,
        story=Story.BOOKED,
        side=script.side,
        intent=Intent.BOTH if steroid else Intent.DIAGNOSTIC,
        agents=script.agents,
        days=AHEAD,
        zone=ZONE,
        screening=dict(CLEAR),
        baseline=dict(script.baselines),
    )


def first_monday(now: datetime) -> datetime:
    """The next Monday at ten that is at least a day ahead."""
    local = now.astimezone(ZoneInfo(ZONE)) + timedelta(days=1)
    day = local.date() + timedelta(days=-local.weekday() % 7)
    found = datetime.combine(day, OPENING, ZoneInfo(ZONE))
    return found if found > local else found + timedelta(days=7)
