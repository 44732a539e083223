"""What the cache holds is JSON: whoever can write to Redis must not be able to run code here."""

import json
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class JsonSerializer:
    """Values as JSON; whole numbers as Redis keeps them, so that it can count them up."""

    def dumps(self, value: Any) -> Any:
        return value if type(value) is int else json.dumps(value)

    def loads(self, data: bytes) -> Any:
        """The value; None, as if it had never been kept, where it is not ours."""
        try:
            return json.loads(data)
        except ValueError:
            log.warning("cache_value_unreadable")
            return None
