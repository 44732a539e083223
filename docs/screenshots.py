"""Pictures of the main pages, made from a running demo: `make screenshots`.

Starts a site of its own with the demo clinic, so that every picture shows what anybody gets. One
patient's day is followed on the way: the visit is done, and some check-ins are answered.
"""

import re
import shutil
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, ViewportSize, expect  # noqa: E402

from clinic.demo.sandbox.fixtures import PATIENTS, ZONE, Progress  # noqa: E402
from tests.browser.chromium import chromium  # noqa: E402
from tests.browser.running_clinic import RunningClinic, running  # noqa: E402
from tests.browser.sandbox import Phone, path_of_link  # noqa: E402
from tests.browser.screens import sign_in  # noqa: E402

DESK: ViewportSize = {"width": 1280, "height": 860}
POCKET: ViewportSize = {"width": 390, "height": 760}
PICTURES = HERE / "screenshots"
VAR = ROOT / "var" / "screenshots"
HERO = next(person for person in PATIENTS if person.progress is Progress.CONFIRMED)
SCORES = (2, 1)  # answered by text; the check-in after them is answered on the page
MOST_EVENTS = 40
ASKED = re.compile(r"check-in (\d+) of")


def main() -> None:
    shutil.rmtree(VAR, ignore_errors=True)
    PICTURES.mkdir(exist_ok=True)
    with running(VAR) as site, chromium() as browser:
        page = window(browser, site, DESK)
        sign_in(page, *site.login("physician"))
        for name, go in VIEWS.items():
            go(page)
            picture(page, name)
        link = visit_and_diary(page)
        picture(page, "phone")
        picture(survey(window(browser, site, POCKET), link), "survey")


def window(browser: Browser, site: RunningClinic, size: ViewportSize) -> Page:
    context = browser.new_context(viewport=size, base_url=site.url, reduced_motion="reduce")
    return context.new_page()


def picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")


def follow(page: Page, address: str, link: str) -> None:
    """Open a list and follow its first link of this kind."""
    page.goto(address)
    page.locator(f"main a[href*='{link}']").first.click()
    page.wait_for_load_state("networkidle")


def busy_day(page: Page) -> None:
    """The first day from today on that has visits, once every order has its time."""
    book_all(page)
    page.goto("/day")
    for _ in range(7):
        if page.locator("main a[href*='/injections/']").count():
            return
        page.locator("main").get_by_text("Day after").click()
        page.wait_for_load_state("networkidle")


def book_all(page: Page) -> None:
    """Give every order that waits for a time its second opening."""
    while page.goto("/") and page.locator("main a[href$='/book']").count():
        page.locator("main a[href$='/book']").first.click()
        page.get_by_role("button", name="Choose").nth(1).click()
        page.get_by_role("button", name=re.compile("^Book ")).click()
        expect(page.get_by_text("Booked.", exact=True)).to_be_visible()


def offered_times(page: Page) -> None:
    """Where an order without a time is booked: shown before `book_all` leaves none."""
    follow(page, "/", "/book")


def visit(page: Page) -> None:
    """A visit, with what its patient is told."""
    address = visit_of(page, "Specimen")
    page.goto(address)
    page.get_by_role("table").filter(has_text="How it went").first.wait_for()


def visit_of(page: Page, family: str) -> str:
    """The address of a demo patient's visit, by the search field."""
    page.goto("/patients")
    page.get_by_role("searchbox").press_sequentially(family)
    found = page.locator("#found a[href*='/injections/']")
    found.first.wait_for()
    return str(found.first.get_attribute("href"))


def review(page: Page) -> None:
    """An answer that waits for its signature, with the picture of it."""
    follow(page, "/reviews/", "/reviews/")
    page.locator(".strips").first.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('.strips').scrollIntoView()")


def visit_and_diary(page: Page) -> str:
    """The hero's visit and first check-ins; ends at the phone. Gives the way of the last link."""
    address = visit_of(page, HERO.family)
    page.goto(address)
    written = page.locator("header.panel h1").inner_text().rpartition(" ")[0]
    start = datetime.strptime(written, "%a %d %b %Y, %H:%M").replace(tzinfo=ZoneInfo(ZONE))
    phone = Phone(page, HERO.family)
    here = page.url
    phone.clock.go(start)
    complete(page, address)
    page.goto(here)
    return keep_the_diary(phone)


def complete(page: Page, address: str) -> None:
    """Arrival, T0, side, sedation and baseline."""
    page.goto(address)
    page.get_by_role("button", name="Arrived").click()
    page.get_by_role("link", name=re.compile("^Complete")).click()
    side = page.get_by_role("group", name="Side performed")
    side.get_by_label(HERO.side.label, exact=True).check()
    sedation = page.get_by_role("group", name="Sedation given")
    sedation.get_by_label("None", exact=True).check()
    joint = page.get_by_role("group", name=f"{HERO.side.label} joint")
    joint.get_by_role("group", name="Baseline, provoked").get_by_label("7", exact=True).check()
    spread = joint.get_by_role("group", name="Spread seen inside the joint")
    spread.get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.get_by_text("Completed. The diary starts from T0.")).to_be_visible()


def keep_the_diary(phone: Phone) -> str:
    """Answer as many check-ins by text as there are `SCORES`; stop when the next is asked."""
    answered = 0
    for _ in range(MOST_EVENTS):
        phone.clock.press("To the next event")
        asked = ASKED.findall(phone.page.locator("#bubbles").inner_text())
        if not asked or int(asked[-1]) <= answered:
            continue
        if answered == len(SCORES):
            return path_of_link(phone.texts.filter(has_text=ASKED).last.inner_text())
        phone.answer(str(SCORES[answered]))
        answered += 1
        expect(phone.texts.last).to_contain_text("saved")
    raise AssertionError(f"After {MOST_EVENTS} events only {answered} check-ins had come.")


def survey(page: Page, link: str) -> Page:
    """The check-in as the patient meets it, half filled in."""
    page.goto(link)
    for label, value in birth_date(HERO.born).items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Open my page").click()
    page.get_by_label("2", exact=True).check()
    page.evaluate("scrollTo(0, 0)")
    return page


def birth_date(born: date) -> dict[str, str]:
    return {"Month": str(born.month), "Day": str(born.day), "Year": str(born.year)}


VIEWS: dict[str, Callable[[Page], object]] = {
    "times": offered_times,
    "day": busy_day,
    "injection": visit,
    "worklist": lambda page: page.goto("/tasks?queue=all"),
    "review": review,
}

if __name__ == "__main__":
    main()
