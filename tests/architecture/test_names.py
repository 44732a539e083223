"""One name, one thing: no two classes share a name, and nothing public goes unread."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("clinic", "reminders", "scheduling")
# Django's own name for every management command and every inner class of options.
DJANGO = {"Command", "Meta", "Media"}
# A row of the database and what the rules know of it: the same thing on two floors.
ROW_AND_RULE = {"Analgesic", "Joint", "Reading"}


def modules(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_no_two_classes_share_a_name() -> None:
    names = Counter(
        node.name
        for _, tree in modules(*PACKAGES, "bench")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )

    shared = {name for name, count in names.items() if count > 1}
    assert shared == (DJANGO | ROW_AND_RULE) & shared


def words_read() -> set[str]:
    """Every name, attribute and word of a literal text that production code or a template uses."""
    found: set[str] = set()
    for _, tree in modules(*PACKAGES):
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if id(node) in docstrings:
                continue
            if isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(node.value.replace(".", " ").split())
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.html"):
            found.update(words(path.read_text(encoding="utf-8")))
    found.update(words((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    return found


def words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def test_every_public_function_has_a_reader() -> None:
    read = words_read()
    unread = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, tree in modules(*PACKAGES)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        if not node.name.startswith("_") and not node.decorator_list
        if node.name not in read
    ]

    assert unread == []
