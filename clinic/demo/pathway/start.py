"""How a run begins: a Monday at ten, a patient, an order, a visit a fortnight ahead."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.demo.pathway.log import ScenarioLog
from clinic.demo.pathway.options import PathwayOptions
from clinic.demo.pathway.patient import PatientClient
from clinic.demo.pathway.scenario import Scenario
from clinic.demo.sandbox import demo_location, demo_patients, timemachine
from clinic.demo.sandbox.fixtures import CLEAR, ZONE, DemoPatient, Progress
from scheduling import clock, orders
from scheduling.models import Injection
from scheduling.rules.procedure import AgentClass, Channel, HoldDecision, Intent, Sedation

TEN = time(10)
HELD = timedelta(days=7)  # clopidogrel, in clinic leaflets
AHEAD = 15  # days from booking to the visit: every step has room


def start_scenario(options: PathwayOptions, say: Callable[[str], None]) -> Scenario:
    """A Monday at ten: the patient is registered, the order placed, the visit booked."""
    timemachine.move_to(first_monday(clock.now()))
    person, now = demo_patient(options), clock.now()
    log = ScenarioLog(say, ZoneInfo(ZONE))
    staff = demo_location.staff(None)
    place = demo_location.build(staff)
    patient = demo_patients.register(person, place, staff["desk"], now)
    order = demo_patients.place_order(person, patient, staff, now)
    drugs = " and ".join(agent.drug.label.lower() for agent in options.agents)
    physician = order.physician
    log.record(now, "staff", f"Desk enters for {physician.display_name}: {order}, {drugs}")
    orders.cosign(order=order, seen=now, by=physician, at=now)
    log.record(now, "staff", f"{physician.display_name} co-signs the order")
    injection = demo_patients.book(person, order, place, staff["desk"], now, None)
    scenario = Scenario(options, place, staff, log, patient_client(injection), injection)
    scenario.record(f"Visit booked for {scenario.spoken(injection.start)}")
    if options.hold:
        sign_hold(scenario)
    return scenario


def sign_hold(scenario: Scenario) -> None:
    """A physician signs the prescriber's order: last dose a week before, again the day after."""
    start = scenario.injection.start
    decision = orders.decide_anticoagulant(
        order=scenario.injection.order,
        decision=HoldDecision.HOLD,
        drug="clopidogrel",
        prescriber="Dr. Prudence Scriber",
        last_dose_at=start - HELD,
        restart_on=(start + timedelta(days=1)).date(),
        by=scenario.staff["physician"],
        at=clock.now(),
    )
    scenario.injection.refresh_from_db()
    last = scenario.spoken(start - HELD)
    scenario.record(f"Hold of {decision.drug} signed, last dose {last}")


def patient_client(injection: Injection) -> PatientClient:
    patient = injection.patient
    reach = {contact.channel: contact.value for contact in patient.contacts.filter(active=True)}
    return PatientClient(reach[Channel.SMS], reach[Channel.EMAIL], patient.birth_date, patient.zone)


def demo_patient(options: PathwayOptions) -> DemoPatient:
    """The patient of this run, as the demonstration describes its patients."""
    steroid = any(agent.agent_class is AgentClass.STEROID for agent in options.agents)
    return DemoPatient(
        family="Pathway",
        given="Penny",
        born=date(1966, 5, 4),
        line=150,
        progress=Progress.BOOKED,
        entered_by="desk",
        side=options.side,
        intent=Intent.BOTH if steroid else Intent.DIAGNOSTIC,
        agents=options.agents,
        days=AHEAD,
        zone=ZONE,
        screening=dict(CLEAR) | ({"anticoagulant": "p2y12"} if options.hold else {}),
        sedation=Sedation.MODERATE_IV if options.sedated else Sedation.NONE,
        baseline=dict(options.baselines),
    )


def first_monday(now: datetime) -> datetime:
    """The next Monday at ten that is at least a day ahead."""
    local = now.astimezone(ZoneInfo(ZONE)) + timedelta(days=1)
    day = local.date() + timedelta(days=-local.weekday() % 7)
    found = datetime.combine(day, TEN, ZoneInfo(ZONE))
    return found if found > local else found + timedelta(days=7)
