"""What documents and docstrings name exists: files by their path, code by its dotted name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("clinic", "reminders", "scheduling", "bench", "tests")
BACKTICKED = re.compile(r"`([\w./-]+)`")
DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|sql|toml|md|html|css|js|sh)")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def names(text: str) -> set[str]:
    """The backticked paths and dotted names of our own code."""
    return {
        name for name in BACKTICKED.findall(text) if DOTTED.fullmatch(name) or FILE.fullmatch(name)
    }


def exists(name: str) -> bool:
    if "/" in name:
        return (ROOT / name).exists()
    return is_module(name) or is_defined(*name.rsplit(".", 1))


def is_module(dotted: str) -> bool:
    path = ROOT / dotted.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()


def is_defined(module: str, name: str) -> bool:
    """Whether a module, or a class of a module, has something of this name."""
    path = ROOT / module.replace(".", "/")
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not source.exists():
        outer, _, of_class = module.rpartition(".")
        return bool(outer) and is_defined(outer, of_class)
    return name in set(defined(ast.parse(source.read_text(encoding="utf-8"))))


def defined(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name for alias in node.names)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_names_only_what_exists(path: Path) -> None:
    missing = {name for name in names(path.read_text(encoding="utf-8")) if not exists(name)}

    assert missing == set()


def test_docstrings_name_only_what_exists() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        for name in names(ast.get_docstring(node) or "")
        if not exists(name)
    }

    assert missing == set()
