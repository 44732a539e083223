"""The post room is built when a test asks for it: its parts need Django to be ready."""

import pytest


@pytest.fixture
def post_room(db, monkeypatch):
    from reminders.messaging.channels import REGISTRY
    from tests.reminders.post_room import FakeCarrier, PostRoom

    room = PostRoom(FakeCarrier("sms", can_tell=True), FakeCarrier("email"))
    monkeypatch.setitem(REGISTRY, "sms", room.sms)
    monkeypatch.setitem(REGISTRY, "email", room.email)
    return room
