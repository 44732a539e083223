"""Lines of log: whoever writes them, a patient's link never stands in one."""

import logging
import re

from structlog.stdlib import ProcessorFormatter

LINK = re.compile(r"/p/[0-9A-Za-z]{8,}")


class Discreet(ProcessorFormatter):
    """The last hand that touches a line: tokens in addresses are left out, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return LINK.sub("/p/(link)", super().format(record))
