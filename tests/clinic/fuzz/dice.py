"""Which request comes next: an address, a visitor, and a form that is right but for a little."""

import random
from collections.abc import Sequence
from urllib.parse import parse_qsl

from django.conf import settings
from django.urls import Resolver404, resolve
from twilio.request_validator import RequestValidator

from tests.architecture.addresses import Address
from tests.clinic.fuzz import junk
from tests.clinic.fuzz.clinic import STRANGER, FuzzedClinic
from tests.clinic.fuzz.forms import Form, read
from tests.clinic.fuzz.wire import RawRequest

SECRET = "a" * 32
"""Of the cookie against forged forms, and of the header that answers it."""
UNFORGED = {"HTTP_COOKIE": f"{settings.CSRF_COOKIE_NAME}={SECRET}", "HTTP_X_CSRFTOKEN": SECRET}
CARRIER = {
    "MessageSid": ["SM1", "SM2"],
    "MessageStatus": ["sent", "delivered", "undelivered", "failed"],
    "ErrorCode": ["30003", "21610", ""],
    "From": ["+15550001111"],
    "Body": ["HELP", "STOP", "7", "My leg is numb"],
    "NumMedia": ["0"],
    "OptOutType": ["STOP", ""],
}
NAMES = (
    b"",
    b"csrfmiddlewaretoken",
    b"next",
    b"_changelist_filters",
    b"_to_field",
    b"_popup",
    b"p",
)
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
Fields = list[tuple[bytes, bytes]]


class Dice:
    """Draws requests; the same `seed` draws the same ones at the same clinic."""

    def __init__(self, seed: str, clinic: FuzzedClinic) -> None:
        self.random = random.Random(seed)  # noqa: S311, no secret
        self.clinic = clinic
        carrier = [Form("", "POST", CARRIER), Form("", "GET", {"attempt": [clinic.attempt]})]
        self.forms: dict[str, list[Form]] = {"sms_status": carrier, "sms_inbound": carrier[:1]}
        self.names: list[bytes] = list(NAMES)

    def learn(self, path: str, html: bytes) -> None:
        """Keep the forms of a page by the pages that they are sent to."""
        for form in read(path, html):
            form.offers.pop("csrfmiddlewaretoken", None)
            known = self.forms.setdefault(page_at(form.action), [])
            if all(form.offers.keys() != other.offers.keys() for other in known):
                known.append(form)
                self.names += [name.encode() for name in form.offers]

    def plain(self, address: Address) -> RawRequest:
        """A page as it is meant to be opened."""
        visitor = self.clinic.welcome(address)[0]
        return RawRequest(visitor, "GET", self._path(address, 0.0), headers=self._cookies(visitor))

    def request(self, address: Address, method: str) -> RawRequest:
        path, visitor = self._path(address, 0.1), self._visitor(address, method)
        headers = self._cookies(visitor)
        kind, body = self._body(address.page) if method.upper() in WITH_BODY else ("", b"")
        headers |= {"CONTENT_TYPE": kind} if kind else {}
        query = self._query(address.page)
        if address.page in ("sms_status", "sms_inbound") and self._chance(0.9):
            headers["HTTP_X_TWILIO_SIGNATURE"] = signature(path, query, body)
        headers |= dict([self.random.choice(junk.HEADERS)]) if self._chance(0.12) else {}
        return RawRequest(visitor, method, path, query, headers, body)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _path(self, address: Address, share_of_junk: float) -> str:
        real = self.clinic.values(address)
        filled = {
            gap: junk.gap(self.random)
            if gap not in real or self._chance(share_of_junk)
            else self.random.choice(real[gap])
            for gap in address.gaps
        }
        return address.filled(filled)

    def _visitor(self, address: Address, method: str) -> str:
        """Forms are mostly sent by who may; whole pages take time, so anybody asks for them."""
        if self._chance(0.85 if method == "POST" else 0.3):
            return self.random.choice(self.clinic.welcome(address))
        return STRANGER if self._chance(0.5) else self.random.choice(list(self.clinic.sessions))

    def _cookies(self, visitor: str) -> dict[str, str]:
        session = f"{settings.SESSION_COOKIE_NAME}={self.clinic.sessions[visitor]}"
        return UNFORGED | {"HTTP_COOKIE": f"{UNFORGED['HTTP_COOKIE']}; {session}"}

    def _query(self, page: str) -> str:
        forms = [form for form in self.forms.get(page, ()) if form.method == "GET"]
        if not forms and not self._chance(0.2):
            return ""
        fields = self._mutated(self._filled(forms))
        return junk.urlencoded(fields)[:8000].decode()

    def _body(self, page: str) -> tuple[str, bytes]:
        """A content type and a body that fits it, or does not."""
        if self._chance(0.03):
            return self.random.choice(junk.WHOLE)
        forms = [form for form in self.forms.get(page, ()) if form.method == "POST"]
        fields = self._mutated(self._filled(forms))
        if self._chance(0.7):
            return junk.URLENCODED, junk.urlencoded(fields)
        if self._chance(0.1):
            return junk.MULTIPART, junk.as_files(fields)
        body = junk.multipart(fields)
        if self._chance(0.3):
            return junk.MULTIPART, self.random.choice(junk.BROKEN)(body)
        if self._chance(0.3):
            kind = self.random.choice(junk.CONTENT_TYPES)
            return kind, junk.urlencoded(fields) if "urlencoded" in kind else body
        return junk.MULTIPART, body

    def _filled(self, forms: Sequence[Form]) -> Fields:
        """One of the forms as a person might fill it in."""
        if not forms:
            return [(name, b"1") for name in self.random.sample(self.names, 3)]
        offers = self.random.choice(forms).offers.items()
        return [
            (name.encode(), self.random.choice(values or [""]).encode()) for name, values in offers
        ]

    def _mutated(self, fields: Fields) -> Fields:
        """One field or two changed to junk; seldom none or all, a name more, or one less."""
        count = self.random.choice((0, 1, 1, 1, 1, 2, 2, len(fields)))
        for place in self.random.sample(range(len(fields)), min(count, len(fields))):
            name, plausible = fields[place]
            fields[place] = (name, junk.value(self.random, plausible))
        if self._chance(0.2):
            fields.append((self.random.choice(self.names), junk.value(self.random)))
        if self._chance(0.05):
            fields.append((junk.value(self.random)[:5000], b"1"))
        if fields and self._chance(0.05):
            fields.pop(self.random.randrange(len(fields)))
        return fields


def page_at(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def signature(path: str, query: str, body: bytes) -> str:
    """As the carrier signs what it sends."""
    form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    url = settings.SITE_URL + path + (f"?{query}" if query else "")
    return str(RequestValidator(settings.SMS.token).compute_signature(url, form))
