"""In production: from the printed link to a passkey, an invitation, a signature that asks again."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Browser, Page, expect

from tests.browser import production_site
from tests.browser.axe import violations
from tests.browser.production_site import ProductionSite
from tests.browser.screens import screen

PASSWORD = "rain-over-the-lake-7"


@pytest.fixture(scope="module")
def production() -> Iterator[ProductionSite]:
    with production_site.running(Path(os.environ["VAR_DIR"]) / "production") as site:
        yield site


@pytest.fixture
def page(browser: Browser, production: ProductionSite) -> Iterator[Page]:
    through_tls = {"X-Forwarded-Proto": "https"}
    with screen(
        browser, production.url, ignore_https_errors=True, extra_http_headers=through_tls
    ) as window:
        yield window.new_page()


def with_a_passkey(page: Page) -> None:
    """A security key in this browser that is always touched at once."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    key |= {
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": key})


def choose_a_password(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("New Password", exact=True).fill(PASSWORD)
    page.get_by_label("New Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Change Password").click()


def enter(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def confirm(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def code(secret: str) -> str:
    """What the app shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def test_the_first_administrator_comes_in_by_a_printed_link_and_a_passkey(
    page: Page, production: ProductionSite
) -> None:
    with_a_passkey(page)
    choose_a_password(page, production.invitation("first", "administrator"))
    enter(page, "first")
    expect(page.get_by_text("nothing else opens without one")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Add a passkey").click()
    confirm(page)
    assert violations(page) == []
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    enter(page, "first")
    assert violations(page) == []
    page.get_by_role("button", name="Use your passkey").click()

    expect(page.get_by_role("heading", name="Good day, first")).to_be_visible()
    page.goto("/admin/scheduling/location/add/")
    confirm(page)
    expect(page.get_by_role("heading", name="Add location")).to_be_visible()


def test_an_invited_physician_comes_in_by_the_code_of_an_app(
    page: Page, production: ProductionSite
) -> None:
    choose_a_password(page, production.invitation("petra", "physician"))
    enter(page, "petra")
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    assert violations(page) == []
    secret = page.get_by_label("Authenticator secret").input_value()
    for _ in range(2):  # a code ends with its half minute, perhaps while it is sent
        page.get_by_label("Authenticator code").fill(code(secret))
        page.get_by_role("button", name="Activate").click()
        if page.url.endswith("/recovery-codes/"):
            break
    recovery = page.get_by_label("Unused codes").input_value().split()[0]
    page.get_by_role("button", name="Sign out").click()

    enter(page, "petra")
    expect(page.get_by_role("button", name="Use your passkey")).to_be_hidden()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Good day, petra")).to_be_visible()
    page.goto("/staff/sessions")
    expect(page.get_by_text("this browser")).to_have_count(1)
    assert violations(page) == []
