"""The second factor of staff: required in production, its secrets encrypted."""

from functools import lru_cache

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from clinic.accounts.models import User
from clinic.accounts.provider.session import came_through_provider

SECRETS = ("secret", "seed")  # in the data of an authenticator app, and of recovery codes
PROOFS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # codes for emergencies are none


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """What the login library asks about second factors."""

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Proposed to whoever adds one."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where one is required, the last stays until another is there."""
        others = proofs_of(authenticator.user).exclude(pk=authenticator.pk)
        needed = settings.SECOND_FACTOR_REQUIRED and authenticator.type in PROOFS
        return not needed or others.exists()


class SecondStep(AuthenticateStage):  # type: ignore[misc]
    """Asks for the second factor of an account, unless the identity provider answers for that."""

    def _should_handle(self, request: HttpRequest) -> bool:
        through_provider = came_through_provider(request, self.login.user)
        return not through_provider and super()._should_handle(request)


def proofs_of(user: User) -> QuerySet[Authenticator]:
    """The passkeys and authenticator apps of somebody."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, type__in=PROOFS)
    return found


def rotate() -> int:
    """Encrypt every secret with the first of our keys; how many there are."""
    rows = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
    for row in rows:
        kept = {name: row.data[name] for name in SECRETS if name in row.data}
        row.data |= {name: _keys().rotate(text).decode() for name, text in kept.items()}
        row.save(update_fields=["data"])
    return len(rows)


@lru_cache(maxsize=1)
def _keys() -> MultiFernet:
    """The first encrypts; all decrypt."""
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
