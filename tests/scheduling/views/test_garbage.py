"""Every field of every form, filled with what no person means: a sentence, never an error page."""

import re

import pytest
from django.apps import apps
from django.urls import reverse

from tests import world

pytestmark = pytest.mark.django_db
NAMES = re.compile(r'<(?:input|select|textarea)[^>]*\sname="([^"]+)"')
GARBAGE = [
    "",
    "\x00",
    "x" * 5000,
    "-1",
    "99999999999999999999",
    "1e999",
    "NaN",
    "🙃",
    "' OR 1=1 --",
]
# Forms in which something has a form of its own; where a reason alone is asked, any text is one.
PAGES = {
    "patient_new": None,
    "patient_edit": "patient",
    "order_new": "patient",
    "order_amend": "order",
    "order_anticoagulant": "order",
    "injection_confirm": "injection",
    "injection_driver": "injection",
    "injection_side": "injection",
    "injection_assessment": "injection",
    "injection_time_out": "injection",
    "injection_awake": "injection",
    "injection_complete": "injection",
}


@pytest.fixture
def references(noon):
    injection = world.a_booking()
    return {
        None: [],
        "patient": [injection.patient.reference],
        "order": [injection.order.reference],
        "injection": [injection.reference],
    }


def kept() -> dict[str, int]:
    """Rows of every table but the trace of who looked."""
    found = (each for each in apps.get_models() if each.__name__ not in ("Access", "Session"))
    return {each._meta.label: each.objects.count() for each in found}


@pytest.mark.parametrize("page", PAGES)
def test_garbage_in_all_fields_at_once_is_refused_and_saves_nothing(physician, references, page):
    address = reverse(page, args=references[PAGES[page]])
    names = set(NAMES.findall(physician.get(address).content.decode())) - {"csrfmiddlewaretoken"}
    before = kept()

    answers = {
        garbage[:20]: physician.post(address, dict.fromkeys(names, garbage)).status_code
        for garbage in GARBAGE
    }

    assert answers == dict.fromkeys(answers, 422)
    assert kept() == before
