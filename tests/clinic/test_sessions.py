"""Sessions end, and what ended is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from clinic.celery import app

pytestmark = pytest.mark.django_db


def test_the_daily_round_forgets_the_sessions_that_ended():
    now = datetime.now(UTC)
    for key, hours in (("ended", -1), ("open", 1)):
        ends = now + timedelta(hours=hours)
        Session.objects.create(session_key=key, session_data="", expire_date=ends)

    app.loader.import_default_modules()
    app.tasks[app.conf.beat_schedule["forget_sessions"]["task"]]()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]
