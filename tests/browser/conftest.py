"""One site and one browser for all tests of this folder.

The tests touch no database: they see what a person sees. That also keeps Playwright, which runs an
event loop in this thread, away from Django's queries: the browser is closed after the last of them.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import running_clinic as sites
from tests.browser.chromium import chromium
from tests.browser.running_clinic import RunningClinic
from tests.browser.screens import PHONE, screen, sign_in

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests want one site, so they belong to one worker of pytest-xdist."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def site() -> Iterator[RunningClinic]:
    """The site as `make run` starts it, with the demo clinic, from nothing."""
    with sites.running(Path(os.environ["VAR_DIR"]) / "site") as site:
        yield site


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def windows(browser: Browser, site: RunningClinic) -> Iterator[Callable[..., BrowserContext]]:
    """New browser windows; what their pages complain about fails the test."""
    with ExitStack() as open_windows:
        yield lambda **options: open_windows.enter_context(screen(browser, site.url, **options))


@pytest.fixture
def staff(windows: Callable[..., BrowserContext], site: RunningClinic) -> Callable[..., Page]:
    """A page on which somebody of this role has signed in."""

    def page(role: str, **options: object) -> Page:
        page = windows(**options).new_page()
        sign_in(page, *site.login(role))
        return page

    return page


@pytest.fixture
def patient(windows: Callable[..., BrowserContext]) -> Page:
    """A patient's old telephone: 320 pixels wide."""
    return windows(viewport=PHONE, has_touch=True).new_page()
