"""One patient from the search field to the signed answer, through pages only."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.running_clinic import RunningClinic
from tests.browser.sandbox import Phone, path_of_link

FAMILY, GIVEN, BORN = "Quillfeather", "Rose", ("3", "14", "1958")
CLINIC = ZoneInfo("America/New_York")
BASELINE, SCORE = 7, 1  # six of seven points gone: 85.7 %
CHECK_IN = re.compile(r"check-in (\d+) of (\d+)")
MOST_EVENTS = 60  # of all patients of the demonstration, on the day of the visit
BY_LINK = 4  # the check-in that is answered on the page; the others by a number in a text


def test_one_patient_goes_from_the_order_to_the_signed_answer(
    staff: Callable[..., Page], patient: Page, site: RunningClinic
) -> None:
    desk, nurse, physician = staff("desk"), staff("nurse"), staff("physician")

    register(desk)
    place_order(desk)
    visit = book(desk)
    cosign(physician, site.login("physician")[1])
    phone = Phone(staff("desk"), FAMILY)
    confirm(patient, phone)
    expect_confirmed(desk, visit)

    phone.clock.go(start_of(desk))
    complete(nurse, visit)
    keep_the_diary(patient, phone)

    sign(physician, site.login("physician")[1])
    expect_nobody_waits(physician)


def register(page: Page) -> None:
    """The desk looks first, then adds the patient with contacts and consents."""
    page.get_by_role("link", name="Patients").click()
    page.get_by_role("searchbox").press_sequentially(FAMILY)
    expect(page.get_by_text(f"Nobody fits “{FAMILY}”")).to_be_visible()
    page.locator("#found").get_by_role("link", name="New patient").click()
    for label, value in {
        "Family name": FAMILY,
        "Given name": GIVEN,
        "Birth date": "1958-03-14",
        "MRN": "J-1",
        "Mobile, for texts": "(202) 555-0177",
        "E-mail": "rose@patients.example",
    }.items():
        page.get_by_role("textbox", name=label).fill(value)
    page.get_by_label("Time zone").select_option("America/New_York")
    for purpose in ("Reminders", "Diary"):
        page.get_by_role("group", name=re.compile(f"^{purpose}")).get_by_label("SMS").check()
    looks_right(page)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("is registered. Next: the physician's order.")).to_be_visible()


def place_order(page: Page) -> None:
    """A first left diagnostic block with bupivacaine, nothing to report."""
    page.get_by_role("link", name="New order").first.click()
    page.get_by_label("Ordering physician").select_option(label="Paul Physick, MD")
    for question, answer in {
        "Side": "Left",
        "Intent": "Diagnostic",
        "Block number": "First",
        "Target": "Intra-articular",
        "Guidance": "Fluoroscopy",
        "Sedation": "None",
    }.items():
        choose(page, question, answer)
    agent = page.get_by_role("group", name="Agent 1")
    agent.get_by_label("Drug").select_option(label="Bupivacaine")
    agent.get_by_label("Strength, %").fill("0.5")
    agent.get_by_label("Volume, mL").fill("2")
    answer_screening(page)
    looks_right(page)
    page.get_by_role("button", name="Place the order and find a time").click()
    expect(page.get_by_role("heading", name="Find a time")).to_be_visible()


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question, exact=True).get_by_label(answer, exact=True).check()


def answer_screening(page: Page) -> None:
    """Everything that is asked of everybody has an answer, and no answer stops anything."""
    screening = page.get_by_role("group", name="Screening")
    for menu in screening.locator(":scope > .fields select").all():
        calm = menu.locator("option").filter(has_text=re.compile("^(None|No|Yes)$"))
        label = "Yes" if "face down" in menu.locator("xpath=../label").inner_text() else None
        menu.select_option(label=label or calm.first.inner_text())


def book(page: Page) -> str:
    """The first opening; returns the address of the visit."""
    looks_right(page)
    page.get_by_role("button", name="Choose").first.click()
    expect(page.get_by_role("heading", name="Book this time?")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name=re.compile("^Book ")).click()
    expect(page.get_by_text("Booked.", exact=True)).to_be_visible()
    plan = page.locator("section").filter(has=page.get_by_role("heading", name="Messages"))
    expect(plan.get_by_role("row").nth(3)).to_be_visible()
    looks_right(page)
    return page.url


def confirm(patient: Page, phone: Phone) -> None:
    """The link in the first text asks for the birth date, then for a word."""
    text = phone.shows("Read and confirm")
    patient.goto(path_of_link(text))
    assert FAMILY not in patient.content()
    fits_and_looks_right(patient)
    give_birth_date(patient)
    expect(patient.get_by_role("heading", name=f"Hello {GIVEN}")).to_be_visible()
    fits_and_looks_right(patient)
    patient.get_by_role("button", name="Yes, I will come").click()
    expect(patient.get_by_role("heading", name="You have confirmed")).to_be_visible()


def give_birth_date(patient: Page) -> None:
    for label, value in zip(("Month", "Day", "Year"), BORN, strict=True):
        patient.get_by_label(label).fill(value)
    patient.get_by_role("button", name="Open my page").click()


def expect_confirmed(page: Page, visit: str) -> None:
    page.goto(visit)
    expect(page.locator("header.panel")).to_contain_text("Confirmed")


def start_of(page: Page) -> datetime:
    """The visit's start as its page writes it: `Tue 24 Nov 2026, 10:15 EST`."""
    written = page.locator("header.panel h1").inner_text().rpartition(" ")[0]
    return datetime.strptime(written, "%a %d %b %Y, %H:%M").replace(tzinfo=CLINIC)


