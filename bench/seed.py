"""A clinic full of visits, written in bulk."""

from datetime import date, datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from scheduling.models import Consent, ContactPoint, Injection, Location, Order, Patient
from scheduling.rules.cosignature import Signature
from scheduling.rules.procedure import (
    Block,
    Channel,
    Guidance,
    Intent,
    Purpose,
    Sedation,
    Side,
    Target,
)

ZONE = "America/New_York"
BATCH = 2_000  # rows a statement: it may have 65,535 parameters


def empty() -> None:
    """Remove every row of ours; the triggers that protect history are for people, not for this."""
    tables = connection.introspection.django_table_names(only_existing=True)
    ours = [t for t in tables if t.startswith(("scheduling_", "reminders_", "accounts_"))]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(ours)} CASCADE")


def settled(table: str) -> None:
    """Count and write down what filling a table left behind, before anything is measured."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("CHECKPOINT")


@transaction.atomic
def booked(
    count: int, *, at: datetime, start: datetime, zone: str = ZONE, keep: bool = False
) -> list[int]:
    """`count` patients, each with one visit at `start`, promised at `at`. Returns injection ids."""
    with connection.cursor() as cursor:
        # History and foreign keys are not what is measured here.
        cursor.execute("SET LOCAL session_replication_role = replica")
    if not keep:
        empty()
    orders = ordered(people(count, at, zone), at)
    location, _ = Location.objects.get_or_create(
        name="Bench", defaults={"address": "1 Loop Road", "phone": "+15550100000", "zone": ZONE}
    )
    location.staff.set(get_user_model().objects.all())
    during = (start, start + timedelta(minutes=30))
    visits = Injection.objects.bulk_create(
        (
            Injection(
                order=order,
                patient_id=order.patient_id,
                location=location,
                side=order.side,
                during=during,
                state_at=at,
                promised_at=at,
                booked_at=at,
                changed_at=at,
            )
            for order in orders
        ),
        batch_size=BATCH,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return [visit.pk for visit in visits]


def people(count: int, at: datetime, zone: str) -> list[Patient]:
    """Patients with a mobile number, an e-mail address and every consent."""
    already = Patient.objects.count()
    patients = Patient.objects.bulk_create(
        (
            Patient(
                family_name=f"Family{n}",
                given_name="Given",
                birth_date=date(1970, 1, 1),
                mrn=f"B{n}",
                zone=zone,
                created_at=at,
            )
            for n in range(already, already + count)
        ),
        batch_size=BATCH,
    )
    ways = {Channel.SMS: "+1202{:07}", Channel.EMAIL: "p{}@example.org"}
    ContactPoint.objects.bulk_create(
        (
            ContactPoint(
                patient=p, channel=channel, value=form.format(p.pk), created_at=at, first_text_at=at
            )
            for p in patients
            for channel, form in ways.items()
        ),
        batch_size=BATCH,
    )
    Consent.objects.bulk_create(
        (
            Consent(
                patient=p,
                purpose=purpose,
                channel=channel,
                wording="1",
                source="desk",
                granted_at=at,
            )
            for p in patients
            for purpose in (Purpose.REMINDERS, Purpose.DIARY)
            for channel in ways
        ),
        batch_size=BATCH,
    )
    return patients


def ordered(patients: list[Patient], at: datetime) -> list[Order]:
    """A left diagnostic order for each."""
    physician, _ = get_user_model().objects.get_or_create(
        username="bench", defaults={"role": "physician", "password": "!"}
    )
    return Order.objects.bulk_create(
        (
            Order(
                patient=p,
                physician=physician,
                ordered_at=at,
                side=Side.LEFT,
                intent=Intent.DIAGNOSTIC,
                block=Block.FIRST,
                target=Target.INTRA_ARTICULAR,
                guidance=Guidance.FLUOROSCOPY,
                sedation=Sedation.NONE,
                signature=Signature.NOT_ASKED,
            )
            for p in patients
        ),
        batch_size=BATCH,
    )
