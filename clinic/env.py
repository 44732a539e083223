"""The environment, read once and checked as a whole: `from clinic.env import env`.

With nothing set this is demo mode: embedded engines, the sandbox as carrier, values made once under
`var/`. With an address set (or DEMO=0) it is production, where everything must be named. Modes
differ by values only. An invalid environment ends the program with status 2 and one message that
says what is wrong and how to mend it.
"""

import hashlib
import os
import secrets
import sys
from base64 import urlsafe_b64encode as b64encode
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from clinic import addresses
from clinic.identity_provider import IdentityProvider, identity_provider
from clinic.variables import Variables, complaint
from reminders.messaging.channels.base import Carrier

if TYPE_CHECKING:
    from clinic.demo.engines import Urls

ADDRESSES = ("database_url", "redis_url", "email_url", "sms_url")
SECRET = (*ADDRESSES, "database_owner_url", "oidc_url", "secret_key", "encryption_keys")
NAMED_IN_PRODUCTION = (*ADDRESSES, "secret_key", "encryption_keys", "site_url")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
LOOPBACK = ("127.0.0.1", "::1")
WIDEST = {4: 8, 6: 32}  # bits of a network that may hold nothing but proxies of ours
SHORTEST_SECRET = 50  # characters; below this Django warns too (security.W009)


