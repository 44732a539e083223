"""The environment variables as they are written, each checked on its own."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from clinic import addresses
from clinic.identity_provider import identity_provider

ROOT = Path(__file__).resolve().parent.parent


def readable(read: Callable[[str], Any]) -> AfterValidator:
    """Check a text with a reader, which may raise `ValueError`; keep it as it was written."""

    def validate(text: str) -> str:
        read(text)
        return text

    return AfterValidator(validate)


def known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no IANA time zone; write one like America/Chicago or UTC.")
    return name


def known_network(name: str) -> str:
    try:
        ip_network(name)
    except ValueError:
        raise ValueError("names no address or network; write 127.0.0.1 or 10.0.0.0/8.") from None
    return name


def fernet_key(key: str) -> str:
    """32 bytes in base64, as `cryptography.fernet` takes them."""
    try:
        Fernet(key)
    except ValueError:
        make = "openssl rand -base64 32 | tr '+/' '-_'"
        raise ValueError(f"holds what is no key; make one with {make}.") from None
    return key


def comma_separated(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def absolute(path: Path) -> Path:
    return path.expanduser().resolve()


class Variables(BaseSettings):
    """The variables that are set; None for the others. An empty variable counts as unset."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: Annotated[str, readable(addresses.database)] | None = Field(None, repr=False)
    database_owner_url: Annotated[str, readable(addresses.database)] | None = Field(
        None, repr=False
    )
    redis_url: Annotated[str, readable(addresses.redis)] | None = Field(None, repr=False)
    email_url: Annotated[str, readable(addresses.email)] | None = Field(None, repr=False)
    sms_url: Annotated[str, readable(addresses.sms)] | None = Field(None, repr=False)
    oidc_url: Annotated[str, readable(identity_provider)] | None = Field(None, repr=False)
    secret_key: str | None = Field(None, repr=False)
    encryption_keys: (
        Annotated[
            list[Annotated[str, AfterValidator(fernet_key)]],
            NoDecode,
            BeforeValidator(comma_separated),
        ]
        | None
    ) = Field(None, repr=False)
    site_url: str | None = None
    allowed_hosts: Annotated[list[str], NoDecode, BeforeValidator(comma_separated)] | None = None
    trusted_proxies: (
        Annotated[
            list[Annotated[str, AfterValidator(known_network)]],
            NoDecode,
            BeforeValidator(comma_separated),
        ]
        | None
    ) = None
    time_zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    demo: bool | None = None
    idle_minutes: int = Field(15, ge=2, le=720)
    session_hours: int = Field(12, ge=1, le=24)
    staff_see_all_locations: bool = False
    emergency_access_hours: int = Field(8, ge=1, le=72)
    log_format: Literal["console", "json"] | None = None
    var_dir: Annotated[Path, AfterValidator(absolute)] = ROOT / "var"
    # The sandbox takes the two ports after this one.
    port: int = Field(8000, ge=1, le=65533)


def complaint(error: Any) -> str:
    """One of pydantic's errors in our words, without repeating a value that may be secret."""
    name = str(error["loc"][0]).upper()
    text = error["msg"].removeprefix("Value error, ")
    return f"{name} {text}" if text.endswith(".") else f"{name} is not usable: {text}."
