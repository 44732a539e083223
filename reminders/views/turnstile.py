"""How often one link and one address may knock. Counters live in Redis and forget by themselves."""

from django.core.cache import cache
from django.http import HttpRequest

MINUTE = 60
LINK_LIMIT, ADDRESS_LIMIT = 60, 240
"""Requests a minute: patients reload on bad networks, and a waiting room shares one address."""
TRY_LIMIT = 20
"""Birth dates a minute from one address: five belong to one patient, some share a router."""


def lets_in(request: HttpRequest, token_hash: str) -> bool:
    """Count this request for its link and its address; False when either comes too often."""
    address = request.META.get("REMOTE_ADDR", "")
    counts = [_count(f"link:{token_hash}", LINK_LIMIT), _count(f"from:{address}", ADDRESS_LIMIT)]
    if request.method == "POST":
        counts.append(_count(f"try:{address}", TRY_LIMIT))
    return all(counts)


def _count(key: str, limit: int) -> bool:
    """One more for `key` in this minute. Redis counts, so all web processes count together."""
    name = f"turnstile:{key}"
    cache.add(name, 0, timeout=MINUTE)
    try:
        count = cache.incr(name)
    except ValueError:  # the counter ran out between the two calls
        return True
    if count == 1:  # a counter that began between the two calls has no end of its own
        cache.touch(name, MINUTE)
    return count <= limit
