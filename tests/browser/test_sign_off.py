"""Who walks away is signed out, and finds what was typed when coming back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.running_clinic import RunningClinic
from tests.browser.screens import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def typing(staff: Callable[..., Page]) -> Page:
    """A page on which a name was typed; its clock moves when it is told to."""
    page = staff("desk")
    page.clock.install()
    page.goto("/patients/new")
    page.get_by_role("textbox", name="Family name").fill("Halfway")
    return page


def test_a_minute_before_the_page_warns_and_who_is_there_stays(typing: Page) -> None:
    typing.clock.run_for(14 * 60_000 + 10_000)
    warning = typing.get_by_role("heading", name="Are you still there?")
    expect(warning).to_be_visible()
    assert violations(typing) == []

    typing.get_by_role("button", name="Stay signed in").click()

    expect(warning).to_be_hidden()
    typing.clock.run_for(60_000)
    expect(warning).to_be_hidden()


def test_what_was_typed_is_there_after_signing_in_again(typing: Page, site: RunningClinic) -> None:
    typing.clock.run_for(16 * 60_000)
    expect(typing.get_by_role("heading", name="You were signed out")).to_be_visible()
    assert violations(typing) == []
    typing.get_by_role("button", name="Go on").click()
    expect(typing.get_by_text("You are not signed in again yet.")).to_be_visible()

    with typing.context.expect_page() as opened:
        typing.get_by_role("link", name="Sign in again").click()
    sign_in(opened.value, *site.login("desk"))
    typing.get_by_role("button", name="Go on").click()

    expect(typing.get_by_role("heading", name="You were signed out")).to_be_hidden()
    expect(typing.get_by_role("textbox", name="Family name")).to_have_value("Halfway")
    typing.get_by_role("button", name="Register").click()
    expect(typing.get_by_role("alert")).to_contain_text("Nothing was saved yet")
