"""`manage.py demo_clinic`: a made-up clinic to try everything on."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction


class Command(BaseCommand):
    """Loads the demonstration once; a second run only prints the logins again."""

    help = (
        "Load a made-up clinic: rooms, staff of every role, a dozen patients in different states. "
        "Its clock begins at the next weekday's noon, when texts leave at once. Loaded once; then "
        "it only prints the logins. Demo mode only."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demo clinic is for demo mode only, and this is production. "
                "Set DEMO=1 with a database of its own to try it."
            )
        self.check(databases=["default"])
        from clinic.demo.sandbox import demo_location

        password, is_new = demo_location.kept_password(settings.VAR_DIR / "demo-password")
        if not self.load(password) and is_new:
            demo_location.reset_passwords(password)
        self.stdout.write(logins(password))

    @transaction.atomic
    def load(self, password: str) -> bool:
        """Build everything or nothing; False when there is a clinic already."""
        from clinic.demo.sandbox import demo_location, demo_patients, fixtures, timemachine
        from scheduling import clock
        from scheduling.models import Location

        if Location.objects.exists():
            return False
        staff = demo_location.staff(password)
        place = demo_location.build(staff)
        timemachine.move_to(demo_location.next_noon(clock.now(), place.zone))
        at = clock.now().replace(second=0, microsecond=0)
        for person in fixtures.PATIENTS:
            demo_patients.create(person, place, staff, at)
        return True


def logins(password: str) -> str:
    """The table that `up` prints."""
    from clinic.demo.sandbox.fixtures import STAFF

    names = "\n".join(f"  {name:<16} {given} {family}" for name, _, given, family, _ in STAFF)
    return f"Sign in as one of these, with the password {password}\n{names}\n"
