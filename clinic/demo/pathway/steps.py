"""The steps in order: staff act through the verbs, the patient by telephone and browser."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from datetime import time as clock_time

from clinic.demo.pathway.options import MORNING
from clinic.demo.pathway.scenario import MINUTE, SHORTLY, Scenario
from clinic.demo.pathway.start import demo_patient
from clinic.demo.sandbox import demo_patients
from reminders.followup import reviews, surveys
from reminders.models import Alert, AnswerChannel, Context, EnteredBy, PageSays
from reminders.rules.response import notation
from scheduling import bookings, clock
from scheduling.finding import finder
from scheduling.rules.procedure import Channel, Side

AN_HOUR = timedelta(hours=1)
IN_CLINIC = 44  # minutes after T0 until which the nurse asks and types
AFTER = timedelta(minutes=2)  # the patient answers this long after being asked
EVENING = timedelta(hours=10)  # after T0, when the late patient fills everything in
AFTERMATH = timedelta(days=16)  # after T0, when the last check-in of a block has been asked for


def run_scenario(scenario: Scenario) -> None:
    """Everything from the reminder to the end."""
    prepare(scenario)
    if scenario.cancelled_at:
        return scenario.until(scenario.cancelled_at + timedelta(days=4))
    if scenario.options.abort:
        return aborted(scenario)
    procedure(scenario)
    diary(scenario)
    review(scenario)
    scenario.until(scenario.injection.needle_out + AFTERMATH)


def prepare(scenario: Scenario) -> None:
    """The weeks before: reminders, and the patient's replies to them."""
    scenario.until(scenario.at(days_before=3, at=clock_time(10, 5)))
    if scenario.options.move:
        scenario.write("R")
        move(scenario)
        scenario.until(scenario.at(days_before=3, at=clock_time(10, 5)))
    if scenario.options.cancel:
        return cancel(scenario)
    scenario.write("C")
    scenario.until(scenario.injection.start - timedelta(minutes=30))


def move(scenario: Scenario) -> None:
    """Staff phone and find a time a week later."""
    now, order = clock.now(), scenario.injection.order
    after = scenario.injection.start + timedelta(days=7)
    opening = finder.find(order=order, location=scenario.place, after=after, now=now, count=1)[0]
    bookings.move(
        injection=scenario.injection,
        start=opening.start,
        resources=opening.resources,
        by=scenario.staff["desk"],
        at=now,
    )
    scenario.injection.refresh_from_db()
    scenario.record(f"Visit moved to {scenario.spoken(opening.start)}")


def cancel(scenario: Scenario) -> None:
    scenario.cancelled_at = clock.now()
    bookings.cancel(
        injection=scenario.injection,
        why="Patient is travelling",
        by=scenario.staff["desk"],
        at=scenario.cancelled_at,
    )
    scenario.record("Visit cancelled")


def procedure(scenario: Scenario) -> None:
    """The patient arrives; baseline, injection and T0 are recorded."""
    person = demo_patient(scenario.options)
    bookings.arrive(injection=scenario.injection, by=scenario.staff["nurse"], at=clock.now())
    scenario.record("Patient arrived")
    bookings.assess(
        injection=scenario.injection,
        systolic=128,
        diastolic=76,
        by=scenario.staff["nurse"],
        at=clock.now(),
    )
    scenario.until(scenario.injection.start + demo_patients.STAY + MINUTE)
    demo_patients.complete(person, scenario.injection, scenario.staff["physician"], clock.now())
    scenario.injection.refresh_from_db()
    said = ", ".join(f"{side.value} {score}" for side, score in scenario.options.baselines.items())
    scenario.record(
        f"Injection done, T0 {scenario.spoken(scenario.injection.needle_out)}; baseline {said}"
    )
    scenario.until(clock.now() + SHORTLY)


def aborted(scenario: Scenario) -> None:
    """The patient faints before the needle is in: no score, a question the next day."""
    bookings.arrive(injection=scenario.injection, by=scenario.staff["nurse"], at=clock.now())
    scenario.until(scenario.injection.start + MINUTE)
    bookings.abort(
        injection=scenario.injection,
        why="Vasovagal reaction",
        sedation=scenario.injection.order.sedation,
        by=scenario.staff["physician"],
        at=clock.now(),
    )
    scenario.injection.refresh_from_db()
    scenario.record("Injection stopped before its end")
    scenario.until(clock.now() + SHORTLY)
    if scenario.options.red_flag:
        warn(scenario, clock.now() + AN_HOUR)
    scenario.until(clock.now() + timedelta(days=2))


