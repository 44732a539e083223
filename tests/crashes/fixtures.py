"""Many visits booked just now: `python -m tests.crashes.fixtures COUNT`, as its own process."""

import sys
from datetime import UTC, date, datetime, timedelta

import django


def noon_zone(now: datetime) -> str:
    """A zone where it is about noon, so that nobody sleeps while the test runs."""
    return f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "UTC"


def build(count: int) -> None:
    """`count` visits in a month; each patient has a telephone and an e-mail address."""
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    from clinic.accounts.models import User
    from scheduling.models import Consent, ContactPoint, Injection, Location, Order, Patient

    now = datetime.now(UTC)
    start = now + timedelta(days=30)
    zone = noon_zone(now)
    physician = User.objects.create(username="physician", role="physician")
    place = Location.objects.create(
        name="Clinic", address="1 Main Street", phone="+15550100000", zone=zone
    )
    patients = Patient.objects.bulk_create(
        Patient(
            family_name=f"Family{n}",
            given_name="Given",
            birth_date=date(1960, 1, 1),
            mrn=f"M{n}",
            zone=zone,
            created_at=now,
        )
        for n in range(count)
    )
    for channel, value in (("sms", "+1555{:07}"), ("email", "patient{}@example.com")):
        ContactPoint.objects.bulk_create(
            ContactPoint(patient=p, channel=channel, value=value.format(n), created_at=now)
            for n, p in enumerate(patients)
        )
        Consent.objects.bulk_create(
            Consent(patient=p, purpose="reminders", channel=channel, wording="v1", granted_at=now)
            for p in patients
        )
    orders = Order.objects.bulk_create(
        Order(
            patient=p,
            physician=physician,
            ordered_at=now,
            side="left",
            intent="diagnostic",
            block="first",
            target="intra_articular",
            guidance="fluoroscopy",
            sedation="none",
            signature="not_asked",
        )
        for p in patients
    )
    Injection.objects.bulk_create(
        Injection(
            order=order,
            patient=order.patient,
            location=place,
            side="left",
            during=DateTimeTZRange(start, start + timedelta(minutes=30)),
            state_at=now,
            promised_at=now,
            booked_at=now,
            changed_at=now,
        )
        for order in orders
    )


if __name__ == "__main__":
    django.setup()
    build(int(sys.argv[1]))
