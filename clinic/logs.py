"""Keep patients' links and rows out of every line of the log, whoever writes it."""

import logging
import re

from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, WrappedLogger

# Patients' links, and those to a new password.
LINK = re.compile(r"(/p/|/password/reset/key/)[0-9A-Za-z][\w-]{7,}")
# PostgreSQL ends a refusal with the row or key that it refused.
ROW = re.compile(
    r"^DETAIL:.*?(?=^HINT:|^CONTEXT:|^The above exception|^During handling|\Z)",
    re.MULTILINE | re.DOTALL,
)


def without_rows(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Leave out what PostgreSQL says about the row, in messages and in tracebacks."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = ROW.sub("DETAIL: (left out)\n", value)
    return event


class RedactingFormatter(ProcessorFormatter):
    """Formats a line last of all: tokens in links are left out, those in tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        return LINK.sub(r"\1(link)", super().format(record))
