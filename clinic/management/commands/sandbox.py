"""`manage.py sandbox`: the demonstration's carrier and mail server."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic.demo import missing_extra


class Command(BaseCommand):
    """Runs until it is asked to stop."""

    help = (
        "Run the demonstration's text carrier (Twilio's REST API, receipts, signatures) and its "
        "mail server, both on this machine only. Their addresses come from SMS_URL and EMAIL_URL, "
        "or from the two ports after PORT. Demo mode only."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The sandbox exists in demo mode only, and this is production: "
                "name your carriers in SMS_URL and EMAIL_URL, or set DEMO=1."
            )
        if sentence := missing_extra():
            raise CommandError(sentence)
        from clinic.demo.sandbox.process import PortTaken, Sandbox

        leaving = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: leaving.set())
        try:
            with Sandbox.of_settings() as sandbox:
                self.stdout.write(sandbox.greeting)
                self.stdout.flush()
                leaving.wait()
        except PortTaken as error:
            raise CommandError(str(error)) from None
