"""Temperature and blood sugar are asked as numbers and judged by the page's own limits."""

from datetime import timedelta
from decimal import Decimal

import pytest

from reminders.messaging.paging import alerts
from reminders.models import Alert, Vital
from reminders.protocols.reading import shipped
from reminders.rules.vitals import VitalSign, limit, too_high
from scheduling.models import Task, TaskKind
from scheduling.rules.procedure import Intent
from tests import world
from tests.pages import read
from tests.reminders.diaries import a_diary, a_link, opened, slot

pytestmark = pytest.mark.django_db
PAGE = f"/p/{'A' * 22}/check-in"
SAID = {"score_left": "3", "moved": "yes"}
STEROID = {
    "intent": Intent.BOTH,
    "agents": (world.METHYLPREDNISOLONE, world.BUPIVACAINE),
    "screening": world.NOTHING_TO_REPORT | {"diabetes": "type2"},
}


@pytest.fixture
def morning(noon):
    """The page of the next morning, of a patient with these facts."""

    def page(**facts):
        injection = a_diary(**facts)
        noon.at = slot(injection, "N1").due_at
        return opened(a_link(injection, "N1"))

    return page


def test_the_next_morning_asks_for_the_temperature(morning):
    page = read(morning().get(PAGE))

    assert "Temperature, if you measured it (F)" in page
    assert "Blood sugar" not in page


def test_blood_sugar_is_asked_where_diabetes_meets_a_steroid(morning):
    assert "Blood sugar, if you measured it (mg/dL)" in read(morning(**STEROID).get(PAGE))


def test_the_hours_of_the_diary_ask_for_neither(noon):
    injection = a_diary(**STEROID)
    noon.at = slot(injection, "H2").due_at

    page = read(opened(a_link(injection, "H2")).get(PAGE))

    assert "if you measured it" not in page


def test_a_fever_pages_whoever_is_on_call_and_is_answered_on_the_page(morning, noon):
    browser = morning()

    page = read(browser.post(f"{PAGE}/N1", SAID | {"temperature": "101.2"}, follow=True))
    alerts.attend(noon.at)

    task = Task.objects.get(kind=TaskKind.RED_FLAG)
    assert task.detail == "Temperature 101.2 F, as the patient measured it."
    assert Alert.objects.get().task == task
    assert "Please read this now" in page


def test_a_very_high_blood_sugar_is_a_call_the_same_day_and_pages_nobody(morning, noon):
    morning(**STEROID).post(f"{PAGE}/N1", SAID | {"glucose": "320"})
    alerts.attend(noon.at)

    task = Task.objects.get(kind=TaskKind.PATIENT_NOTE)
    assert task.title == "Blood sugar too high: phone the patient today"
    assert not Alert.objects.exists()


@pytest.mark.parametrize(("sign", "value"), [("temperature", "100.4"), ("glucose", "300")])
def test_a_value_at_its_limit_is_kept_and_alarms_nobody(morning, sign, value):
    morning(**STEROID).post(f"{PAGE}/N1", SAID | {sign: value})

    assert Vital.objects.get().value == Decimal(value)
    assert not Task.objects.filter(kind__in=[TaskKind.RED_FLAG, TaskKind.PATIENT_NOTE]).exists()


@pytest.mark.parametrize("typed", ["38.5", "hot", "1012", "101.234", "-5"])
def test_what_nobody_measured_is_asked_again_and_nothing_is_kept(morning, typed):
    answer = morning().post(f"{PAGE}/N1", SAID | {"temperature": typed})

    assert answer.status_code == 422
    assert "Write a number from 85 to 115, in F, or leave it empty." in read(answer)
    assert not Vital.objects.exists()


def test_a_form_that_was_open_while_its_check_in_was_answered_loses_no_fever(morning):
    browser = morning()
    browser.post(f"{PAGE}/N1", SAID)

    browser.post(f"{PAGE}/N1", SAID | {"comment": "", "medicine": "", "temperature": "102"})

    assert Task.objects.filter(kind=TaskKind.RED_FLAG).exists()


@pytest.mark.parametrize(
    "second",
    [
        {"comment": "", "medicine": "", "temperature": "102"},
        {"comment": "I can not control my pee", "medicine": "", "temperature": ""},
    ],
)
def test_a_warning_sign_in_a_second_form_is_answered_on_the_page(morning, noon, second):
    browser = morning()
    browser.post(f"{PAGE}/N1", SAID)
    noon.at += timedelta(minutes=5)

    page = read(browser.post(f"{PAGE}/N1", SAID | second, follow=True))

    assert "Please read this now" in page


def test_a_corrected_score_does_not_take_the_answer_to_a_fever_away(morning, noon):
    browser = morning()
    browser.post(f"{PAGE}/N1", SAID | {"temperature": "101.2"})
    noon.at += timedelta(minutes=5)

    corrected = {"score_left": "4", "correct": "yes"}
    page = read(browser.post(f"{PAGE}/N1", corrected, follow=True))

    assert "We changed your answer" in page
    assert "Please read this now" in page


def test_the_page_and_the_judge_have_one_limit():
    policy = shipped().policy

    assert limit(VitalSign.TEMPERATURE, policy) == Decimal("100.4")
    assert too_high({VitalSign.GLUCOSE: Decimal(301)}, policy) == [VitalSign.GLUCOSE]


@pytest.mark.parametrize("wrong", [{"fever_limit": "38 C"}, {"glucose_limit": "high"}])
def test_a_limit_without_its_unit_is_refused(wrong):
    with pytest.raises(ValueError, match="write a number and"):
        shipped().policy.but(wrong)
