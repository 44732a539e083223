"""`make bench`: measure, then print one table. A part: `python -m bench --only search --scale 0.1`.

Engines of its own under `var/bench`, so that neither the demonstration nor a test is disturbed.
Every figure stands beside a limit or a peer measured in the same run; only the ratios carry over to
another machine. An aim that is missed is shown, and is no error.
"""

import argparse
import logging
import os
import platform
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = ("rows", "search", "race", "dispatch", "email", "pages")


def main() -> None:
    said = arguments()
    os.environ |= {"VAR_DIR": str(ROOT / "var" / "bench"), "DEMO": "1"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    from clinic.demo import engines
    from clinic.env import env

    with engines.using(env.var_dir):
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        run(said)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, action="append", help="a section; repeatable")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="fraction of the full sizes (default 1)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="runs behind each figure (default 3)")
    return parser.parse_args()


def run(said: argparse.Namespace) -> None:
    """Run the sections asked for, one table at the end."""
    from importlib import import_module

    from bench.figures import Figures, seconds, show

    logging.getLogger("reminders").setLevel(logging.WARNING)  # a line for every few hundred visits
    figures = Figures(scale=said.scale, rounds=said.rounds)
    for name in said.only or SECTIONS:
        print(f"{name} ...", flush=True)
        section = import_module(f"bench.{name}")
        known = len(figures.rows)
        print(f"{name} took {seconds(partial(section.measure, figures)):.0f} s", flush=True)
        for row in figures.rows[known:]:
            print(f"    {row.what}: {row.ratio or row.ours}", flush=True)
    print(f"\n{ground(said)}\n\n{show(figures.rows)}")


def ground(said: argparse.Namespace) -> str:
    """What was measured on, and how often."""
    from django.db import connection

    version = connection.cursor().execute("SHOW server_version").fetchone()[0]
    cores = os.cpu_count()
    return (
        f"{cores} cores, Python {platform.python_version()}, PostgreSQL {version},"
        f" sizes x {said.scale:g}, median of {said.rounds}"
    )


if __name__ == "__main__":
    main()
