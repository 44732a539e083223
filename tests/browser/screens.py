"""Screens of the people who use the site: staff at desks, patients with old telephones."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 320, "height": 640}
CLICK_TIMEOUT_MS = 20_000  # milliseconds that one click may take on a busy machine
REFUSED = "Failed to load resource: the server responded with a status of "


class Complaints(list[str]):
    """What a browser complains about: script errors, blocked styles and scripts, missing files."""

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self.hear(page, message))

    def hear(self, page: Page, message: ConsoleMessage) -> None:
        """A page that answers 4xx on purpose is no complaint; a file of it that does is one."""
        own = message.location.get("url", "").split("?")[0] == page.url.split("?")[0]
        if message.type == "error" and not (own and message.text.startswith(REFUSED + "4")):
            self.append(f"{page.url}: {message.text}")


@contextmanager
def screen(browser: Browser, site_url: str, **options: Any) -> Iterator[BrowserContext]:
    """A browser window without a past; fails at the end if a page in it gave cause to complain."""
    settings = {"viewport": DESK, "locale": "en-US", "reduced_motion": "reduce"} | options
    context = browser.new_context(base_url=site_url, **settings)
    context.set_default_timeout(CLICK_TIMEOUT_MS)
    complaints = Complaints()
    context.on("page", complaints.listen)
    try:
        yield context
    finally:
        context.close()
    assert not complaints, "\n".join(complaints)


def confirm(page: Page, password: str) -> None:
    """Say again who one is, so that no page asks for it in the next minutes."""
    page.goto("/accounts/reauthenticate/?next=/")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/")


def sign_in(page: Page, username: str, password: str) -> None:
    """Through the page, as staff do."""
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
