"""The keyboard alone is enough."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_a_slash_searches_patients_from_anywhere(staff: Callable[..., Page]) -> None:
    page = staff("desk")

    page.keyboard.press("/")

    expect(page.get_by_role("searchbox")).to_be_focused()


def test_letters_typed_into_a_field_stay_letters(staff: Callable[..., Page]) -> None:
    page = staff("desk")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()

    page.keyboard.type("nt")

    expect(page.get_by_role("searchbox")).to_have_value("nt")


def test_n_begins_a_new_patient(staff: Callable[..., Page]) -> None:
    page = staff("desk")
    page.goto("/patients")
    page.get_by_role("heading", name="Patients").click()

    page.keyboard.press("n")

    expect(page.get_by_role("heading", name="New patient")).to_be_visible()


def test_a_question_mark_shows_the_keys_and_escape_closes_them(
    staff: Callable[..., Page],
) -> None:
    page = staff("desk")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_found_patients_are_walked_with_j_and_opened_with_enter(
    staff: Callable[..., Page],
) -> None:
    page = staff("desk")
    page.goto("/patients")
    page.get_by_role("searchbox").press_sequentially("example")
    expect(page.get_by_role("row").filter(has_text="Example")).to_be_visible()
    page.keyboard.press("Tab")  # out of the field, to the first row

    page.keyboard.press("j")
    expect(page.get_by_role("link", name="None of these: new patient")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name=re.compile("Example"))).to_be_visible()


def test_the_tab_key_reaches_the_form_past_the_head_of_the_page(
    staff: Callable[..., Page],
) -> None:
    page = staff("desk")
    page.goto("/patients/new")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    reach(page, "Register")

    expect(page.get_by_role("button", name="Register")).to_be_focused()


def reach(page: Page, name: str, most: int = 40) -> None:
    """Press Tab until the element with this text is focused."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == name:
            return
