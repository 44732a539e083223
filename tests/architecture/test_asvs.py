"""The table of OWASP ASVS requirements is whole, names what exists, and counts right."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "asvs.md"
STATUSES = ["met", "partly", "not met", "does not apply"]
# Of version 5.0.0: how many requirements of levels 1 and 2 each section of a chapter has. They are
# its first ones.
SECTIONS = {
    1: [2, 9, 11, 3, 2],
    2: [3, 3, 4, 1],
    3: [0, 2, 4, 6, 5, 0, 2],
    4: [3, 1, 2, 4],
    5: [1, 3, 2, 3],
    6: [3, 12, 4, 4, 5, 3, 0, 4],
    7: [3, 4, 2, 5, 2, 2],
    8: [2, 3, 1, 1],
    9: [3, 4],
    10: [2, 2, 4, 11, 5, 2, 3],
    11: [2, 3, 3, 4, 1, 1, 0],
    12: [3, 2, 4],
    13: [1, 5, 2, 5],
    14: [2, 4, 3],
    15: [3, 3, 7, 0],
    16: [1, 5, 4, 3, 3],
    17: [1, 4, 2],
}
LEVELS = {"1": 70, "2": 183}
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+)`")
TEST = re.compile(r"`tests/[\w/]+\.py`")
FILE = re.compile(r"`[\w.-]+(?:/[\w.-]+)+`|`[\w-]+\.\w+`|\b[A-Z]+\.md\b")


class Assessed(NamedTuple):
    """One row of the table, for one requirement or for several of one section."""

    numbers: list[str]
    level: str
    requirement: str
    status: str
    where: str
    shown_by: str


def lines(*starts: str) -> list[list[str]]:
    """The cells of the lines that begin so."""
    found = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith(starts)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found]


def numbers(cell: str) -> list[str]:
    """`v5.0.0-4.4.2 to v5.0.0-4.4.4` as the three of them."""
    first, _, last = cell.partition(" to ")
    section, begin = first.rsplit(".", 1)
    end = last.rsplit(".", 1)[1] if last else begin
    return [f"{section}.{number}" for number in range(int(begin), int(end) + 1)]


def rows() -> list[Assessed]:
    return [Assessed(numbers(cell), *others) for cell, *others in lines("| v5.0.0-")]


def counts(found: Iterable[Assessed]) -> list[str]:
    """How many requirements have each status, and how many there are."""
    counted = Counter(row.status for row in found for _ in row.numbers)
    return [str(counted[status]) for status in STATUSES] + [str(counted.total())]


def is_of(row: Assessed, chapter: int) -> bool:
    return row.numbers[0].startswith(f"v5.0.0-{chapter}.")


def test_every_requirement_of_levels_one_and_two_stands_there_once() -> None:
    asked = [
        f"v5.0.0-{chapter}.{section}.{number}"
        for chapter, sections in SECTIONS.items()
        for section, last in enumerate(sections, 1)
        for number in range(1, last + 1)
    ]

    assert [number for row in rows() for number in row.numbers] == asked


def test_each_level_has_as_many_requirements_as_the_standard() -> None:
    assert Counter(row.level for row in rows() for _ in row.numbers) == LEVELS


def test_every_row_has_one_of_four_statuses() -> None:
    assert {row.status for row in rows()} <= {*STATUSES}


def test_what_is_met_says_where() -> None:
    assert [row for row in rows() if row.status == "met" and not FILE.search(row.where)] == []


def test_every_row_names_a_test_or_says_how_it_was_checked() -> None:
    found = [each.shown_by for each in rows()]

    assert [said for said in found if not (TEST.search(said) or said.startswith("Checked: "))] == []


def test_every_path_in_the_table_exists() -> None:
    named = {path for row in rows() for path in PATH.findall(f"{row.where} {row.shown_by}")}

    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_the_counts_at_the_head_are_those_of_the_rows() -> None:
    said = {name.split()[0]: told for name, *told in lines("| V", "| All ")}
    found = rows()

    assert said == {
        **{
            f"V{chapter}": counts(row for row in found if is_of(row, chapter))
            for chapter in SECTIONS
        },
        "All": counts(found),
    }
