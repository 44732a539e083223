"""Celery starts work at its time and spreads it over workers; the tables are the queue."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Intervals in UTC, nothing in local time. A ring that nobody heard in time is worth nothing: the
# next one finds the same rows.
app.conf.beat_schedule = {
    "tick": {"task": "reminders.tick", "schedule": 2.0, "options": {"expires": 2}},
    "nightly": {
        "task": "reminders.nightly",
        "schedule": crontab(hour=8, minute=10),
        "options": {"expires": 3600},
    },
    "forget_sessions": {
        "task": "accounts.forget_sessions",
        "schedule": crontab(hour=8, minute=40),
        "options": {"expires": 3600},
    },
}
