"""The environment, read once and checked as a whole: `from clinic.env import env`.

With nothing set this is demo mode: embedded engines, the sandbox as carrier, values made once under `var/`.
With DATABASE_URL set (or DEMO=0) it is production, where every address must be named. Modes differ by values only.
An invalid environment ends the program with status 2 and one message that says what, where and how to mend it.
"""

import hashlib
import os
import secrets
import sys
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from clinic import addresses, engines

ROOT = Path(__file__).resolve().parent.parent
ADDRESSES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SMS_URL")
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
SHORTEST_SECRET = 50  # characters; below this Django warns too (security.W009)


class Invalid(Exception):
    """The environment cannot be used; `problems` holds one sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def checked(read: Any) -> BeforeValidator:
    """Run an address reader for its complaints and keep the text as it was written."""

    def validate(text: str) -> str:
        read(text)
        return text

    return BeforeValidator(validate)


def known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is no IANA time zone; write one like America/Chicago or UTC.")
    return name


def comma_separated(text: Any) -> Any:
    return (
        [part.strip() for part in text.split(",") if part.strip()]
        if isinstance(text, str)
        else text
    )


class Env(BaseSettings):
    """What the variables say. Settings read the properties below, which are complete in every mode."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: Annotated[str | None, checked(addresses.database)] = Field(None, repr=False)
    redis_url: Annotated[str | None, checked(addresses.redis)] = Field(None, repr=False)
    email_url: Annotated[str | None, checked(addresses.email)] = Field(None, repr=False)
    sms_url: Annotated[str | None, checked(addresses.sms)] = Field(None, repr=False)
    secret_key_value: str | None = Field(None, alias="SECRET_KEY", repr=False)
    site_url_value: str | None = Field(None, alias="SITE_URL")
    allowed_hosts_value: Annotated[list[str] | None, NoDecode, BeforeValidator(comma_separated)] = (
        Field(None, alias="ALLOWED_HOSTS")
    )
    time_zone: Annotated[str, BeforeValidator(known_zone)] = "UTC"
    demo_value: bool | None = Field(None, alias="DEMO")
    log_format_value: Literal["console", "json"] | None = Field(None, alias="LOG_FORMAT")
    var_dir: Path = ROOT / "var"
    port: int = Field(8000, ge=1, le=65533)

    @property
    def demo(self) -> bool:
        """Demo mode: said by DEMO, else true as long as no address is named."""
        if self.demo_value is not None:
            return self.demo_value
        return not any(getattr(self, name.lower()) for name in ADDRESSES)

    @property
    def embedded(self) -> bool:
        """Whether PostgreSQL and Redis are ours to start (`engines.ensure(env.var_dir)`)."""
        return self.database_url is None

    @cached_property
    def urls(self) -> engines.Urls:
        if self.database_url and self.redis_url:
            return engines.Urls(self.database_url, self.redis_url)
        return engines.urls(self.var_dir)

    @property
    def database(self) -> dict[str, Any]:
        """Django's DATABASES entry."""
        return addresses.database(self.urls.database_url)

    @property
    def redis(self) -> str:
        """Redis as redis-py reads it."""
        return addresses.redis(self.urls.redis_url)

    @property
    def broker(self) -> str:
        """Redis as Celery reads it."""
        return addresses.broker(self.urls.redis_url)

    @property
    def sandbox_port(self) -> int:
        """Where the sandbox's carrier listens; its SMTP server has the next port."""
        return self.port + 1

    @property
    def email(self) -> addresses.Email:
        return addresses.email(self.email_url or f"sandbox://127.0.0.1:{self.sandbox_port + 1}")

    @property
    def email_sender(self) -> str:
        return self.email.sender or f"no-reply@{urlsplit(self.site_url).hostname}"

    @property
    def sms(self) -> addresses.Sms:
        return addresses.sms(self.sms_url or self.sandbox_sms_url)

    @property
    def sandbox_sms_url(self) -> str:
        # Webhooks of the demo carrier are signed too, with a token nobody outside can know.
        token = hashlib.sha256(f"sandbox:{self.secret_key}".encode()).hexdigest()[:32]
        return f"sandbox://AC{'0' * 32}:{token}@127.0.0.1:{self.sandbox_port}/?from=+15550100000"

    @cached_property
    def secret_key(self) -> str:
        return self.secret_key_value or kept_secret(self.var_dir / "secret-key")

    @property
    def site_url(self) -> str:
        """Where patients' links lead, without a slash at the end."""
        return (self.site_url_value or f"http://localhost:{self.port}").rstrip("/")

    @property
    def allowed_hosts(self) -> list[str]:
        if self.allowed_hosts_value:
            return self.allowed_hosts_value
        own = urlsplit(self.site_url).hostname or ""
        return sorted({own, *LOCAL_HOSTS}) if self.demo else [own]

    @property
    def log_format(self) -> str:
        return self.log_format_value or ("console" if self.demo else "json")


