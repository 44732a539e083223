"""What the patient does: writes texts, reads mails, and answers the pages behind their links."""

import re
import time
from collections.abc import Callable
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import requests
from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from clinic.demo.sandbox import carrier, mails
from clinic.demo.sandbox.models import SandboxMail, SandboxText
from scheduling.rules.procedure import Side

PAGE_TIMEOUT_S = 30  # seconds for a page
TOO_OFTEN = 429


class ScenarioStopped(Exception):
    """The scenario cannot go on; the sentence says where."""


class PatientClient:
    """One patient's telephone, mailbox and browser."""

    def __init__(self, number: str, address: str, born: date, zone: str) -> None:
        self.number, self.address, self.born, self.zone = number, address, born, ZoneInfo(zone)
        self.browser = requests.Session()
        self.browser.trust_env = False  # loopback never goes through a proxy

    def text(self, body: str, at: datetime, sender: str = "") -> SandboxText:
        """Write to the clinic's number, from the patient's own or another telephone."""
        url = settings.SITE_URL + reverse("sms_inbound")
        return carrier.receive(carrier.installed_account(), sender or self.number, body, url, at)

    def latest_link(self) -> str:
        """The link that came last, by text or by mail."""
        found = [
            (text.created_at, link(text.body)) for text in self.texts().filter(body__contains="/p/")
        ]
        found += [(mail.received_at, link(mails.text(mail))) for mail in self.mails()]
        links = [each for each in found if each[1]]
        if not links:
            raise ScenarioStopped("No message with a link has come.")
        return max(links)[1]

    def texts(self) -> QuerySet[SandboxText]:
        mine = Q(recipient=self.number) & Q(direction="outbound-api")
        return SandboxText.objects.filter(mine).order_by("pk")

    def mails(self) -> QuerySet[SandboxMail]:
        return SandboxMail.objects.filter(recipient=self.address).order_by("pk")

    def check_in(
        self, scores: dict[Side, int], slot: str = "", felt_at: datetime | None = None
    ) -> None:
        """Open the latest link, say the birth date, choose a number for each side, send.

        With `slot`, the check-in of that name is opened from there, as for one that was missed.
        """
        address = self.latest_link()
        page = self.inside(f"{address}/check-in/{slot}" if slot else address)
        form = PageForm.find(page.text, lambda name: name.startswith("score_"))
        if form is None:
            raise ScenarioStopped("The link leads to no check-in.")
        said = {f"score_{side.value}": str(score) for side, score in scores.items()}
        if "moved" in form.names:
            said["moved"] = "yes"
        if "observed_at" in form.names and felt_at:
            said["observed_at"] = f"{felt_at.astimezone(self.zone):%Y-%m-%dT%H:%M}"
        answer = self.post(form, page.url, said)
        if "Your answer is saved" not in answer.text:
            raise ScenarioStopped(f"The check-in was not saved (status {answer.status_code}).")

    def inside(self, address: str) -> requests.Response:
        """The page that opens after the birth date was given."""
        page = self.get(address)
        form = PageForm.find(page.text, lambda name: name == "year")
        if form is None:
            return page
        born = {"month": self.born.month, "day": self.born.day, "year": self.born.year}
        self.post(form, page.url, {name: str(value) for name, value in born.items()})
        return self.get(address)

    def get(self, address: str) -> requests.Response:
        return self.visit("GET", address)

    def post(self, form: "PageForm", page: str, said: dict[str, str]) -> requests.Response:
        target = urljoin(page, form.action)
        return self.visit("POST", target, data=form.hidden | said, headers={"Referer": page})

    def visit(self, method: str, address: str, **more: Any) -> requests.Response:
        """One request; a page that asks to wait is tried once more after that time."""
        answer = self.browser.request(method, address, timeout=PAGE_TIMEOUT_S, **more)
        if answer.status_code == TOO_OFTEN:
            time.sleep(int(answer.headers.get("Retry-After", PAGE_TIMEOUT_S)))
            answer = self.browser.request(method, address, timeout=PAGE_TIMEOUT_S, **more)
        if answer.status_code >= 400:
            raise ScenarioStopped(f"A page answered {answer.status_code}.")
        return answer


def link(text: str) -> str:
    """The first link to a patient's page in a text."""
    found = re.search(rf"{re.escape(settings.SITE_URL)}/p/\w+", text)
    return found[0] if found else ""


class PageForm(HTMLParser):
    """One form of a page: where it goes, the names it asks for, its hidden values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.action = ""
        self.names: set[str] = set()
        self.hidden: dict[str, str] = {}

    @classmethod
    def find(cls, html: str, wanted: Callable[[str], bool]) -> "PageForm | None":
        """The first form that asks for a name which is `wanted`."""
        reader = cls()
        reader.feed(html)
        forms = (form for form in reader.forms if any(map(wanted, form.names)))
        return next(forms, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm())
            self.forms[-1].action = facts.get("action", "")
        if tag in ("input", "select", "textarea") and self.forms and facts.get("name"):
            form = self.forms[-1]
            form.names.add(facts["name"])
            if facts.get("type") == "hidden":
                form.hidden[facts["name"]] = facts.get("value", "")
