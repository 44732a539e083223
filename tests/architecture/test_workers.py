"""Processes that run tests side by side do not meet."""

import os
from urllib.parse import parse_qs, urlsplit

from django.conf import settings


def test_each_worker_has_a_redis_number_of_its_own() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    parts = urlsplit(settings.REDIS_URL)
    number = parse_qs(parts.query)["db"][0] if parts.scheme == "unix" else parts.path.strip("/")

    assert int(number) == (2 + int(worker.removeprefix("gw")) if worker else 1)
