"""A language is one file of texts beside a protocol, and a new version of it."""

import re

import pytest

from reminders import protocols
from reminders.models import ProtocolTexts
from reminders.protocols.reading import SHIPPED, load, text_files
from scheduling.documents import DocumentError
from tests.reminders.fake_carriers import only
from tests.world import NOW, a_booking, a_patient, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def bilingual(tmp_path, monkeypatch):
    """The shipped protocol with Spanish beside English, under a version of its own."""
    document, english = SHIPPED.read_text(), text_files(SHIPPED)[0].read_text()
    spanish = english.replace('language = "en"', 'language = "es"').replace("booked {", "cita {")
    path = tmp_path / "p.toml"
    path.write_text(re.sub(r"^version = .*", 'version = "two languages"', document, flags=re.M))
    (tmp_path / "p.en.toml").write_text(english)
    (tmp_path / "p.es.toml").write_text(spanish)
    monkeypatch.setattr(protocols, "SHIPPED", path)
    return path


def booked_text(carriers, language: str) -> str:
    patient = a_patient(email=None, language=language)
    only(a_booking(an_order(patient)), "booked", NOW)
    carriers.deliver(NOW)
    return carriers.sms.taken[-1].body


def test_each_patient_gets_the_texts_of_her_language(bilingual, carriers):
    assert ": booked " in booked_text(carriers, "en")
    assert ": cita " in booked_text(carriers, "es")


def test_without_texts_in_her_language_a_patient_gets_the_reviewed_english(carriers):
    assert ": booked " in booked_text(carriers, "es")


def test_a_stored_version_keeps_its_languages(bilingual):
    first = protocols.current(NOW)
    (bilingual.parent / "p.es.toml").unlink()

    assert protocols.current(NOW) == first
    assert sorted(first.texts.values_list("language", flat=True)) == ["en", "es"]
    assert ProtocolTexts.objects.count() == 2


def test_a_language_without_one_of_the_texts_is_refused(bilingual):
    path = bilingual.parent / "p.es.toml"
    path.write_text(path.read_text().replace("\nbooked = ", "\nunknown = "))

    with pytest.raises(DocumentError, match=r"es: text 'booked' is missing"):
        load(bilingual)
