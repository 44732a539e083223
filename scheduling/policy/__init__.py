"""The numbers that booking counts with: `scheduling/policy/booking.toml`, read once a process."""

from functools import lru_cache
from pathlib import Path

from scheduling.documents import SettingTable, Table, settings, toml, validated
from scheduling.rules.policy import BookingPolicy

SHIPPED = Path(__file__).with_name("booking.toml")


class BookingDocument(Table):
    """The whole file."""

    title: str
    policy: dict[str, SettingTable]


@lru_cache(maxsize=1)
def shipped() -> BookingPolicy:
    """The policy that comes with Blockwise."""
    return load(SHIPPED)


def load(path: Path) -> BookingPolicy:
    """Read and validate a file; `DocumentError` says what is wrong with it."""
    document = validated(BookingDocument, toml(path), path.name)
    return settings(BookingPolicy, document.policy, f"{path.name}: policy")
