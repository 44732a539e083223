"""The sandbox as a visitor of the demonstration uses it: the clock, and one patient's telephone."""

import re
from datetime import datetime
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

ARRIVAL = 90_000  # milliseconds; a day's journey stops at each event and lets workers finish there
LINK = re.compile(r"https?://\S+/p/\w+")


class TimeMachine:
    """The panel that moves the clock of the whole running site."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def panel(self) -> Locator:
        return self.page.locator("#clock")

    @property
    def now(self) -> datetime:
        at = self.panel.locator("time").first.get_attribute("datetime")
        assert at
        return datetime.fromisoformat(at)

    def press(self, button: str) -> None:
        """Move, and wait until the panel says that the clock has arrived."""
        with self.page.expect_navigation():
            self.panel.get_by_role("button", name=button).click()
        expect(self.panel.get_by_role("button", name="+1 hour")).to_be_visible(timeout=ARRIVAL)
        expect(self.panel.locator(".note.bad")).to_have_count(0)

    def go(self, moment: datetime) -> None:
        """By days, then hours, then events, to the first stop that is not before `moment`."""
        while (left := moment - self.now).total_seconds() > 0:
            steps = [(86_400, "+1 day"), (3_600, "+1 hour"), (0, "To the next event")]
            self.press(next(name for size, name in steps if left.total_seconds() > size))


class Mailbox:
    """One patient's mails, in a page beside the time machine's."""

    def __init__(self, page: Page, patient: str) -> None:
        page.goto("/sandbox/")
        self.clock = TimeMachine(page)
        self.page = page.context.new_page()
        self.page.goto(address(page, patient, "mailboxes"))

    def travel_until(self, subject: str, button: str, most: int = 20) -> str:
        """Press a button of the time machine until this mail has come; return its plain text."""
        wanted = self.page.get_by_role("link", name=subject)
        for _ in range(most):
            if wanted.count():
                break
            self.clock.press(button)
            self.page.reload()
        wanted.first.click()
        return self.page.locator(".plain").inner_text()


class Phone:
    """One patient's telephone, beside the time machine."""

    def __init__(self, page: Page, patient: str) -> None:
        """Open it from the sandbox's first page."""
        page.goto("/sandbox/")
        page.goto(address(page, patient, "phones"))
        self.page = page
        self.clock = TimeMachine(page)

    @property
    def texts(self) -> Locator:
        """What the clinic has written, oldest first."""
        return self.page.locator("#bubbles li.theirs")

    def shows(self, words: str | re.Pattern[str]) -> str:
        """Wait for a text with these words; return the newest one."""
        found = self.texts.filter(has_text=words)
        expect(found.last).to_be_visible()
        return found.last.inner_text()

    def answer(self, body: str) -> None:
        self.page.get_by_label("Text as the patient").fill(body)
        self.page.get_by_role("button", name="Send").click()
        expect(self.page.locator("#bubbles li.mine").last).to_contain_text(body)


def address(page: Page, patient: str, what: str) -> str:
    """Where the sandbox's first page says that a patient's phone or mailbox is."""
    row = page.get_by_role("row").filter(has_text=patient)
    found = row.locator(f"a[href*='/{what}/']").get_attribute("href")
    assert found, f"{patient} has none of {what}"
    return found


def path_of_link(text: str) -> str:
    """Where the link of a text leads, on this site."""
    found = LINK.search(text)
    assert found, f"No link in: {text}"
    return urlsplit(found[0]).path
