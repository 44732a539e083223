"""axe-core on a page as it stands."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.screens import DESK, PHONE

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
# What depends on colours and widths alone, for looking again in the dark or on a narrow screen.
LOOKS = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
RUN = """(rules) => axe.run(document, {
    resultTypes: ["violations"],
    iframes: false,
    ...(rules ? { runOnly: { type: "rule", values: rules } } : {}),
})"""


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """What is grave, one line for each element; all rules, or only those named."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(RUN, rules)["violations"]
    return [line for each in found if each["impact"] in GRAVE for line in described(each)]


def in_every_light(page: Page) -> list[str]:
    """All rules as the page opens, then what depends on looks: in the dark, and on a telephone."""
    opened = page.viewport_size
    wrong = violations(page)
    for size, scheme in ((opened, "dark"), (PHONE, "dark"), (PHONE, "light"), (DESK, "light")):
        page.set_viewport_size(size or DESK)
        page.emulate_media(color_scheme=scheme)
        wrong += violations(page, LOOKS) if (size, scheme) != (opened, "light") else []
    return [f"{page.url}: {line}" for line in dict.fromkeys(wrong)]


def described(violation: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        for node in violation["nodes"]
    ]
