"""Brings each made-up patient to where the demonstration begins, through the verbs, as staff do."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.accounts.models import User
from clinic.demo.sandbox.fixtures import CLEAR, DemoPatient, Progress
from reminders.followup import responses, reviews, slots, surveys
from reminders.messaging.planning.facts import facts_by_injection
from reminders.models import AnswerChannel, Context, EnteredBy, Survey
from reminders.protocols.reading import shipped
from scheduling import bookings, orders, people
from scheduling.bookings import JointFacts
from scheduling.finding import finder
from scheduling.models import Injection, Location, Order, Patient, Premedication
from scheduling.rules.procedure import Block, Channel, Guidance, Purpose, Side, Target
from scheduling.rules.provocation import Provocation, ProvocationTest

MORNING = time(9)
DONE = {Progress.DIARY: 0, Progress.REVIEW: 1, Progress.SIGNED: 8}  # working days ago
UNDER_WAY = timedelta(hours=2, minutes=30)  # after MORNING, a day's diaries have begun
STAY = timedelta(minutes=25)  # from the start to T0
NOTICE = timedelta(days=12)  # between booking and a visit that is over
IN_CLINIC = ("D15", "D30")  # scored by the nurse, with the examination repeated
REPEATED = (ProvocationTest.FABER, ProvocationTest.THIGH_THRUST, ProvocationTest.COMPRESSION)
HURTS = 4
WORDING = "demo-1"


def create(person: DemoPatient, place: Location, staff: dict[str, User], at: datetime) -> None:
    """Take one person as far as its progress says, seen from `at`."""
    day = working_day(at, place, DONE[person.progress]) if person.progress in DONE else None
    known = moment(day, MORNING, place) - NOTICE if day else at
    patient = register(person, place, staff["desk"], known)
    if person.progress is Progress.REGISTERED:
        return
    order = place_order(person, patient, staff, known)
    if person.progress is Progress.ORDERED:
        return
    injection = book(person, order, place, staff["desk"], known, day)
    if day:
        carry_out(person, injection, staff)
        answer(person, injection, staff["nurse"], at)
    if person.progress is Progress.CONFIRMED:
        bookings.confirm(injection=injection, how="phone", by=staff["desk"], at=at)
    if person.progress is Progress.CANCELLED:
        bookings.cancel(injection=injection, why="Patient is travelling", by=staff["desk"], at=at)
    if person.progress is Progress.SIGNED:
        sign(injection, staff["physician"], injection.needle_out + timedelta(days=2))


def moment(day: date, clock: time, place: Location) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(place.zone))


def working_day(at: datetime, place: Location, ago: int) -> date:
    """The `ago`-th last weekday on which the first diaries have begun; 0 is the latest."""
    days = before((at - UNDER_WAY).astimezone(ZoneInfo(place.zone)))
    return next(day for number, day in enumerate(days) if number == ago)


def before(local: datetime) -> Iterator[date]:
    """Weekdays whose morning has passed, latest first."""
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    while True:
        if day.weekday() < 5:
            yield day
        day -= timedelta(days=1)


def register(person: DemoPatient, place: Location, desk: User, at: datetime) -> Patient:
    """The person with number, address and consents."""
    patient = people.register(
        family_name=person.family,
        given_name=person.given,
        birth_date=person.born,
        mrn=f"DEMO-{person.line}",
        language="en",
        zone=person.zone,
        location=place,
        by=desk,
        at=at,
    )
    ways = {}
    if person.texts:
        ways[Channel.SMS] = f"+1202555{person.line:04}"
    if person.mail:
        ways[Channel.EMAIL] = f"{person.given}.{person.family}@patients.example".lower()
    for channel, value in ways.items():
        people.reach(patient=patient, channel=channel, value=value, by=desk, at=at)
        for purpose in (Purpose.REMINDERS, Purpose.DIARY):
            people.agree(
                patient=patient,
                purpose=purpose,
                channel=channel,
                wording=WORDING,
                source="desk",
                by=desk,
                at=at,
            )
    return patient


def place_order(
    person: DemoPatient, patient: Patient, staff: Mapping[str, User], at: datetime
) -> Order:
    first = Block.FIRST if person.intent.is_diagnostic else Block.NOT_APPLICABLE
    return orders.place(
        patient=patient,
        physician=staff["physician"],
        side=person.side,
        intent=person.intent,
        block=first,
        target=Target.INTRA_ARTICULAR,
        guidance=Guidance.FLUOROSCOPY,
        sedation=person.sedation,
        premedication=Premedication.NONE,
        screening=CLEAR | person.screening,
        agents=person.agents,
        by=staff[person.entered_by],
        at=at,
    )


def book(
    person: DemoPatient, order: Order, place: Location, desk: User, at: datetime, day: date | None
) -> Injection:
    """The first opening of `day`, or of the day that lies as far ahead as `person.days` says."""
    day = day or at.astimezone(ZoneInfo(place.zone)).date() + timedelta(days=person.days)
    after = max(moment(day, MORNING, place), at)
    opening = finder.find(order=order, location=place, after=after, now=at, count=1)[0]
    return bookings.book(
        order=order,
        location=place,
        start=opening.start,
        resources=opening.resources,
        by=desk,
        at=at,
    )


def carry_out(person: DemoPatient, injection: Injection, staff: dict[str, User]) -> None:
    """Arrival and procedure, with the provoked baseline of each joint."""
    arrived = injection.start - timedelta(minutes=30)
    bookings.arrive(injection=injection, by=staff["nurse"], at=arrived)
    bookings.assess(injection=injection, systolic=128, diastolic=76, by=staff["nurse"], at=arrived)
    complete(person, injection, staff["physician"], injection.start + STAY + timedelta(minutes=5))


def complete(person: DemoPatient, injection: Injection, physician: User, at: datetime) -> None:
    """Needle out `STAY` after the start, on the side and with the agents of the person."""
    joints = [
        JointFacts(
            side=side,
            baseline=score,
            baseline_at=injection.start,
            index_activity="Climbing stairs",
            intra_articular=True,
        )
        for side, score in person.baseline.items()
    ]
    bookings.complete(
        injection=injection,
        t0=injection.start + STAY,
        side=person.side,
        sedation=person.sedation,
        agents=person.agents,
        joints=joints,
        by=physician,
        at=at,
    )


def answer(person: DemoPatient, injection: Injection, nurse: User, at: datetime) -> None:
    """The diary up to now: the nurse's scores in the clinic, then the patient's own."""
    facts = facts_by_injection([injection.pk])[injection.pk]
    slots.update_surveys(injection, facts=facts, protocol=shipped(), at=at)
    asked = Survey.objects.filter(injection=injection, due_at__lte=at, slot__in=person.scores)
    for survey in asked.order_by("due_at"):
        here = survey.slot in IN_CLINIC
        surveys.answer(
            survey=survey,
            scores=person.scores[survey.slot],
            context=Context.MOVEMENT,
            activity_done=True,
            observed_at=survey.due_at,
            channel=AnswerChannel.VISIT if here else AnswerChannel.LINK,
            entered_by=EnteredBy.STAFF if here else EnteredBy.PATIENT,
            by=nurse if here else None,
            at=survey.due_at,
            provocation=examined(person.scores[survey.slot]) if here else {},
        )


def examined(scores: Mapping[Side, int]) -> dict[Side, Provocation]:
    """The tests that the nurse repeats in recovery; they hurt as long as the joint does."""
    return {side: dict.fromkeys(REPEATED, score >= HURTS) for side, score in scores.items()}


def sign(injection: Injection, physician: User, at: datetime) -> None:
    """The physician agrees with the reading."""
    for response in responses.responses_of(injection):
        reviews.sign(
            injection=injection,
            side=response.side,
            decided=response.label,
            override_reason="",
            remark="",
            by=physician,
            at=at,
        )