def complete(page: Page, visit: str) -> None:
    """The nurse marks the arrival, then records T0, side, sedation and the provoked baseline."""
    page.goto(visit)
    page.get_by_role("button", name=re.compile("[Aa]rrived")).click()
    expect(page.locator("header.panel")).to_contain_text("Arrived")
    page.get_by_role("link", name=re.compile("^Complete")).click()
    choose(page, "Side performed", "Left")
    choose(page, "Sedation given", "None")
    joint = page.get_by_role("group", name="Left joint")
    choose(joint, "Baseline, provoked", str(BASELINE))
    choose(joint, "Spread seen inside the joint", "Yes")
    looks_right(page)
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.get_by_text("Completed. The diary starts from T0.")).to_be_visible()


def keep_the_diary(patient: Page, phone: Phone) -> None:
    """Answer each check-in when its text comes: a number by text, one of them on the page."""
    answered, last = 0, 1
    for _ in range(MOST_EVENTS):
        phone.clock.press("To the next event")
        asked = CHECK_IN.findall(phone.page.locator("#bubbles").inner_text())
        number, last = map(int, asked[-1]) if asked else (0, 1)
        if number > answered:
            answered = number
            answer_on_the_page(patient, phone) if number == BY_LINK else phone.answer(str(SCORE))
        if answered == last:
            return
    raise AssertionError(
        f"After {MOST_EVENTS} events only {answered} of {last} check-ins had come."
    )


def answer_on_the_page(patient: Page, phone: Phone) -> None:
    patient.goto(path_of_link(phone.shows(CHECK_IN)))
    give_birth_date(patient)
    fits_and_looks_right(patient)
    left = patient.get_by_role("group", name="Left side")
    expect(left.get_by_role("radio", checked=True)).to_have_count(0)
    left.get_by_label(str(SCORE), exact=True).check()
    patient.get_by_label("Yes", exact=True).check()
    patient.get_by_role("button", name="Save my answer").click()
    expect(patient.get_by_role("heading", name="Your answer is saved")).to_be_visible()
    expect(patient.get_by_text(f"Left side: {SCORE} of 10")).to_be_visible()
    fits_and_looks_right(patient)


def cosign(page: Page, password: str) -> None:
    """The physician reads what the desk has entered, and says who that is."""
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Co-sign").click()
    looks_right(page)
    page.get_by_role("button", name=re.compile(f"Co-sign the order for .*{FAMILY}")).click()
    say_who_it_is(page, password)
    expect(page.get_by_role("button", name=re.compile(FAMILY))).to_have_count(0)


def say_who_it_is(page: Page, password: str) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    looks_right(page)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()


def sign(page: Page, password: str) -> None:
    """The physician reads the answer with its arithmetic, agrees, and says who that is."""
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Reviews").click()
    looks_right(page)
    page.get_by_role("link", name=re.compile(FAMILY)).click()
    strip = page.locator("#left")
    expect(strip).to_contain_text("POSITIVE (≥80)")
    expect(strip).to_contain_text(f"{BASELINE} → {SCORE} = 85.7 %")
    looks_right(page)
    choose(page, "Your decision", "POSITIVE (≥80)")
    page.get_by_role("button", name="Sign the left joint").click()
    expect(page.get_by_text("Signed: left joint.")).to_be_visible()


def expect_nobody_waits(page: Page) -> None:
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Reviews").click()
    expect(page.get_by_role("heading", name="Reviews")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(FAMILY))).to_have_count(0)


def looks_right(page: Page) -> None:
    """Nothing grave for anybody who uses the page as it stands now."""
    assert violations(page) == [], page.url


def fits_and_looks_right(page: Page) -> None:
    looks_right(page)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= page.viewport_size["width"]
