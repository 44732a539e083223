"""A real OpenID provider in a process of its own, and somebody who signs in there."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from clinic.identity_provider import IdentityProvider
from tests.browser.chromium import ROOT, node

PROGRAM = Path(__file__).with_suffix(".mjs")
PEOPLE: dict[str, dict[str, Any]] = {
    "s-100": {
        "preferred_username": "nora",
        "given_name": "Nora",
        "family_name": "Nurse",
        "groups": ["staff", "bw-nurse"],
    },
    "s-200": {"preferred_username": "phil", "groups": ["bw-md"]},
    "s-300": {
        "preferred_username": "Root Admin",
        "groups": ["gardeners"],
        "email": "boss@clinic.example",
        "email_verified": True,
    },
    "s-400": {},
}


@contextmanager
def identity_provider(redirect_uri: str) -> Iterator[str]:
    """The issuer of a provider for a `with` block."""
    process = subprocess.Popen(
        [node(), str(PROGRAM), redirect_uri, json.dumps(PEOPLE)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdin
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def at(issuer: str, **facts: Any) -> IdentityProvider:
    """What OIDC_URL would say of it."""
    return IdentityProvider(issuer, "blockwise", "client-secret", name="Clinic login", **facts)


class Person:
    """Somebody with a browser, at the provider: knows their password, and stays signed in there."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.browser = requests.Session()

    def goes(self, address: str) -> str:
        """Follow the provider's redirects and fill its form; the address it sends back to."""
        issuer = re.match(r"http://[^/]+", address)[0]  # type: ignore[index]
        while address.startswith(issuer):
            answer = self.browser.get(address, allow_redirects=False)
            if "Location" not in answer.headers:
                form = {"prompt": "login", "login": self.subject, "password": "any"}
                answer = self.browser.post(address, data=form, allow_redirects=False)
            address = requests.compat.urljoin(address, answer.headers["Location"])
        return address
