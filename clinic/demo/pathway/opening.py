"""How a play begins: a Monday at ten, a patient, an order, a visit a fortnight ahead."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.demo.pathway.patient import Hands
from clinic.demo.pathway.play import Play
from clinic.demo.pathway.script import Script
from clinic.demo.pathway.teller import Teller
from clinic.demo.sandbox import premises, stories, timemachine
from clinic.demo.sandbox.cast import CLEAR, ZONE, Part, Story
from scheduling import clock
from scheduling.models import Injection
from scheduling.rules.procedure import AgentClass, Channel, Intent

TEN = time(10)
AHEAD = 15  # days from booking to the visit: every step has room


def opening(script: Script, say: Callable[[str], None]) -> Play:
    """A Monday at ten: the patient is registered, the order placed, the visit booked."""
    timemachine.move_to(first_monday(clock.now()))
    part, now = part_of(script), clock.now()
    teller = Teller(say, ZoneInfo(ZONE))
    staff = premises.staff(None)
    place = premises.build(staff)
    patient = stories.register(part, staff["desk"], now)
    order = stories.place_order(part, patient, staff["physician"], now)
    drugs = " and ".join(agent.drug.label.lower() for agent in script.agents)
    teller.tell(now, "staff", f"{order.physician.display_name} orders: {order}, {drugs}")
    injection = stories.book(part, order, place, staff["desk"], now, None)
    play = Play(script, place, staff, teller, hands_of(injection), injection)
    play.tell(f"Visit booked for {play.spoken(injection.start)}")
    return play


def hands_of(injection: Injection) -> Hands:
    patient = injection.patient
    reach = {contact.channel: contact.value for contact in patient.contacts.filter(active=True)}
    return Hands(reach[Channel.SMS], reach[Channel.EMAIL], patient.birth_date, patient.zone)


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
    found = datetime.combine(day, TEN, ZoneInfo(ZONE))
    return found if found > local else found + timedelta(days=7)
