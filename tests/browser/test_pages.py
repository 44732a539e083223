"""Every page that a person can open: nothing grave in it, in light and dark, wide and narrow."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import in_every_light
from tests.browser.crawl import Found, crawl
from tests.browser.running_clinic import RunningClinic
from tests.browser.screens import confirm

ROLES = ("desk", "nurse", "physician", "administrator", "privacy_officer")
TABLE = Path(__file__).resolve().parents[2] / "docs" / "authorisation.md"
# Not by links from staff pages: patients' own, for machines, part of a page, or in one state only.
ELSEWHERE = {"link", "link_home", "link_survey", "link_ics", "mfa_authenticate", "healthz"}
ELSEWHERE |= {"sandbox_clock", "alert", "task_alerts", "still_here", "emergency_access"}
ON_THE_DAY = (
    "arrive",
    "undo_arrival",
    "assessment",
    "time_out",
    "baseline",
    "awake",
    "complete",
    "abort",
    "no_show",
)
ELSEWHERE |= {f"injection_{verb}" for verb in ON_THE_DAY}
FRAMED = {"sandbox_mail_body"}  # somebody's mail in a frame where nothing may run, axe neither


@pytest.fixture(scope="module")
def reached() -> dict[str, list[Found]]:
    """What each role has reached so far: one walk a role for all tests of this file."""
    return {}


@pytest.fixture(params=ROLES)
def visitor(
    request: pytest.FixtureRequest,
    staff: Callable[..., Page],
    site: RunningClinic,
    reached: dict[str, list[Found]],
) -> tuple[str, Page, list[Found]]:
    role = request.param
    page = staff(role)
    confirm(page, site.login(role)[1])
    if role not in reached:
        reached[role] = list(crawl(page.context.request, page.url))
    return role, page, reached[role]


def test_every_way_that_a_page_offers_is_open_to_whoever_sees_it(
    visitor: tuple[str, Page, list[Found]],
) -> None:
    _, _, found = visitor

    # 405: the target of a form, which is sent and not opened.
    closed = [f"{way.status} {way.url}" for way in found if way.status not in (200, 405)]

    assert closed == []


def test_links_lead_to_every_page_that_a_role_may_open(
    visitor: tuple[str, Page, list[Found]],
) -> None:
    role, _, found = visitor

    missed = pages_of(role) - {way.page for way in found}

    assert missed <= ELSEWHERE


def pages_of(role: str) -> set[str]:
    """Pages of our own that open to this role by GET, as docs/authorisation.md promises."""
    pages, _, _ = TABLE.read_text().partition("## Who may finish")
    lines = [line.split("|")[1:-1] for line in pages.splitlines() if "|" in line]
    head, *rows = [[cell.strip(" `") for cell in line] for line in lines]
    ours = [row for row in rows if not row[1].startswith(("/admin", "/accounts"))]
    return {row[0] for row in ours if "GET" in row[head.index(role)]}


def one_of_each(found: Iterable[Found], seen: set[str]) -> list[str]:
    """The first page of each kind that no role before has shown."""
    urls = []
    for way in found:
        if way.html and way.status == 200 and way.page not in seen | FRAMED:
            seen.add(way.page)
            urls.append(way.url)
    return urls


@pytest.fixture(scope="module")
def shown() -> set[str]:
    return set()


def test_nothing_on_a_page_keeps_anybody_out(
    visitor: tuple[str, Page, list[Found]], staff: Callable[..., Page], shown: set[str]
) -> None:
    role, page, found = visitor
    lab = staff(role, bypass_csp=True)  # axe tries styles that our pages forbid

    wrong = []
    for url in one_of_each(found, shown):
        page.goto(url)  # as people do: the window fails the test if the browser complains
        lab.goto(url)
        wrong += in_every_light(lab)

    assert wrong == []
