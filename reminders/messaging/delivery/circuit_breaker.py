"""Rest for carriers that keep failing, a pace for those in no hurry. Kept in Redis.

Nothing here is needed for correctness: without Redis every channel is open and has no pace.
"""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)
FAILURES = 5  # in a row, before a carrier rests
REST = timedelta(seconds=60)
LONGEST_WAIT = 2.0  # seconds a worker waits for its turn, so that a drain keeps its time

# One bucket: tokens refill with Redis's clock; the answer is how many seconds until one is there.
TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local since = now - (tonumber(kept[2]) or now)
local tokens = math.min(burst, (tonumber(kept[1]) or burst) + since * rate)
redis.call('HSET', KEYS[1], 'tokens', tokens - 1, 'at', now)
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 60)
return tostring(math.max(0, (1 - tokens) / rate))
"""


@lru_cache(maxsize=1)
def client() -> Any:
    """The connection of this process."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _ask(question: Callable[[Any], Any], otherwise: Any) -> Any:
    try:
        return question(client())
    except redis.RedisError as problem:
        log.warning("breaker_blind", problem=type(problem).__name__)
        return otherwise


def resting(channels: Iterable[str]) -> list[str]:
    """The channels that rest now."""
    names = list(channels)
    marks = _ask(lambda r: r.mget([f"channel:{name}:rests" for name in names]), [None] * len(names))
    return [name for name, mark in zip(names, marks, strict=True) if mark]


def failed(channel: str) -> None:
    """Count a failure; enough of them in a row send the channel to rest."""

    def count(r: Any) -> int:
        key = f"channel:{channel}:failures"
        failures = int(r.incr(key))
        r.expire(key, REST)
        if failures >= FAILURES:
            r.set(f"channel:{channel}:rests", failures, ex=REST)
            r.delete(key)
        return failures

    if _ask(count, 0) >= FAILURES:
        log.warning("channel_rests", channel=channel, seconds=REST.total_seconds())


def worked(channel: str) -> None:
    """Forget earlier failures."""
    _ask(lambda r: r.delete(f"channel:{channel}:failures"), 0)


def pace(channel: str, rate: float) -> None:
    """Wait until this channel may be used again: `rate` times a second by all workers."""
    if rate <= 0:
        return
    take = [TAKE, 1, f"channel:{channel}:pace", rate, max(1.0, rate)]
    seconds = float(_ask(lambda r: r.eval(*take), 0))
    if seconds:
        time.sleep(min(seconds, LONGEST_WAIT))