class Invalid(Exception):
    """The environment cannot be used; `problems` holds one sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Env:
    """The whole configuration, complete in every mode."""

    demo: bool
    embedded: bool  # PostgreSQL and Redis are ours to start: engines.ensure(env.var_dir)
    database_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)  # empty: whoever runs Blockwise owns the tables
    redis_url: str = field(repr=False)
    email_url: str = field(repr=False)
    sms_url: str = field(repr=False)
    oidc_url: str = field(repr=False)  # empty: people sign in with accounts of Blockwise alone
    secret_key: str = field(repr=False)
    encryption_keys: list[str] = field(repr=False)  # the first encrypts, all decrypt
    site_url: str  # no slash at the end
    allowed_hosts: list[str]
    trusted_proxies: list[str]  # whose X-Forwarded-For is believed
    time_zone: str
    idle_minutes: int  # after which whoever does nothing is signed out
    session_hours: int  # after which everybody is
    staff_see_all_locations: bool  # else each sees the patients of the locations they work at
    emergency_access_hours: int  # for which emergency access opens a patient
    log_format: str
    var_dir: Path
    port: int

    @property
    def broker_url(self) -> str:
        """Redis as Celery spells it."""
        return addresses.broker(self.redis_url)

    @property
    def email(self) -> addresses.EmailServer | addresses.EmailProvider:
        return addresses.email(self.email_url)

    @property
    def email_sender(self) -> str:
        """The From address: EMAIL_URL's `?from=`, else no-reply at the site's host."""
        return self.email.sender or f"no-reply@{urlsplit(self.site_url).hostname}"

    @property
    def sms(self) -> Carrier:
        return addresses.sms(self.sms_url)

    @property
    def identity_provider(self) -> IdentityProvider | None:
        return identity_provider(self.oidc_url) if self.oidc_url else None


def read() -> Env:
    """The environment of this process, or `Invalid` with everything that is wrong with it."""
    try:
        said = Variables.model_validate(secrets_in_files())
    except ValidationError as error:
        raise Invalid([complaint(one) for one in error.errors()]) from None
    demo = is_demo(said)
    problems = half(said) + one_role_twice(said)
    problems += unsafe_demo(said) if demo else unsafe_production(said)
    if problems:
        raise Invalid(problems)
    try:
        return complete(said, demo)
    except OSError as error:
        problem = f"VAR_DIR {said.var_dir} cannot be used ({error.strerror}: {error.filename}); "
        raise Invalid([problem + "run as the user who owns it, or name another."]) from None


def secrets_in_files() -> dict[str, str]:
    """Values whose file is named instead, as `SECRET_KEY_FILE=/run/secrets/key`, by variable."""
    paths = {name: os.environ.get(f"{name.upper()}_FILE", "") for name in SECRET}
    twice = [name.upper() for name in SECRET if paths[name] and os.environ.get(name.upper())]
    if twice:
        raise Invalid([f"{name} and {name}_FILE are both set; unset one." for name in twice])
    try:
        return {name: Path(path).read_text("utf-8").strip() for name, path in paths.items() if path}
    except (OSError, UnicodeDecodeError) as error:
        wrong = ", ".join(f"{name.upper()}_FILE" for name, path in paths.items() if path)
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Invalid([f"A file that {wrong} names cannot be read: {reason}."]) from None


def is_demo(said: Variables) -> bool:
    """Demo mode: said by DEMO, else true as long as no address is named."""
    return (
        said.demo if said.demo is not None else not any(getattr(said, name) for name in ADDRESSES)
    )


def complete(said: Variables, demo: bool) -> Env:
    """Fill in what was not said."""
    secret = said.secret_key or kept_secret(said.var_dir / "secret-key")
    urls = None if said.database_url else embedded_urls(said.var_dir)
    site = (said.site_url or f"http://localhost:{said.port}").rstrip("/")
    host = urlsplit(site).hostname or ""
    return Env(
        demo=demo,
        embedded=urls is not None,
        database_url=urls.database_url if urls else str(said.database_url),
        database_owner_url=said.database_owner_url or "",
        redis_url=urls.redis_url if urls else str(said.redis_url),
        email_url=said.email_url or f"sandbox://127.0.0.1:{said.port + 2}",
        sms_url=said.sms_url or sandbox_sms(secret, said.port + 1),
        oidc_url=said.oidc_url or "",
        secret_key=secret,
        encryption_keys=said.encryption_keys or [made_from(secret)],
        site_url=site,
        allowed_hosts=said.allowed_hosts or (sorted({host, *LOCAL_HOSTS}) if demo else [host]),
        trusted_proxies=said.trusted_proxies or list(LOOPBACK),
        time_zone=said.time_zone,
        idle_minutes=said.idle_minutes,
        session_hours=said.session_hours,
        staff_see_all_locations=said.staff_see_all_locations,
        emergency_access_hours=said.emergency_access_hours,
        log_format=said.log_format or ("console" if demo else "json"),
        var_dir=said.var_dir,
        port=said.port,
    )


def embedded_urls(var_dir: Path) -> "Urls":
    """Where the embedded engines answer. Only a demonstration has them, so only it imports them."""
    from clinic.demo import engines

    try:
        return engines.urls(var_dir)
    except engines.EngineError as error:
        raise Invalid([str(error)]) from None


def sandbox_sms(secret: str, port: int) -> str:
    """The demo carrier's account.

    Its webhooks are signed like Twilio's, so its token must not be guessable.
    """
    token = hashlib.sha256(f"sandbox:{secret}".encode()).hexdigest()[:32]
    return f"sandbox://AC{'0' * 32}:{token}@127.0.0.1:{port}/?from=+15550100000"


def made_from(secret: str) -> str:
    """A demonstration's key of encryption, in the form that Fernet takes."""
    return b64encode(hashlib.sha256(f"encryption:{secret}".encode()).digest()).decode()


