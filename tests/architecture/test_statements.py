"""Statements in files: each is run by a module beside it, and names the tests that own it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATEMENTS = [
    path
    for package in ("clinic", "reminders", "scheduling")
    for path in ROOT.glob(f"{package}/**/*.sql")
]


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
def test_a_statement_names_tests_that_exist(path):
    named = re.findall(r"tests/\S+\.py", path.read_text(encoding="utf-8"))

    assert named
    assert [each for each in named if not (ROOT / each).is_file()] == []


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
def test_a_statement_is_run_by_a_module_beside_it(path):
    run = re.compile(rf'__file__, "{path.stem}"')

    assert any(run.search(each.read_text(encoding="utf-8")) for each in path.parent.glob("*.py"))


def test_there_are_statements_to_look_at():
    assert STATEMENTS
