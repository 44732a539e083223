"""Draw which package imports which, from the imports themselves: docs/packages.md.

`--check` writes nothing and exits with 1 where the document is not what the code says.
"""

import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "packages.md"
OURS = ("clinic", "reminders", "scheduling")
sys.path.insert(0, str(ROOT))
# Modules of an application that others do not import: Django, Celery or a server begins with them.
ENTRIES = {"urls", "admin", "apps", "tasks", "wsgi", "celery", "views"}
Arrow = tuple[str, str]
HEAD = """# Which package imports which

Written by `make docs` from the imports; `make check` compares them. An arrow points to what is
imported. Arrows that a longer way already says are left out. `entry` is where Django, Celery and
the web server begin, `base` an application's own small modules.
"""


def main() -> None:
    """Write the document, or compare it."""
    text = document()
    if "--check" not in sys.argv:
        DOCUMENT.write_text(text, encoding="utf-8")
        print(f"{DOCUMENT.relative_to(ROOT)} written")
    elif not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text:
        sys.exit(f"{DOCUMENT.relative_to(ROOT)} is not what the code says: make docs")


def document() -> str:
    """The whole document: a Mermaid diagram of packages, grouped by application."""
    arrows = without_detours(imports())
    rooms = sorted({room for arrow in arrows for room in arrow})
    groups = "\n".join(
        group(name, [room for room in rooms if room.startswith(f"{name}.")]) for name in OURS
    )
    lines = "\n".join(f"    {node(one)} --> {node(other)}" for one, other in sorted(arrows))
    return f"{HEAD}\n```mermaid\nflowchart TD\n{groups}\n{lines}\n```\n"


def group(name: str, rooms: list[str]) -> str:
    """One application with its packages."""
    inside = "\n".join(f"        {node(room)}[{room.partition('.')[2]}]" for room in rooms)
    return f"    subgraph {name}\n{inside}\n    end"


def imports() -> set[Arrow]:
    """Which package imports which other one."""
    graph = grimp.build_graph(*OURS)
    packages = {module.rpartition(".")[0] for module in graph.modules}
    return {
        (room_of(importer, packages), room_of(imported, packages))
        for importer in graph.modules
        if ".migrations" not in importer
        for imported in graph.find_modules_directly_imported_by(importer)
        if room_of(importer, packages) != room_of(imported, packages)
    }


def room_of(module: str, packages: set[str]) -> str:
    """The package two names deep, or what an application's own modules are: its entry or base."""
    application, _, rest = module.partition(".")
    first = rest.partition(".")[0]
    if f"{application}.{first}" in packages:
        return f"{application}.{first}"
    return f"{application}.{'entry' if first in ENTRIES else 'base'}"


def without_detours(arrows: set[Arrow]) -> set[Arrow]:
    """The arrows that no longer way through other packages says already."""
    return {arrow for arrow in arrows if not leads(arrows - {arrow}, *arrow)}


def leads(arrows: set[Arrow], start: str, end: str) -> bool:
    """Whether one can go from start to end, without coming back to the start."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        following = {other for one, other in arrows if one == here} - seen
        if end in following:
            return True
        seen |= following
        ahead.extend(following)
    return False


def node(room: str) -> str:
    return room.replace(".", "_")


if __name__ == "__main__":
    main()
