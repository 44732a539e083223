"""The scenes in order: staff act through the verbs, the patient by phone and browser."""

from collections.abc import Mapping
from datetime import time as clock_time
from datetime import timedelta

from clinic.demo.pathway.opening import part_of
from clinic.demo.pathway.play import MINUTE, SHORTLY, Play
from clinic.demo.pathway.script import MORNING
from clinic.demo.sandbox import stories
from reminders.followup import reviews, surveys
from reminders.models import AnswerChannel, Context, EnteredBy
from reminders.rules.response import notation
from scheduling import bookings, clock
from scheduling.finding import finder
from scheduling.rules.procedure import Side

IN_CLINIC = 44  # minutes after T0 until which the nurse asks and types
AFTER = timedelta(minutes=2)  # the patient answers this long after being asked
EVENING = timedelta(hours=10)  # after T0, when the late patient fills everything in
AFTERMATH = timedelta(days=16)  # after T0, when the last check-in of a block has been asked for


def perform(play: Play) -> None:
    """Everything from the reminder to the end."""
    prepare(play)
    if play.cancelled_at:
        return play.until(play.cancelled_at + timedelta(days=4))
    procedure(play)
    diary(play)
    review(play)
    play.until(play.injection.needle_out + AFTERMATH)


def prepare(play: Play) -> None:
    """The weeks before: reminders, and what the patient makes of them."""
    play.until(play.at(days_before=3, at=clock_time(10, 5)))
    if play.script.move:
        play.write("R")
        move(play)
        play.until(play.at(days_before=3, at=clock_time(10, 5)))
    if play.script.cancel:
        return cancel(play)
    play.write("C")
    play.until(play.injection.start - timedelta(minutes=30))


def move(play: Play) -> None:
    """Staff phone and find a time a week later."""
    now, order = clock.now(), play.injection.order
    after = play.injection.start + timedelta(days=7)
    opening = finder.find(order=order, location=play.place, after=after, now=now, count=1)[0]
    bookings.move(
        injection=play.injection,
        start=opening.start,
        resources=opening.resources,
        by=play.staff["desk"],
        at=now,
    )
    play.injection.refresh_from_db()
    play.tell(f"Visit moved to {play.spoken(opening.start)}")


def cancel(play: Play) -> None:
    play.cancelled_at = clock.now()
    bookings.cancel(
        injection=play.injection,
        why="Patient is travelling",
        by=play.staff["desk"],
        at=play.cancelled_at,
    )
    play.tell("Visit cancelled")


def procedure(play: Play) -> None:
    """The patient comes; baseline, needle, T0."""
    part = part_of(play.script)
    bookings.arrive(injection=play.injection, by=play.staff["nurse"], at=clock.now())
    play.tell("Patient arrived")
    play.until(play.injection.start + stories.STAY + MINUTE)
    stories.complete(part, play.injection, play.staff["physician"], clock.now())
    play.injection.refresh_from_db()
    said = ", ".join(f"{side.value} {score}" for side, score in play.script.baselines.items())
    play.tell(f"Injection done, T0 {play.spoken(play.injection.needle_out)}; baseline {said}")
    play.until(clock.now() + SHORTLY)


def diary(play: Play) -> None:
    """The scores at their times; a text STOP where the script says so."""
    moments = [(asked(play, minute), scores) for minute, scores in play.script.scores]
    stop = play.script.stop_at
    for minute, scores in moments:
        if stop is not None and minute > stop and not play.stopped_at:
            opt_out(play, stop)
        if minute <= IN_CLINIC:
            typed(play, minute, scores)
        elif not play.script.late:
            answered(play, minute, scores)
    if stop is not None and not play.stopped_at:
        opt_out(play, stop)
    if play.script.late:
        answered_late(play, [each for each in moments if each[0] > IN_CLINIC])


def asked(play: Play, minute: int) -> int:
    """The next morning's score is given when it is asked for, whatever hour the script says."""
    if minute < MORNING[0]:
        return minute
    return (play.survey(minute).due_at - play.injection.needle_out) // MINUTE


def typed(play: Play, minute: int, scores: Mapping[Side, int]) -> None:
    """The nurse repeats the examination and types the scores in."""
    play.until(play.injection.needle_out + minute * MINUTE + MINUTE)
    surveys.answer(
        survey=play.survey(minute),
        scores=scores,
        context=Context.MOVEMENT,
        activity_done=True,
        observed_at=play.injection.needle_out + minute * MINUTE,
        channel=AnswerChannel.VISIT,
        entered_by=EnteredBy.STAFF,
        by=play.staff["nurse"],
        at=clock.now(),
        reexam=True,
    )
    play.give(minute, AnswerChannel.VISIT, scores)
    play.tell(f"Nurse notes {told(scores)} at {notation.spoken(minute)}")


def answered(play: Play, minute: int, scores: Mapping[Side, int]) -> None:
    """By text for one joint on the first day, else by the page; after STOP by the page only."""
    play.until(play.injection.needle_out + minute * MINUTE + AFTER)
    if play.script.by_link or play.stopped_at or minute >= MORNING[0]:
        play.hands.check_in(dict(scores))
        play.teller.tell(clock.now(), "link", f"{told(scores)} at {notation.spoken(minute)}")
        play.give(minute, AnswerChannel.LINK, scores)
    else:
        play.write(str(scores[play.script.side]))
        play.give(minute, AnswerChannel.SMS, scores)


def answered_late(play: Play, moments: list[tuple[int, Mapping[Side, int]]]) -> None:
    """In the evening the patient fills in what was missed, naming the times."""
    play.until(play.injection.needle_out + EVENING)
    for minute, scores in moments:
        felt = play.injection.needle_out + minute * MINUTE
        play.hands.check_in(dict(scores), play.survey(minute).slot, felt)
        play.give(minute, AnswerChannel.LINK, scores)
        play.teller.tell(clock.now(), "link", f"{told(scores)} for {notation.spoken(minute)}, late")


def opt_out(play: Play, minute: int) -> None:
    play.until(play.injection.needle_out + minute * MINUTE + AFTER)
    play.write("STOP")
    play.stopped_at = clock.now()


def review(play: Play) -> None:
    """The next day at noon a physician reads and signs each joint."""
    play.until(play.at(days_before=-1, at=clock_time(12)))
    for response in play.responses():
        reviews.sign(
            injection=play.injection,
            side=response.side,
            decided=response.label,
            override_reason="",
            remark="",
            by=play.staff["physician"],
            at=clock.now(),
        )
        label = response.label.label
        play.tell(f"Physician signs: {response.side.value} {label}")


def told(scores: Mapping[Side, int]) -> str:
    return ", ".join(f"{side.value} {score}" for side, score in scores.items())
