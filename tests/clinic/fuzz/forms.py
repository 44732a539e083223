"""The forms of a page, as a browser reads them, and what a person might fill in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

PLAUSIBLE = {
    "date": "1960-04-12",
    "datetime-local": "2026-03-16T11:30",
    "time": "10:30",
    "number": "5",
    "tel": "+12025550123",
    "email": "ann@example.com",
    "password": "a password",
    "checkbox": "on",
}
BY_KEYBOARD = {"numeric": "5", "decimal": "98.5"}


@dataclass
class Form:
    """Where it is sent, and the values that its page offers for each field."""

    action: str
    method: str
    offers: dict[str, list[str]] = field(default_factory=dict)

    def offer(self, name: str, value: str | None) -> None:
        known = self.offers.setdefault(name, [])
        if value is not None and value not in known:
            known.append(value)


class FormReader(HTMLParser):
    """Collects the forms of one page, and the names in the queries of its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.queries: dict[str, list[str]] = {}
        self.menu = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            action = urlsplit(given.get("action", "")).path or self.page
            self.forms.append(Form(action, given.get("method", "get").upper()))
        elif tag == "a":
            self._link(given.get("href", ""))
        elif self.forms:
            self._field(tag, given)

    def _link(self, address: str) -> None:
        for name, value in parse_qsl(urlsplit(address).query):
            self.queries.setdefault(name, []).append(value)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given.get("name", "")
        if tag == "select":
            self.menu = name
            form.offer(name, None)
        elif tag == "option" and self.menu:
            form.offer(self.menu, given.get("value", "") or None)
        elif tag in ("input", "button") and name:
            form.offer(name, given.get("value") or plausible(given))
        elif tag == "textarea" and name:
            form.offer(name, "some words")


def plausible(given: dict[str, str]) -> str:
    """What a person might type into an input with these attributes."""
    keyboard = BY_KEYBOARD.get(given.get("inputmode", ""), "Ann")
    return PLAUSIBLE.get(given.get("type", "text"), keyboard)


def read(page: str, html: bytes) -> Iterator[Form]:
    """The forms of this page; the queries of its links are a form too, if it has any."""
    reader = FormReader(page)
    reader.feed(html.decode(errors="replace"))
    yield from (form for form in reader.forms if form.offers)
    if reader.queries:
        yield Form(page, "GET", reader.queries)
