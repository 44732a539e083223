"""Celery starts work at its time and spreads it over workers; the tables are the queue."""

import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")


@worker_init.connect  # type: ignore[untyped-decorator]  # celery has no types
def look_before_working(**_: Any) -> None:
    """A worker that belongs to another database than the one it was given ends at once."""
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError
    from django.db import connections

    try:
        call_command("check", databases=["default"])
    except SystemCheckError as problem:
        sys.exit(str(problem))  # Celery goes on after any other exception
    connections.close_all()


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
    "mail_security_alerts": {
        "task": "accounts.mail_security_alerts",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "close_audit_records": {
        "task": "accounts.close_audit_records",
        "schedule": crontab(minute=5),
        "options": {"expires": 1800},
    },
    "verify_audit_records": {
        "task": "accounts.verify_audit_records",
        "schedule": crontab(hour=9, minute=10),
        "options": {"expires": 3600},
    },
    "forget_sessions": {
        "task": "accounts.forget_sessions",
        "schedule": crontab(hour=8, minute=40),
        "options": {"expires": 3600},
    },
}
