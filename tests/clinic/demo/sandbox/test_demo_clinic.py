"""The demo clinic: there at once, the same the second time, and never in production."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from clinic.accounts.models import Role, User
from clinic.demo.sandbox import demo_location, demo_patients
from clinic.demo.sandbox.fixtures import PATIENTS
from reminders.followup import responses
from reminders.models import Review
from reminders.rules.response.labels import Label
from scheduling import clock
from scheduling.models import Injection, Location, Patient
from scheduling.rules.procedure import InjectionState, Side

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 10, 17, tzinfo=UTC)  # a Wednesday, noon in New York


@pytest.fixture
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def load() -> str:
    said = io.StringIO()
    call_command("demo_clinic", stdout=said)
    return said.getvalue()


def a_demo_injection(at: datetime, family: str) -> Injection:
    """The injection of one demo patient, built at `at` in a clinic of its own."""
    staff = demo_location.staff("password")
    person = next(person for person in PATIENTS if person.family == family)
    demo_patients.create(person, demo_location.build(staff), staff, at)
    return Injection.objects.get()


def test_the_demo_clinic_has_everybody_and_a_login_for_every_role(var):
    said = load()

    assert Patient.objects.count() == len(PATIENTS)
    assert {user.role for user in User.objects.all()} == set(Role) - {Role.UNASSIGNED}
    password = (var / "demo-password").read_text()
    assert password in said
    assert User.objects.get(username="desk").check_password(password)


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        (datetime(2027, 3, 10, 4, tzinfo=UTC), datetime(2027, 3, 10, 17, tzinfo=UTC)),  # Tue, 23:00
        (NOON, datetime(2027, 3, 11, 17, tzinfo=UTC)),
        (datetime(2027, 3, 12, 18, tzinfo=UTC), datetime(2027, 3, 15, 16, tzinfo=UTC)),  # Fri, EDT
    ],
)
def test_a_demonstration_begins_at_noon_whenever_it_is_started(begun, shown):
    assert demo_location.next_noon(begun, "America/New_York") == shown


def test_the_demo_clinic_opens_when_its_texts_leave_at_once(var):
    load()

    local = clock.now().astimezone(ZoneInfo(Location.objects.get().zone))
    assert (local.hour, local.weekday() < 5) == (12, True)


def test_loading_twice_is_loading_once(var):
    first = load()

    assert load() == first
    assert Location.objects.count() == 1


def test_a_lost_password_file_means_a_new_password(var):
    load()
    (var / "demo-password").unlink()

    load()

    assert User.objects.get(username="desk").check_password((var / "demo-password").read_text())


def test_the_password_is_for_its_owner_alone(var):
    load()

    assert (var / "demo-password").stat().st_mode & 0o777 == 0o600


def test_production_gets_no_demo_clinic(var, settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="demo mode only"):
        load()
    assert not Location.objects.exists()


def test_the_finished_diary_reads_positive():
    injection = a_demo_injection(NOON, "Example")

    (response,) = responses.responses_of(injection)

    assert response.label is Label.POSITIVE_80


def test_the_diary_under_way_has_the_answers_up_to_now():
    injection = a_demo_injection(NOON, "Sample")

    assert injection.state is InjectionState.COMPLETED
    assert {survey.due_at <= NOON for survey in injection.surveys.exclude(readings=None)} == {True}
    assert injection.surveys.filter(readings=None, due_at__gt=NOON).exists()


def test_both_joints_are_answered_apart():
    injection = a_demo_injection(NOON, "Testwell")

    assert [answer.side for answer in responses.responses_of(injection)] == [Side.LEFT, Side.RIGHT]
    assert len({answer.label for answer in responses.responses_of(injection)}) == 2


def test_a_signed_story_is_signed():
    a_demo_injection(NOON, "Demo")

    review = Review.objects.get()
    assert review.decided == review.proposed


@pytest.mark.parametrize(
    ("day", "hour"), [(10, 3), (10, 13), (10, 23), (13, 15), (14, 7), (15, 14)]
)
def test_the_story_holds_at_any_hour_and_on_weekends(day, hour):
    at = datetime(2027, 3, day, hour, 30, tzinfo=UTC)

    injection = a_demo_injection(at, "Sample")

    assert injection.t0 < at
    assert told_ahead(at) > at


def told_ahead(at: datetime) -> datetime:
    """The start of somebody's visit that lies ahead."""
    staff = {user.username: user for user in User.objects.all()}
    person = next(person for person in PATIENTS if person.family == "Mockford")
    demo_patients.create(person, Location.objects.get(), staff, at)
    return Injection.objects.get(patient__family_name="Mockford").start
