"""The physician's pages: worklist, one injection, its picture, the signature, typed-in scores."""

import html

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.test import Client

from reminders.followup import responses, snapshots, surveys
from reminders.models import AnswerChannel, EnteredBy, Reading, Review
from scheduling.models import Access, Injection
from scheduling.rules.procedure import Intent, Side
from scheduling.rules.provocation import ProvocationTest
from tests import world
from tests.pages import read
from tests.reminders.diaries import a_diary, answered, at

pytestmark = pytest.mark.django_db


def staff(role: str) -> Client:
    browser = Client()
    browser.force_login(world.a_user(role, first_name="Pat", credential="MD"))
    return browser


@pytest.fixture
def block(noon):
    noon.at = at(12)
    injection = a_diary()
    for name in ("D45", "D60", "H2"):
        answered(injection, name, 1)
    answered(injection, "H3", 4, analgesic=("ibuprofen", at(2.5)), comment="tired <b>")
    return injection


@pytest.fixture
def physician():
    return staff("physician")


def decision(injection: Injection, side: Side = Side.LEFT, **said: str) -> dict[str, str]:
    loaded = responses.load([injection.pk]).get()
    seen = snapshots.fingerprint(snapshots.inputs(loaded, side))
    last = Review.objects.filter(injection=injection, side=side).last()
    known = {"decided": "positive_80", "seen": seen, "after": str(last.pk) if last else ""}
    return {f"{side.value}-{name}": value for name, value in (known | said).items()}


def test_the_worklist_shows_who_waits_and_why(physician, block):
    page = read(physician.get("/reviews/"))

    assert str(block.patient) in page
    assert "Ready to sign" in page
    assert "7 → 1 = 85.7 %" in page
    assert "4 / 11" in page
    assert "data-walk" in page


def test_an_empty_worklist_teaches(physician):
    assert b"Nobody waits for your signature." in physician.get("/reviews/").content


def test_the_page_shows_the_arithmetic_the_range_and_the_facts(physician, block):
    page = read(physician.get(f"/reviews/{block.reference}"))

    assert "POSITIVE (≥80)" in page
    assert "7 → 1 = 85.7 %" in page
    assert "Bupivacaine 0.5 %, 2 mL" in page
    assert "getting up from a chair" in page
    assert "ibuprofen" in page
    assert "not used: after analgesic" in page
    assert (page.count("no answer"), page.count("to come")) == (7, 1)
    assert "tired &lt;b&gt;" in page


def test_both_joints_have_a_strip_and_a_form_each(physician, noon):
    noon.at = at(12)
    injection = a_diary(side=Side.BILATERAL)

    page = read(physician.get(f"/reviews/{injection.reference}"))

    assert page.count('<form class="sign"') == 2


def test_earlier_blocks_of_the_same_side_stand_beside_it(physician, block, noon):
    physician.post(f"/reviews/{block.reference}/left/sign", decision(block))
    later = world.a_booking(
        world.an_order(block.patient), start=world.local("2026-04-13 09:00"), at=noon.at
    )
    world.completed(later)

    page = read(physician.get(f"/reviews/{later.reference}"))

    assert f"/reviews/{block.reference}" in page


def test_a_treatments_page_tells_its_scores_and_asks_for_no_signature(physician, noon):
    noon.at = at(24 * 8)
    injection = a_diary(intent=Intent.THERAPEUTIC)
    answered(injection, "D7", 2)

    page = read(physician.get(f"/reviews/{injection.reference}"))

    assert "no block is to be judged" in page
    assert "Against the provoked pain before: 7 d 7 → 2 = 71.4 %." in page
    assert '<form class="sign"' not in page
    for words in ("Sign below the chart", "Waits for a physician", "Payer 75", "Usual next"):
        assert words not in page


def test_a_treatment_cannot_be_signed(physician, noon):
    noon.at = at(24 * 8)
    injection = a_diary(intent=Intent.THERAPEUTIC)

    answer = physician.post(f"/reviews/{injection.reference}/left/sign", decision(injection))

    assert answer.status_code == 404
    assert not Review.objects.exists()


def test_an_earlier_treatment_stands_beside_a_block_with_nothing_to_sign(physician, noon):
    treatment = a_diary(intent=Intent.THERAPEUTIC)
    noon.at = world.local("2026-04-13 12:00")
    later = world.completed(
        world.a_booking(
            world.an_order(treatment.patient), start=world.local("2026-04-13 09:00"), at=at(24)
        )
    )

    page = read(physician.get(f"/reviews/{later.reference}"))

    assert f"/reviews/{treatment.reference}" in page
    assert "nothing to sign" in page


def test_what_silence_leaves_open_is_shown_with_both_cases(physician, noon):
    noon.at = at(12)
    injection = a_diary(baseline=8)
    for name, score in {"D60": 1, "H3": 7, "H4": 7}.items():
        answered(injection, name, score)

    page = read(physician.get(f"/reviews/{injection.reference}"))

    assert "silence neither confirms nor refutes it, so this is no negative" in page
    assert "If every missing answer had been “no relief”: NEGATIVE (<50)" in html.unescape(page)
    assert "the better one beside it: POSITIVE (≥80)" in page


