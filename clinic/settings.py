"""Django's settings: one file, the same code path in every mode; values come from clinic.env."""

import ssl
from pathlib import Path

import structlog
from csp.constants import NONE, SELF

from clinic import addresses, logs
from clinic.env import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.var_dir
DEMO = env.demo
DEBUG = False
SECRET_KEY = env.secret_key
SITE_URL = env.site_url
ALLOWED_HOSTS = env.allowed_hosts
TRUSTED_PROXIES = env.trusted_proxies
EMAIL = env.email
EMAIL_SENDER = env.email_sender
SMS = env.sms
IDENTITY_PROVIDER = env.identity_provider
# Messages to patients, and one kind of mail to staff: the link to a new password.
EMAIL_TIMEOUT = 8  # seconds of silence; a lease is longer
if isinstance(EMAIL, addresses.EmailServer):
    EMAIL_BACKEND = "reminders.messaging.channels.smtp_backend.BoundedBackend"
    EMAIL_HOST, EMAIL_PORT = EMAIL.host, EMAIL.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.username, EMAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL.security == "starttls", EMAIL.security == "tls"
else:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL.name}.EmailBackend"
    ANYMAIL = EMAIL.anymail | {"REQUESTS_TIMEOUT": EMAIL_TIMEOUT}
    # Resend's backend would refuse the calendar entry, because its type also names a method.
    ANYMAIL |= {"RESEND_VERIFY_ATTACHMENT_EXTENSIONS": False}
DEFAULT_FROM_EMAIL = EMAIL_SENDER
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the page
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes; nothing but forms is posted, and no file is kept
FILE_UPLOAD_HANDLERS: list[str] = []

INSTALLED_APPS = [
    "clinic",
    "clinic.accounts",
    *(["clinic.demo.sandbox"] if DEMO else []),
    "reminders",
    "scheduling",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "django_htmx",
    "csp",
    "pghistory",
    "pgtrigger",
    "django_structlog",
    "clinic.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clinic.middleware.OnlyReadable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.sign_off.SignOff",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "clinic.middleware.HistoryMiddleware",
    "clinic.middleware.PrivateByDefault",
    "clinic.step_up.StepUp",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "clinic" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clinic.context.navigation",
            ],
        },
    }
]


DATABASES = {"default": addresses.database(env.database_url)}
# Persistent connections and prepared statements: 13 and 2.4 times faster pages, measured.
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 1}
# How the owner of the tables connects, for `migrate` and `database_roles` alone.
DATABASE_OWNER = addresses.database(env.database_owner_url) if env.database_owner_url else {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.redis_url
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "serializer": "clinic.cache.JsonSerializer",
            "socket_connect_timeout": 2,  # seconds
            "socket_timeout": 5,
        },
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "clinic.accounts.breached.BreachedPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "clinic.accounts.adapter.StaffOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {"reset_password": "clinic.accounts.forms.ResetPasswordForm"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# A whole clinic comes at eight in the morning from one address. `key` is name and address.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip,5/5m/key"}
# Of what the identity provider tells, only who somebody is there is kept: no token, no address.
SOCIALACCOUNT_ADAPTER = "clinic.accounts.provider.sign_in.ProviderAccounts"
SOCIALACCOUNT_STORE_TOKENS = SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
MFA_ADAPTER = "clinic.accounts.factors.Factors"
MFA_FORMS = {
    "add_webauthn": "clinic.accounts.forms.AddKeyForm",
    "authenticate_webauthn": "clinic.accounts.forms.AuthenticateKeyForm",
    "reauthenticate_webauthn": "clinic.accounts.forms.ReauthenticateKeyForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
SECOND_FACTOR_REQUIRED = not DEMO
ENCRYPTION_KEYS = env.encryption_keys
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # seconds; a signature asks again after them
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600  # seconds; of invitations too
SESSION_COOKIE_AGE = env.session_hours * 3600
IDLE_SECONDS = env.idle_minutes * 60
SESSION_COOKIE_HTTPONLY = True
# Not in Redis: staff stay signed in while it is away, and news about patients stay out of it.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Not the cookie: news such as "Ann Smith is registered" stays off the browser's disk.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_SITE = SITE_URL.startswith("https://")
# A browser takes a cookie of such a name from this very host alone, and over TLS.
HOST_ONLY = "__Host-" if SECURE_SITE else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{HOST_ONLY}blockwise", f"{HOST_ONLY}blockwise-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SECURE_SITE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_SITE else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SITE
# Not "no-referrer": browsers then post forms with "Origin: null", which CSRF protection refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # A browser asks this of what a form redirects to, too.
        "form-action": [SELF, *([IDENTITY_PROVIDER.origin] if IDENTITY_PROVIDER else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.time_zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Celery: an alarm clock. UTC, no results, no countdowns; Redis carries wake-ups only.
CELERY_BROKER_URL = env.broker_url
# Celery takes any certificate unless it is told; the cache, through redis-py, looks by itself.
if CELERY_BROKER_URL.startswith("rediss://"):
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

PGHISTORY_APPEND_ONLY = True

# Besides booking: who reads a location's own settings, and refuses what it cannot read.
LOCATION_POLICY_READERS = ["reminders.protocols.reading.shipped_policy"]

# Whose patients staff see: scheduling/people/visible.py.
STAFF_SEE_ALL_LOCATIONS = env.staff_see_all_locations
EMERGENCY_ACCESS_HOURS = env.emergency_access_hours

PHONENUMBER_DEFAULT_REGION = "US"

DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "clinic.logs.RedactingFormatter",
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                logs.without_rows,
                structlog.processors.JSONRenderer()
                if env.log_format == "json"
                # Not the pretty tracebacks: they show local variables, and those hold patients.
                else structlog.dev.ConsoleRenderer(
                    colors=False, exception_formatter=structlog.dev.plain_traceback
                ),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django_structlog": {"level": "WARNING"},
        "django.server": {"level": "WARNING"},
    },
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