def kept_secret(path: Path) -> str:
    """The secret in this file, made once (readable by its owner alone)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)  # fails when another process was first: then its secret counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def read() -> Env:
    """The environment of this process, or `Invalid` with everything that is wrong with it."""
    try:
        env = Env()
    except ValidationError as error:
        raise Invalid([sentence(one) for one in error.errors()]) from None
    problems = half(env) + (unsafe_demo(env) if env.demo else unsafe_production(env))
    if problems:
        raise Invalid(problems)
    return env


def sentence(error: Any) -> str:
    """One complaint of pydantic in our words, without repeating a value that may be secret."""
    name = str(error["loc"][0]).upper()
    text = error["msg"].removeprefix("Value error, ")
    if not text.endswith("."):
        text = f"is not usable: {text}."
    return f"{name} {text}"


def half(env: Env) -> list[str]:
    """Engines are named together or not at all."""
    if bool(env.database_url) == bool(env.redis_url):
        return []
    there, missing = (
        ("DATABASE_URL", "REDIS_URL") if env.database_url else ("REDIS_URL", "DATABASE_URL")
    )
    return [
        f"{missing} is unset while {there} is set; set both, or neither for the embedded engines."
    ]


def unsafe_demo(env: Env) -> list[str]:
    """Nothing real may leave a demo."""
    named = {"EMAIL_URL": env.email_url and env.email, "SMS_URL": env.sms_url and env.sms}
    return [
        f"{name} names a real provider, but this is demo mode, which sends nothing real; unset it, or set DEMO=0."
        for name, address in named.items()
        if address and not address.sandbox
    ]


def unsafe_production(env: Env) -> list[str]:
    """Everything that demo mode makes up must be said, and safely."""
    hint = "; set it, or set DEMO=1 to try Blockwise with made-up patients."
    names = (*ADDRESSES, "SECRET_KEY", "SITE_URL")
    if not (env.database_url or env.redis_url):
        names = names[:1] + names[1:]
    missing = [f"{name} is unset{hint}" for name in names if not os.environ.get(name)]
    return missing or [*sandbox_outside_demo(env), *weak_values(env)]


def sandbox_outside_demo(env: Env) -> list[str]:
    named = {"EMAIL_URL": env.email, "SMS_URL": env.sms}
    return [
        f"{name} names the sandbox, which exists in demo mode only; name your provider."
        for name, address in named.items()
        if address.sandbox
    ]


def weak_values(env: Env) -> list[str]:
    problems = []
    if len(env.secret_key) < SHORTEST_SECRET:
        problems.append(
            f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters; make one with "
            "python -c 'import secrets; print(secrets.token_urlsafe(64))'."
        )
    site = urlsplit(env.site_url)
    if site.scheme != "https" or not site.hostname or site.path or site.query:
        problems.append(
            "SITE_URL must be https:// and a host, nothing more; write https://clinic.example.com."
        )
    if any("*" in host for host in env.allowed_hosts):
        problems.append(
            "ALLOWED_HOSTS lets any host in; name yours, or unset it to allow the host of SITE_URL."
        )
    return problems


def load() -> Env:
    """The environment, or the end of the program."""
    try:
        return read()
    except Invalid as invalid:
        lines = "\n".join(f"  - {problem}" for problem in invalid.problems)
        print(f"Blockwise cannot start with these environment variables:\n{lines}", file=sys.stderr)
        raise SystemExit(2) from None


env = load()