def kept_secret(path: Path) -> str:
    """The secret in this file, made once (readable by its owner alone)."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its secret counts
        finally:
            draft.unlink()
    return path.read_text()


def half(said: Variables) -> list[str]:
    """Engines are named together or not at all."""
    if bool(said.database_url) == bool(said.redis_url):
        return []
    there, missing = (
        ("DATABASE_URL", "REDIS_URL") if said.database_url else ("REDIS_URL", "DATABASE_URL")
    )
    return [
        f"{missing} is unset while {there} is set; set both, or neither for the embedded engines."
    ]


def one_role_twice(said: Variables) -> list[str]:
    """The owner of the tables is another role than the one that runs Blockwise, or not named."""
    if not said.database_owner_url:
        return []
    if not said.database_url:
        return ["DATABASE_OWNER_URL is set while DATABASE_URL is unset; set both, or unset it."]
    owner, running = map(addresses.database, (said.database_owner_url, said.database_url))
    if owner["USER"] != running["USER"]:
        return []
    return ["DATABASE_OWNER_URL and DATABASE_URL name the same user; name two, or unset the first."]


def sandboxed(said: Variables) -> dict[str, bool]:
    """For each carrier that was named: whether it is the sandbox."""
    named = {"EMAIL_URL": said.email_url, "SMS_URL": said.sms_url}
    return {name: url.startswith(f"{addresses.SANDBOX}://") for name, url in named.items() if url}


def unsafe_demo(said: Variables) -> list[str]:
    """Nothing real may leave a demo, and nobody real come in."""
    return strange_provider(said) + [
        f"{name} names a real provider, but this is demo mode, which sends nothing real; "
        "unset it, or set DEMO=0."
        for name, sandbox in sandboxed(said).items()
        if not sandbox
    ]


def strange_provider(said: Variables) -> list[str]:
    """An identity provider on another machine, whose accounts would be people's own."""
    provider = identity_provider(said.oidc_url) if said.oidc_url else None
    if provider is None or addresses.is_loopback(urlsplit(provider.issuer).hostname or ""):
        return []
    return [
        "OIDC_URL names a real identity provider, but this is demo mode, whose accounts are made "
        "up; unset it, or set DEMO=0."
    ]


def unsafe_production(said: Variables) -> list[str]:
    """Everything that demo mode makes up must be said, and safely."""
    missing = [name.upper() for name in NAMED_IN_PRODUCTION if not getattr(said, name)]
    hint = "set it, or set DEMO=1 to try Blockwise with made-up patients"
    problems = [f"{name} is unset in production; {hint}." for name in missing]
    problems += [
        f"{name} names the sandbox, which exists in demo mode only; name your provider."
        for name, sandbox in sandboxed(said).items()
        if sandbox
    ]
    return problems + weak_values(said)


def weak_values(said: Variables) -> list[str]:
    """Values that would work and should not."""
    problems = []
    if said.secret_key and len(said.secret_key) < SHORTEST_SECRET:
        make = "python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
        problems.append(
            f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters; make one with {make}."
        )
    site = urlsplit((said.site_url or "https://unset").rstrip("/"))
    if site.scheme != "https" or not site.hostname or site.path or site.query:
        problems.append(
            "SITE_URL must be https:// and a host, nothing more; write https://clinic.example.com."
        )
    if any("*" in host for host in said.allowed_hosts or []):
        problems.append(
            "ALLOWED_HOSTS lets any host in; name yours, or unset it to allow the host of SITE_URL."
        )
    if said.oidc_url and not identity_provider(said.oidc_url).is_encrypted:
        problems.append("OIDC_URL would send in clear; begin it with https://.")
    return problems + unencrypted(said) + strangers_trusted(said)


def unencrypted(said: Variables) -> list[str]:
    """Engines on other machines that are spoken to in clear."""
    databases = {"DATABASE_URL": said.database_url, "DATABASE_OWNER_URL": said.database_owner_url}
    problems = [
        f"{name} names another machine and would send in clear; end it with "
        "?sslmode=verify-full&sslrootcert=/path/to/ca.pem (or ?sslmode=require)."
        for name, url in databases.items()
        if url and addresses.is_database_in_clear(url)
    ]
    if said.redis_url and addresses.is_redis_in_clear(said.redis_url):
        problems.append(
            "REDIS_URL names another machine and would send in clear; begin it with rediss://."
        )
    return problems


def strangers_trusted(said: Variables) -> list[str]:
    """Networks so wide that a visitor may be in them, who could then name any address."""
    return [
        f"TRUSTED_PROXIES trusts {name}, where strangers are too; name the proxies in front of "
        "this machine, such as 127.0.0.1 or 10.1.2.0/24."
        for name in said.trusted_proxies or []
        if ip_network(name).prefixlen < WIDEST[ip_network(name).version]
    ]


def load() -> Env:
    """The environment, or the end of the program."""
    try:
        return read()
    except Invalid as invalid:
        lines = "\n".join(f"  - {problem}" for problem in invalid.problems)
        sys.stderr.write(f"Blockwise cannot start with these environment variables:\n{lines}\n")
        raise SystemExit(2) from None


env = load()