def warn(scenario: Scenario, at: datetime) -> None:
    """The patient texts a warning sign; the first on call is silent, the second takes it."""
    scenario.until(at)
    scenario.write(scenario.options.red_flag)
    alert = Alert.objects.filter(task__injection=scenario.injection).first()
    if alert is None:
        return  # an expected numb leg pages nobody
    scenario.until(clock.now() + scenario.place.booking_policy.page_next_after_min * MINUTE)
    scenario.until(clock.now() + SHORTLY)
    page = alert.pages.filter(says=PageSays.URGENT, channel=Channel.SMS).last()
    if page:
        scenario.write(alert.code, page.address)
    scenario.record("The warning sign is taken" if page else "Nobody on call has a telephone")


def diary(scenario: Scenario) -> None:
    """The scores at their times; a text STOP at the time that the options name."""
    moments = [(asked(scenario, minute), scores) for minute, scores in scenario.options.scores]
    stop = scenario.options.stop_at
    if scenario.options.red_flag:
        warn(scenario, scenario.injection.needle_out + AN_HOUR)
        moments = [each for each in moments if each[0] > AN_HOUR // MINUTE + 15]
    for minute, scores in moments:
        if stop is not None and minute > stop and not scenario.stopped_at:
            opt_out(scenario, stop)
        if minute <= IN_CLINIC:
            typed(scenario, minute, scores)
        elif not scenario.options.late:
            answered(scenario, minute, scores)
    if stop is not None and not scenario.stopped_at:
        opt_out(scenario, stop)
    if scenario.options.late:
        answered_late(scenario, [each for each in moments if each[0] > IN_CLINIC])


def asked(scenario: Scenario, minute: int) -> int:
    """The next morning's score is given when it is asked for, whatever hour the options name."""
    if minute < MORNING[0]:
        return minute
    return (scenario.survey(minute).due_at - scenario.injection.needle_out) // MINUTE


def typed(scenario: Scenario, minute: int, scores: Mapping[Side, int]) -> None:
    """The nurse repeats the examination and types the scores in."""
    scenario.until(scenario.injection.needle_out + minute * MINUTE + MINUTE)
    surveys.answer(
        survey=scenario.survey(minute),
        scores=scores,
        context=Context.MOVEMENT,
        activity_done=True,
        observed_at=scenario.injection.needle_out + minute * MINUTE,
        channel=AnswerChannel.VISIT,
        entered_by=EnteredBy.STAFF,
        by=scenario.staff["nurse"],
        at=clock.now(),
        provocation=demo_patients.examined(scores),
    )
    scenario.give(minute, AnswerChannel.VISIT, scores)
    scenario.record(f"Nurse notes {in_words(scores)} at {notation.spoken(minute)}")


def answered(scenario: Scenario, minute: int, scores: Mapping[Side, int]) -> None:
    """By text for one joint on the first day, else by the page; after STOP by the page only."""
    scenario.until(scenario.injection.needle_out + minute * MINUTE + AFTER)
    if scenario.options.by_link or scenario.stopped_at or minute >= MORNING[0]:
        scenario.patient.check_in(dict(scores))
        scenario.log.record(clock.now(), "link", f"{in_words(scores)} at {notation.spoken(minute)}")
        scenario.give(minute, AnswerChannel.LINK, scores)
    else:
        scenario.write(str(scores[scenario.options.side]))
        scenario.give(minute, AnswerChannel.SMS, scores)


def answered_late(scenario: Scenario, moments: list[tuple[int, Mapping[Side, int]]]) -> None:
    """In the evening the patient fills in what was missed, naming the times."""
    scenario.until(scenario.injection.needle_out + EVENING)
    for minute, scores in moments:
        felt = scenario.injection.needle_out + minute * MINUTE
        scenario.patient.check_in(dict(scores), scenario.survey(minute).slot, felt)
        scenario.give(minute, AnswerChannel.LINK, scores)
        scenario.log.record(
            clock.now(), "link", f"{in_words(scores)} for {notation.spoken(minute)}, late"
        )


def opt_out(scenario: Scenario, minute: int) -> None:
    scenario.until(scenario.injection.needle_out + minute * MINUTE + AFTER)
    scenario.write("STOP")
    scenario.stopped_at = clock.now()


def review(scenario: Scenario) -> None:
    """The next day at noon a physician reads and signs each joint."""
    scenario.until(scenario.at(days_before=-1, at=clock_time(12)))
    for response in scenario.responses():
        reviews.sign(
            injection=scenario.injection,
            side=response.side,
            decided=response.label,
            override_reason="",
            remark="",
            by=scenario.staff["physician"],
            at=clock.now(),
        )
        label = response.label.label
        scenario.record(f"Physician signs: {response.side.value} {label}")


def in_words(scores: Mapping[Side, int]) -> str:
    return ", ".join(f"{side.value} {score}" for side, score in scores.items())
