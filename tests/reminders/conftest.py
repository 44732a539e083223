"""The fake carriers are built when a test asks for them: they need Django to be ready."""

import pytest


@pytest.fixture
def carriers(db, monkeypatch):
    from reminders.messaging.channels import registry
    from tests.reminders.fake_carriers import FakeCarrier, FakeCarriers

    fakes = FakeCarriers(FakeCarrier("sms", can_tell=True), FakeCarrier("email"))
    monkeypatch.setattr(registry, "channels", lambda: {"sms": fakes.sms, "email": fakes.email})
    return fakes
