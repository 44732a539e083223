"""Read the four addresses of the servers we use: database, Redis, e-mail and text messages.

Each function takes one URL and returns plain values, or raises `ValueError` with a sentence that
says how to mend it. A message never repeats the URL, which may carry a password.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from reminders.messaging.channels import carriers
from reminders.messaging.channels.base import Carrier

SANDBOX = "sandbox"
TLS_MODES = ("require", "verify-ca", "verify-full")  # of libpq's sslmode: those that insist
EMAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465, SANDBOX: None}
# Mail providers whose API django-anymail speaks: the settings that each needs, and may have.
# Two are missing, which take SMTP too: Anymail maintains SendGrid no more, and SES needs boto3.
EMAIL_PROVIDERS: dict[str, tuple[set[str], set[str]]] = {
    "brevo": ({"api_key"}, set()),
    "mailersend": ({"api_token"}, set()),
    "mailgun": ({"api_key"}, {"sender_domain", "api_url"}),
    "mailjet": ({"api_key", "secret_key"}, set()),
    "mailtrap": ({"api_token"}, {"sandbox_id"}),
    "mandrill": ({"api_key"}, set()),
    "postal": ({"api_key", "api_url"}, set()),
    "postmark": ({"server_token"}, {"message_stream"}),
    "resend": ({"api_key"}, set()),
    "scaleway": ({"secret_key", "project_id"}, {"region"}),
    "sparkpost": ({"api_key"}, {"subaccount", "api_url"}),
    "unisender_go": ({"api_key", "api_url"}, set()),
}


@dataclass(frozen=True)
class EmailServer:
    """An SMTP server.

    `security` is `none`, `starttls` or `tls`; `sender` is the From address, if named.
    """

    host: str
    port: int
    security: str = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    sandbox: bool = False


@dataclass(frozen=True)
class EmailProvider:
    """An account at a mail provider, whose API django-anymail's backend `name` speaks.

    `anymail` are its entries of Django's ANYMAIL setting; `sender` is the From address, if named.
    """

    name: str
    anymail: dict[str, Any] = field(repr=False)
    sender: str = ""


def database(url: str) -> dict[str, Any]:
    """`postgres://user:password@host:5432/name?sslmode=require` as Django's DATABASES entry.

    `?host=/folder` names the folder of a unix socket; other parameters go to libpq.
    """
    parts = split(url, {"postgres", "postgresql"}, "postgres://user:password@host:5432/name")
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ValueError("names no database; end it with /name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def is_database_in_clear(url: str) -> bool:
    """Whether what we say to PostgreSQL crosses a network unencrypted, or might.

    libpq's default, sslmode=prefer, goes on without TLS where the server, or whoever stands
    between, says that it has none.
    """
    at = database(url)
    return not _is_here(at["HOST"]) and at["OPTIONS"].get("sslmode") not in TLS_MODES


def is_redis_in_clear(url: str) -> bool:
    """Whether what we say to Redis crosses a network unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "redis" and not _is_here(parts.hostname or "")


def _is_here(host: str) -> bool:
    """A unix socket, or this machine."""
    return not host or host.startswith("/") or is_loopback(host)


def redis(url: str) -> str:
    """The URL as redis-py reads it: `redis://`, `rediss://` or `unix:///path?db=0`."""
    parts = split(url, {"redis", "rediss", "unix"}, "redis://host:6379/0")
    if parts.scheme == "unix" and not parts.path:
        raise ValueError("names no socket; write unix:///path/to/redis.sock?db=0.")
    if parts.scheme != "unix" and not parts.hostname:
        raise ValueError("names no host; write redis://host:6379/0.")
    return url


def broker(redis_url: str) -> str:
    """The same Redis as Celery's broker reads it, which has its own spelling for unix sockets."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"


def email(url: str) -> EmailServer | EmailProvider:
    """The mail server at `smtp+tls://user:password@host:587?from=clinic@example.com`.

    Or a provider's API at `anymail://postmark?server_token=...&from=clinic@example.com`.
    """
    example = "smtp+tls://user:password@host:587?from=clinic@example.com"
    parts = split(url, {*EMAIL_PORTS, "anymail"}, example)
    return email_provider(parts) if parts.scheme == "anymail" else email_server(parts)


def email_provider(parts: SplitResult) -> EmailProvider:
    """The provider stands where a host would, its settings in the query, named as by Anymail."""
    name = parts.netloc
    if name not in EMAIL_PROVIDERS:
        known = ", ".join(EMAIL_PROVIDERS)
        raise ValueError(f"names no provider we know; write anymail:// and one of {known}.")
    needed, possible = EMAIL_PROVIDERS[name]
    settings = dict(parse_qsl(parts.query.replace("+", "%2B")))
    sender = settings.pop("from", "")
    if missing := sorted(needed - settings.keys()):
        raise ValueError(f"needs {missing[0]} for {name}; write anymail://{name}?{missing[0]}=...")
    if unread := sorted(settings.keys() - needed - possible):
        raise ValueError(f"has {unread[0]}, which {name} does not read.")
    if not settings.get("api_url", "https://").startswith("https://"):
        raise ValueError("would send in clear; begin api_url with https://.")
    anymail = {f"{name}_{setting}".upper(): value for setting, value in settings.items()}
    return EmailProvider(name, anymail, sender)


def email_server(parts: SplitResult) -> EmailServer:
    """An SMTP server; `smtp+tls://` is STARTTLS, `smtps://` TLS from the first byte."""
    if not parts.hostname:
        raise ValueError("names no host; write smtp+tls://user:password@host:587.")
    loopback = is_loopback(parts.hostname)
    if parts.scheme == "smtp" and not loopback:
        raise ValueError(
            "would send in clear; use smtp+tls:// (smtp:// is for a relay on this machine)."
        )
    if bool(parts.username) != bool(parts.password):
        raise ValueError("names a user or a password alone; write both, or neither.")
    port = parts.port or EMAIL_PORTS[parts.scheme]
    if port is None or (parts.scheme == SANDBOX and not loopback):
        raise ValueError("must name this machine and a port; write sandbox://127.0.0.1:8002.")
    return EmailServer(
        host=parts.hostname,
        port=port,
        security={"smtp+tls": "starttls", "smtps": "tls"}.get(parts.scheme, "none"),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=dict(parse_qsl(parts.query)).get("from", ""),
        sandbox=parts.scheme == SANDBOX,
    )


def sms(url: str) -> Carrier:
    """The carrier at `twilio://ACCOUNT_SID:AUTH_TOKEN@/?from=+15550100123`, or another's address.

    What each carrier's address holds is told by its module in `reminders.messaging.channels`.
    """
    parts = split(url, set(carriers.REGISTRY), "twilio://ACCOUNT_SID:AUTH_TOKEN@/?from=+15550100")
    if parts.scheme == SANDBOX and not (is_loopback(parts.hostname or "") and parts.port):
        raise ValueError(
            "must name this machine and a port; write sandbox://SID:TOKEN@127.0.0.1:8001."
        )
    return carriers.carrier_at(parts)


def split(url: str, schemes: set[str], example: str) -> SplitResult:
    """Take a URL apart, refusing what has another scheme or a port that is no port."""
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        known = ", ".join(f"{scheme}://" for scheme in sorted(schemes))
        raise ValueError(f"must begin with {known}; write {example}.")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(
            f"has a port that is no number from 0 to 65535; write {example}."
        ) from None
    return parts


def is_loopback(host: str) -> bool:
    """Whether this host name can only mean the machine we run on."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
