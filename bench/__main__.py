"""`make bench`: measure, then print one table. A part: `python -m bench --only search --scale 0.1`.

Engines of its own under `var/bench`, so that neither the demonstration nor a test is disturbed.
"""

import argparse
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = ("rows", "search", "race", "dispatch", "email")


def main() -> None:
    said = arguments()
    os.environ["VAR_DIR"] = str(ROOT / "var" / "bench")
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    from clinic import engines
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

    from bench.figures import Figures, show

    figures = Figures(scale=said.scale, rounds=said.rounds)
    for name in said.only or SECTIONS:
        print(f"... {name}", flush=True)
        import_module(f"bench.{name}").measure(figures)
    print(show(figures.rows))


if __name__ == "__main__":
    main()
