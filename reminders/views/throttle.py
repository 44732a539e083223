"""How often one link and one address may ask. Counters live in Redis and forget by themselves."""

import structlog
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

MINUTE = 60
LINK_LIMIT = 60
"""Requests a minute for one link: patients reload on bad networks."""
TRY_LIMIT = 20
"""Forms a minute through one link. Guessing ends at five wrong birth dates, by the database."""
ADDRESS_LIMIT = 1200
"""Requests a minute from one address: everybody in a clinic, or on a mobile network, shares one."""


def allows(request: HttpRequest, token_hash: str) -> bool:
    """Count this request for its link and its address; False when either comes too often.

    Without Redis everybody is let in: what protects a link, its length and the five tries a day, is
    in the database.
    """
    address = request.META.get("REMOTE_ADDR", "")
    limits = {f"link:{token_hash}": LINK_LIMIT, f"from:{address}": ADDRESS_LIMIT}
    if request.method == "POST":
        limits[f"try:{token_hash}"] = TRY_LIMIT
    try:
        return all([_count(key, limit) for key, limit in limits.items()])
    except RedisError as error:
        log.warning("throttle_without_redis", error=type(error).__name__)
        return True


def _count(key: str, limit: int) -> bool:
    """One more for `key` in this minute. Redis counts, so all web processes count together."""
    name = f"throttle:{key}"
    cache.add(name, 0, timeout=MINUTE)
    try:
        count = cache.incr(name)
    except ValueError:  # the counter ran out between the two calls
        return True
    if count == 1:  # a counter that began between the two calls has no end of its own
        cache.touch(name, MINUTE)
    return count <= limit
