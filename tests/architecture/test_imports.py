"""Who may know whom: rules are pure, rooms keep their order."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted(path for path in ROOT.glob("*/rules/**/*.py"))
CLOCKS = re.compile(r"\b(datetime|date|time)\.(now|utcnow|today|time|time_ns|monotonic)$")
OURS = {"clinic", "reminders", "scheduling"}


def imports(path):
    """The full names a module imports, relative ones resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join(filter(None, [*above, node.module]))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_pure(name):
    first = name.split(".")[0]
    return ".rules." in f"{name}." if first in OURS else first in sys.stdlib_module_names


def test_there_are_rules_to_look_at():
    assert len(RULES) > 10


@pytest.mark.parametrize("path", RULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_rule_imports_the_standard_library_and_other_rules_only(path):
    assert [name for name in imports(path) if not is_pure(name)] == []


@pytest.mark.parametrize("path", RULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_rule_never_asks_what_time_it_is(path):
    calls = (
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    )

    assert [ast.unparse(call) for call in calls if CLOCKS.search(ast.unparse(call))] == []


@pytest.mark.parametrize(
    ("name", "pure"),
    [
        ("datetime.datetime", True),
        ("scheduling.rules.procedure.Side", True),
        ("scheduling.rules", True),
        ("scheduling.models.Order", False),
        ("django.utils.timezone", False),
    ],
)
def test_purity_is_told_apart(name, pure):
    assert is_pure(name) is pure


def test_the_rooms_keep_the_order_of_the_import_contracts():
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout
