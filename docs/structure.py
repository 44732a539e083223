"""What the code is made of, revisions side by side: `python docs/structure.py f8eae28 HEAD`.

Reads each revision from git, as text; nothing of it is run. Migrations and tests do not count.
"""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator

PACKAGES = ("clinic/", "reminders/", "scheduling/")
SQL = re.compile(r"^\s*(WITH|SELECT|INSERT|UPDATE|DELETE|COPY)\b", re.MULTILINE)


def main() -> None:
    """Print one row a figure and one column a revision."""
    revisions = sys.argv[1:] or ["HEAD"]
    columns = [figures(revision) for revision in revisions]
    print(f"{'':60}" + "".join(f"{revision:>14}" for revision in revisions))
    for name in columns[0]:
        print(f"{name:60}" + "".join(f"{column[name]:>14}" for column in columns))


def figures(revision: str) -> dict[str, int | float | str]:
    """The figures of one revision, by name."""
    trees = [ast.parse(text) for text in sources(revision)]
    lengths = sorted(lines(node) for tree in trees for node in functions(tree))
    classes = Counter(name for tree in trees for name in class_names(tree))
    return {
        "files of Python": len(trees),
        "functions": len(lengths),
        "lines of a function, median": statistics.median(lengths),
        "lines of a function, 90 % are below": lengths[len(lengths) * 9 // 10] + 1,
        "lines of the longest function": lengths[-1],
        "class names defined twice or more": sum(count > 1 for count in classes.values()),
        "lines of SQL in Python": sum(sql_lines(tree) for tree in trees),
        "lines of SQL in files": sum(text.count("\n") for text in sources(revision, ".sql")),
        "dependencies of production": len(dependencies(revision)),
        "files on a message's way, as docs/messages.md tells it": linked(revision, "messages"),
        "files on an answer's way, as docs/answers.md tells it": linked(revision, "answers"),
    }


def sources(revision: str, ending: str = ".py") -> Iterator[str]:
    """The texts of the product's files at a revision."""
    for path in git("ls-tree", "-r", "--name-only", revision).splitlines():
        if path.startswith(PACKAGES) and path.endswith(ending) and "/migrations/" not in path:
            yield git("show", f"{revision}:{path}")


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout  # noqa: S607


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def lines(node: ast.FunctionDef) -> int:
    """Lines from the signature to the end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def class_names(tree: ast.Module) -> Iterator[str]:
    """Names of classes at the top of a module, without Django's own conventions."""
    return (
        node.name for node in tree.body if isinstance(node, ast.ClassDef) if node.name != "Command"
    )


def sql_lines(tree: ast.Module) -> int:
    """Lines of string constants that hold a statement of two lines or more."""
    texts = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return sum(
        len(text.strip().splitlines()) for text in texts if "\n" in text and SQL.search(text)
    )


def linked(revision: str, page: str) -> int | str:
    """How many files of Python the table of a page leads through; older revisions have no page."""
    try:
        text = git("show", f"{revision}:docs/{page}.md")
    except subprocess.CalledProcessError:
        return "-"
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return len(set(re.findall(r"\(\.\./([\w/]+\.py)\)", "\n".join(rows))))


def dependencies(revision: str) -> list[str]:
    """What production installs, as pyproject.toml names it."""
    found: list[str] = tomllib.loads(git("show", f"{revision}:pyproject.toml"))["project"][
        "dependencies"
    ]
    return found


if __name__ == "__main__":
    main()
