"""What Redis holds can be changed by whoever reaches it: it is read as values, never as code."""

import pickle
from pathlib import Path

import pytest
from django.core.cache import cache

from reminders.messaging import rounds
from tests.world import NOW


class Attack:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def plant(name, value):
    """Write to Redis as an attacker would, around the cache."""
    cache._cache.get_client(None).set(cache.make_key(name), value)


def test_a_planted_pickle_runs_nothing_and_reads_as_absent(tmp_path):
    planted = tmp_path / "ran"
    plant("attacked", pickle.dumps(Attack(planted)))

    assert cache.get("attacked") is None
    assert not planted.exists()


@pytest.mark.parametrize("value", [0, 7, 1.5, "text", None, True, ["a", 1], {"a": [None]}])
def test_what_is_kept_comes_back(value):
    cache.set("kept", value)

    assert cache.get("kept", "absent") == value


def test_a_number_can_be_counted_up():
    cache.set("counted", 1)
    cache.incr("counted")

    assert cache.get("counted") == 2


@pytest.mark.django_db
@pytest.mark.parametrize("planted", [b"7", b'"x"', b'["2026-01-01", 1]', b'["x", "y"]', b"{}"])
def test_a_round_goes_on_whatever_the_cache_says(planted):
    plant(rounds.HORIZON, planted)

    assert rounds.near(NOW) == []
