"""A warning sign on a Sunday night: paged, handed on, taken late, and on the patient's record."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from clinic.demo.sandbox.fixtures import PATIENTS, ZONE, Progress
from tests.browser.axe import violations
from tests.browser.sandbox import Phone

FAMILY = next(each.family for each in PATIENTS if each.progress is Progress.CONFIRMED)
CLINIC = ZoneInfo(ZONE)
CODE = re.compile(r"Reply (\d{4}) to take it")
WORDS = "I can not feel between my legs"


def test_a_page_goes_out_on_a_sunday_night_and_is_taken_late(
    staff: Callable[..., Page],
) -> None:
    phone, on_call = Phone(staff("desk"), FAMILY), staff("desk")
    while not is_sunday_night(phone.clock.now):
        phone.clock.press(
            "+1 day" if phone.clock.now.astimezone(CLINIC).weekday() < 6 else "+1 hour"
        )
    night = phone.clock.now
    on_call.goto("/sandbox/on-call/")

    phone.answer(WORDS)
    first = page_on(on_call, "Petra Placid, MD")
    phone.shows("Emergency? Call 911. Other needs: call 202-555-0182.")
    while (phone.clock.now - night) < timedelta(minutes=10):
        phone.clock.press("To the next event")

    nurse = staff("nurse")
    record_of(nurse)
    expect(nurse.get_by_text("Nobody has taken it")).to_be_visible()
    assert violations(nurse) == []
    reply(on_call, "Petra Placid, MD", first)
    expect(nurse.get_by_text("by Petra Placid, MD")).to_be_visible(timeout=60_000)
    nurse.get_by_role("link", name="Open", exact=True).click()
    expect(nurse.get_by_text(WORDS)).to_be_visible()
    expect(
        nurse.locator("ol.attempts li").filter(has_text="physician@clinic.example")
    ).to_be_visible()
    assert violations(nurse) == []

    phone.clock.go(datetime.combine(night.astimezone(CLINIC) + timedelta(days=1), time(12), CLINIC))


def is_sunday_night(now: datetime) -> bool:
    """Whether it is Sunday, 22:00 or later, by the clinic's clocks."""
    local = now.astimezone(CLINIC)
    return local.weekday() == 6 and local.hour >= 22


def page_on(page: Page, name: str) -> str:
    """Wait for the page of this shift; its code."""
    text = page.locator("section").filter(has_text=name).locator("li.theirs").last
    expect(text).to_contain_text("URGENT, a patient reports a warning sign")
    found = CODE.search(text.inner_text())
    assert found
    return found[1]


def record_of(page: Page) -> None:
    """The injection of the patient."""
    page.goto("/patients")
    page.get_by_role("searchbox").press_sequentially(FAMILY)
    page.locator("#found a[href*='/patients/']").first.click()
    page.locator("main a[href*='/injections/']").first.click()


def reply(page: Page, name: str, code: str) -> None:
    page.get_by_label(f"Reply as {name}").fill(code)
    page.get_by_label(f"Reply as {name}").press("Enter")
    expect(page.locator("li.mine").filter(has_text=code).last).to_be_visible()
