"""`manage.py rotate_keys`: encrypt what is kept with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction


class Command(BaseCommand):
    help = (
        "Encrypt the secrets of second factors with the first key of ENCRYPTION_KEYS. Put a new "
        "key in front of the old one, restart everything, run this, then take the old one away."
    )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        from clinic.accounts import factors

        self.stdout.write(f"{factors.rotate()} secrets are encrypted with the first key.")
