"""Housekeeping of logins."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Once a day: drop the sessions that have ended; they hold names of patients in their news."""
    SessionStore.clear_expired()
