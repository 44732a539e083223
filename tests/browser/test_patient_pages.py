"""What patients meet behind a link, on an old telephone, perhaps without JavaScript."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

from tests.browser.axe import in_every_light
from tests.browser.sandbox import Mailbox, Phone, path_of_link
from tests.browser.screens import PHONE

HEAVIEST = 50_000  # bytes of a page with all it loads, as promised to old telephones
# Comes for both joints, with sedation, in nine days: later than any other test moves the clock.
COMING = ("Specimen", "12", "5", "1955")
Who = tuple[str, str, str, str]


@pytest.fixture
def plain(windows: Callable[..., BrowserContext]) -> Page:
    """A telephone that runs no JavaScript."""
    return windows(viewport=PHONE, java_script_enabled=False).new_page()


def give(page: Page, month: str, day: str, year: str) -> None:
    """A birth date, typed into its three fields."""
    for label, value in {"Month": month, "Day": day, "Year": year}.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Open my page").click()


def first_link(staff: Callable[..., Page], who: Who) -> str:
    return path_of_link(Phone(staff("desk"), who[0]).shows("Read and confirm"))


def expect_right(page: Page) -> None:
    """It fits, keeps nobody out in light or dark, and weighs little."""
    assert in_every_light(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    assert weight(page) < HEAVIEST


def weight(page: Page) -> int:
    """Bytes of the page and of everything it loads, unpacked."""
    loaded: list[int] = []

    def weigh(response: Response) -> None:
        loaded.append(len(response.body()))

    page.on("response", weigh)
    page.goto(page.url)
    page.remove_listener("response", weigh)
    return sum(loaded)


def test_a_page_before_and_behind_the_birth_date_fits_and_looks_right(
    staff: Callable[..., Page], patient: Page
) -> None:
    patient.goto(first_link(staff, COMING))
    expect(patient.get_by_role("heading", name="Your date of birth, please")).to_be_visible()
    expect_right(patient)

    give(patient, *COMING[1:])

    expect(patient.get_by_role("heading", name="Hello Gus")).to_be_visible()
    expect_right(patient)


def test_a_wrong_birth_date_shows_what_to_mend_and_nothing_else(
    staff: Callable[..., Page], patient: Page
) -> None:
    patient.goto(first_link(staff, COMING))

    give(patient, "13", "1", "1968")

    expect(patient.get_by_role("alert")).to_contain_text("Please look again")
    assert "Gus" not in patient.content()
    assert in_every_light(patient) == []


def test_a_link_that_does_not_work_says_whom_to_call(patient: Page) -> None:
    patient.goto("/p/" + "x" * 22)

    expect(patient.get_by_role("heading", name="This link does not work")).to_be_visible()
    expect(patient.get_by_role("link", name=re.compile("555"))).to_be_visible()
    expect_right(patient)


def test_tab_leads_through_the_birth_date_to_its_button(
    staff: Callable[..., Page], patient: Page
) -> None:
    patient.goto(first_link(staff, COMING))
    for _ in range(4):  # past the way to skip the head, through month, day and year
        patient.keyboard.press("Tab")

    patient.keyboard.press("Tab")

    expect(patient.get_by_role("button", name="Open my page")).to_be_focused()


def test_a_visit_is_confirmed_and_a_driver_named_without_javascript(
    staff: Callable[..., Page], plain: Page
) -> None:
    plain.goto(first_link(staff, COMING))
    give(plain, *COMING[1:])

    plain.get_by_role("button", name="Yes, I will come").click()
    expect(plain.get_by_role("heading", name="You have confirmed")).to_be_visible()
    plain.get_by_label("Name of your driver").fill("Dan")
    plain.get_by_label("Phone of your driver").fill("12")
    plain.get_by_role("button", name="Save the driver").click()
    expect(plain.get_by_role("alert")).to_contain_text("Nothing is saved yet")
    plain.get_by_label("Phone of your driver").fill("202 555 0123")
    plain.get_by_role("button", name="Save the driver").click()

    expect(plain.get_by_text("Your driver: Dan")).to_be_visible()


def test_both_sides_are_asked_apart_and_neither_may_be_left_out(
    staff: Callable[..., Page], patient: Page, plain: Page
) -> None:
    mailbox = Mailbox(staff("desk"), COMING[0])
    link = path_of_link(mailbox.travel_until("A short check-in is ready", "+1 day"))
    patient.goto(link)
    give(patient, *COMING[1:])
    expect(patient.get_by_role("radio", checked=True)).to_have_count(0)
    expect_right(patient)
    patient.locator("form").first.evaluate("form => form.noValidate = true")  # an old browser
    side(patient, "Left").get_by_label("6", exact=True).check()
    patient.get_by_role("button", name="Save my answer").click()
    expect(patient.get_by_role("alert")).to_contain_text("for your right side")
    assert in_every_light(patient) == []

    plain.goto(link)
    give(plain, *COMING[1:])
    side(plain, "Left").get_by_label("6", exact=True).check()
    side(plain, "Right").get_by_label("3", exact=True).check()
    plain.get_by_role("button", name="Save my answer").click()

    expect(plain.get_by_text("Left side: 6 of 10")).to_be_visible()
    expect(plain.get_by_text("Right side: 3 of 10")).to_be_visible()


def side(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=f"{name} side")