def test_the_start_page_counts_blocks_that_wait_and_no_treatments(physician, noon, block):
    a_diary(intent=Intent.THERAPEUTIC)

    page = read(physician.get("/"))

    assert "<b>1</b> answer not signed yet" in page


def test_the_injections_page_says_that_a_treatment_has_nothing_to_sign(physician, noon):
    noon.at = at(12)
    treatment, block = a_diary(intent=Intent.THERAPEUTIC), a_diary()

    pages = [read(physician.get(f"/injections/{each.reference}")) for each in (treatment, block)]

    assert ["nothing to sign" in page for page in pages] == [True, False]


def test_the_picture_is_served_apart_and_may_not_run_anything(physician, block):
    drawn = physician.get(f"/reviews/{block.reference}/chart.svg")

    assert drawn["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "default-src 'none'" in drawn["Content-Security-Policy"]
    assert "script-src 'unsafe-inline'" not in drawn["Content-Security-Policy"]
    assert b"baseline 7" in drawn.content


def test_accepting_signs(physician, block):
    answer = physician.post(f"/reviews/{block.reference}/left/sign", decision(block))

    assert answer["Location"] == f"/reviews/{block.reference}"
    assert Review.objects.get().decided == "positive_80"
    page = read(physician.get(f"/reviews/{block.reference}"))
    assert "signed by Pat Physician" in page
    assert b"Nobody waits" in physician.get("/reviews/").content


def test_deciding_otherwise_needs_a_reason(physician, block):
    address = f"/reviews/{block.reference}/left/sign"

    refused = physician.post(address, decision(block, decided="negative"))
    taken = physician.post(
        address, decision(block, decided="negative", override_reason="He slept.")
    )

    assert refused.status_code == 422
    assert b"Say why you decide otherwise than the rule." in refused.content
    assert taken.status_code == 302
    assert Review.objects.get().override_reason == "He slept."


@pytest.mark.parametrize(
    "said", [{"decided": ""}, {"decided": "perhaps"}, {"seen": "xyz"}, {"after": "first"}]
)
def test_a_broken_form_signs_nothing(physician, block, said):
    answer = physician.post(f"/reviews/{block.reference}/left/sign", decision(block, **said))

    assert answer.status_code == 422
    assert not Review.objects.exists()


def test_pressing_twice_signs_once(physician, block):
    sent = decision(block)

    for _ in range(2):
        physician.post(f"/reviews/{block.reference}/left/sign", sent)

    assert Review.objects.count() == 1


def test_what_changed_since_the_page_was_read_is_a_conflict(physician, block):
    sent = decision(block)
    answered(block, "H4", 6)

    answer = physician.post(f"/reviews/{block.reference}/left/sign", sent)

    assert answer.status_code == 409
    assert b"New answers came in" in answer.content
    assert not Review.objects.exists()


def test_new_data_asks_for_an_addendum(physician, block):
    address = f"/reviews/{block.reference}"
    physician.post(f"{address}/left/sign", decision(block))
    answered(block, "H4", 6)

    page = read(physician.get(address))
    physician.post(f"{address}/left/sign", decision(block))

    assert "New data after signature" in page
    assert Review.objects.last().addendum_to == Review.objects.first()


@pytest.mark.parametrize("side", ["right", "bilateral", "elbow"])
def test_a_side_that_was_not_injected_is_not_there(physician, block, side):
    assert physician.post(f"/reviews/{block.reference}/{side}/sign", {}).status_code == 404


@pytest.mark.parametrize("role", ["nurse", "desk", "administrator"])
def test_only_a_physician_may_sign(block, role):
    answer = staff(role).post(f"/reviews/{block.reference}/left/sign", decision(block))

    assert answer.status_code == 403
    assert not Review.objects.exists()


def test_a_nurse_reads_and_finds_no_button_to_sign(block):
    page = staff("nurse").get(f"/reviews/{block.reference}")

    assert page.status_code == 200
    assert b"/left/sign" not in page.content


@pytest.mark.parametrize("path", ["", "/chart.svg"])
def test_a_stranger_is_sent_to_the_login(block, path):
    answer = Client().get(f"/reviews/{block.reference}{path}")

    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_a_visit_that_was_not_done_has_no_review(physician):
    assert physician.get(f"/reviews/{world.a_booking().reference}").status_code == 404


@pytest.mark.parametrize("path", ["", "{}", "{}/chart.svg"])
def test_looking_writes_nothing_but_the_audit(physician, block, path):
    tables = [m for m in apps.get_models() if m._meta.label != "scheduling.Access"]
    before = {m._meta.label: m.objects.count() for m in tables}

    physician.get(f"/reviews/{path.format(block.reference)}")

    assert {m._meta.label: m.objects.count() for m in tables} == before
    assert Access.objects.filter(patient=block.patient, user__isnull=False).count() == 1


# Scores typed in by staff

TYPED = {
    "slot": "H4",
    "observed_at": "2026-03-16T13:20",
    "score_left": "5",
    "moved": "yes",
    "brought": "phone",
    "teller": "patient",
}


def test_a_nurse_types_in_what_was_said_on_the_phone(block):
    answer = staff("nurse").post(f"/injections/{block.reference}/answer", TYPED)

    reading = Reading.objects.get(survey__slot="H4")
    assert answer.status_code == 302
    assert (reading.score, reading.observed_at, reading.received_at) == (5, at(4), at(12))
    assert (reading.channel, reading.entered_by) == (AnswerChannel.PHONE, EnteredBy.STAFF)
    assert reading.entered_by_user.role == "nurse"
    assert (reading.late, reading.recall) == (False, False)


def test_a_score_from_memory_and_one_of_a_proxy_are_marked(block):
    sent = TYPED | {"from_memory": "on", "teller": "proxy"}

    staff("nurse").post(f"/injections/{block.reference}/answer", sent)

    reading = Reading.objects.get(survey__slot="H4")
    assert (reading.recall, reading.entered_by) == (True, EnteredBy.PROXY)


EXAMINED = {"slot": "D30", "observed_at": "2026-03-16T09:50", "brought": "visit", "teller": "staff"}
TESTED = {
    "tests_left-faber": "negative",
    "tests_left-thigh_thrust": "negative",
    "tests_left-gaenslen": "positive",
}


def test_a_re_examination_at_half_an_hour_is_typed_in_test_by_test(block):
    nurse = staff("nurse")

    nurse.post(f"/injections/{block.reference}/answer", TYPED | EXAMINED | TESTED)

    reading = Reading.objects.get(survey__slot="D30")
    page = read(nurse.get(f"/reviews/{block.reference}"))
    assert reading.reexam
    assert reading.provocation == {
        ProvocationTest.FABER: False,
        ProvocationTest.GAENSLEN: True,
        ProvocationTest.THIGH_THRUST: False,
    }
    assert "<i>positive</i>: Gaenslen" in page
    assert "<i>negative</i>: FABER (Patrick), Thigh thrust" in page


def test_fewer_tests_than_the_protocol_asks_are_kept_and_are_no_re_examination(block):
    few = {name: said for name, said in TESTED.items() if name != "tests_left-gaenslen"}

    staff("nurse").post(f"/injections/{block.reference}/answer", TYPED | EXAMINED | few)

    reading = Reading.objects.get(survey__slot="D30")
    assert not reading.reexam
    assert len(reading.provocation) == 2


def test_a_corrected_score_keeps_the_tests_that_were_repeated_for_it(block):
    staff("nurse").post(f"/injections/{block.reference}/answer", TYPED | EXAMINED | TESTED)
    first = Reading.objects.get(survey__slot="D30")

    second = surveys.correct(reading=first, score=1, by=None, at=at(12))

    assert (second.provocation, second.reexam) == (first.provocation, True)


def test_a_test_with_two_results_cannot_be_kept(block):
    staff("nurse").post(f"/injections/{block.reference}/answer", TYPED | EXAMINED | TESTED)
    both = Reading.objects.filter(survey__slot="D30")

    with pytest.raises(IntegrityError, match="one_result"):
        both.update(tests_positive=["faber", "gaenslen"])


def test_signing_asks_who_you_are_again_and_then_signs_what_was_sent(block):
    physician, password = world.a_user("physician"), "rain-over-the-lake-7"
    physician.set_password(password)
    physician.save()
    browser = Client()
    browser.post("/accounts/login/", {"login": physician.username, "password": password})

    asked = browser.post(f"/reviews/{block.reference}/left/sign", decision(block))
    browser.post(asked["Location"], {"password": "wrong"})
    unsigned = not Review.objects.exists()
    browser.post(asked["Location"], {"password": password})

    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert unsigned
    assert Review.objects.get().signed_by == physician


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"slot": ""}, "Choose a check-in."),
        ({"slot": "D60"}, "D60"),
        ({"score_left": ""}, "Choose one number from 0 to 10"),
        ({"observed_at": ""}, "Say at what time"),
        ({"observed_at": "2026-03-17T13:20"}, "has not come yet"),
        ({"observed_at": "2026-03-16T07:20"}, "before the injection"),
        ({"brought": ""}, "Choose one."),
        ({"teller": ""}, "Choose one."),
        ({"teller": "proxy", "tests_left-faber": "negative"}, "Only staff repeat the tests"),
        ({"tests_left-faber": "maybe"}, "maybe"),
    ],
)
def test_a_bad_entry_gets_a_sentence_and_keeps_nothing(block, wrong, sentence):
    page = staff("nurse").post(f"/injections/{block.reference}/answer", TYPED | wrong)

    assert page.status_code == 422
    assert sentence in read(page)
    assert Reading.objects.count() == 4
