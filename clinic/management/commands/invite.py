"""`manage.py invite`: an account without a password, and the link by which its owner sets one."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from clinic.roles import EVERYONE, Role


class Command(BaseCommand):
    help = (
        "Make an account, or find the one of that name, and print a link by which its owner sets a "
        "password: once, within three days. The first administrator comes in by it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        roles = [role.value for role in Role if role in EVERYONE]
        parser.add_argument("--role", choices=roles, required=True)
        parser.add_argument("--email", default="")
        parser.add_argument("--given", default="", help="given name")
        parser.add_argument("--family", default="", help="family name")
        parser.add_argument(
            "--location",
            dest="locations",
            action="append",
            default=[],
            help="where they work, by name; repeatable. Without any, they see no patient",
        )

    def handle(self, *args: Any, username: str, role: str, **options: Any) -> None:
        from allauth.account.forms import default_token_generator
        from allauth.account.utils import user_pk_to_url_str

        from clinic.accounts.models import User

        places = _named(options["locations"])
        names = {"first_name": options["given"], "last_name": options["family"]}
        facts = {"role": Role(role), "is_staff": role == Role.ADMINISTRATOR, **names}
        user, new = User.objects.get_or_create(
            username=username, defaults=facts | {"email": options["email"]}
        )
        if not new and user.role != role:
            raise CommandError(f"{username} is there already, as {user.role.label.lower()}.")
        if new:
            user.set_unusable_password()
            user.save()
            user.locations.set(places)
        key = default_token_generator.make_token(user)
        path = reverse(
            "account_reset_password_from_key",
            kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
        )
        self.stdout.write(f"Give this link to {username} alone. It works once, for three days:")
        self.stdout.write(f"{settings.SITE_URL}{path}")


def _named(names: list[str]) -> list[Any]:
    """The locations of these names; CommandError for one that is not there."""
    from scheduling.models import Location

    places = {place.name: place for place in Location.objects.all()}
    missing = [name for name in names if name not in places]
    if missing:
        known = ", ".join(places) or "none yet"
        raise CommandError(f"There is no location {missing[0]}. There are: {known}.")
    return [places[name] for name in names]
