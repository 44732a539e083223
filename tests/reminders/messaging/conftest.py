"""The fake carriers are built when a test asks for them: they need Django to be ready."""

import pytest


@pytest.fixture
def carriers(db, monkeypatch):
    from reminders.messaging.channels import REGISTRY
    from tests.reminders.fake_carriers import FakeCarrier, FakeCarriers

    fakes = FakeCarriers(FakeCarrier("sms", can_tell=True), FakeCarrier("email"))
    monkeypatch.setitem(REGISTRY, "sms", fakes.sms)
    monkeypatch.setitem(REGISTRY, "email", fakes.email)
    return fakes
