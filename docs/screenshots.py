"""Pictures of the main pages, made from a running demo: `make screenshots`.

Starts a house of its own with the demo clinic, so that every picture shows what anybody gets.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402

from tests.browser.chromium import chromium  # noqa: E402
from tests.browser.house import running  # noqa: E402
from tests.browser.screens import sign_in  # noqa: E402

SIZE = {"width": 1280, "height": 860}
PICTURES = HERE / "screenshots"
VAR = ROOT / "var" / "screenshots"


def main() -> None:
    shutil.rmtree(VAR, ignore_errors=True)
    PICTURES.mkdir(exist_ok=True)
    with running(VAR, 7) as house, chromium() as browser:
        page = browser.new_context(viewport=SIZE, base_url=house.url).new_page()
        sign_in(page, *house.login("physician"))
        for name, go in VIEWS.items():
            go(page)
            page.screenshot(path=PICTURES / f"{name}.png")


def first(page: Page, address: str, link: str) -> None:
    """Open a list and follow the first link of this kind."""
    page.goto(address)
    page.locator(f"main a[href*='{link}']").first.click()
    page.wait_for_load_state("networkidle")


def busy_day(page: Page) -> None:
    """The first day from today on that has visits; weekends have none."""
    page.goto("/day")
    for _ in range(7):
        if page.locator("main a[href*='/injections/']").count():
            return
        page.locator("main").get_by_text("Day after").click()
        page.wait_for_load_state("networkidle")


def visit(page: Page) -> None:
    """A visit, with what its patient is told."""
    busy_day(page)
    address = page.locator("main a[href*='/injections/']").first.get_attribute("href")
    page.goto(str(address))
    page.wait_for_load_state("networkidle")


def phone(page: Page) -> None:
    """The telephone of a patient who was written to."""
    page.goto("/sandbox/")
    rows = page.get_by_role("row").filter(has_text="Harbor Clinic:")
    rows.first.locator("a[href*='/phones/']").click()
    page.wait_for_load_state("networkidle")


VIEWS: dict[str, Callable[[Page], object]] = {
    "day": busy_day,
    "injection": visit,
    "worklist": lambda page: page.goto("/tasks"),
    "review": lambda page: first(page, "/reviews/", "/reviews/"),
    "phone": phone,
}

if __name__ == "__main__":
    main()
