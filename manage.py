#!/usr/bin/env python
"""Blockwise's commands.

Run `manage.py help` for the list, `manage.py up` for everything at once.
"""

import os
import sys

from clinic.env import env

# These read files only, so PostgreSQL and Redis need not run for them.
WITHOUT_ENGINES = {
    "help",
    "--help",
    "version",
    "--version",
    "check",
    "collectstatic",
    "classify",
    "plan",
    "lint_texts",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if env.embedded and command not in WITHOUT_ENGINES and not {"-h", "--help"} & set(sys.argv):
        start_engines()
    execute_from_command_line(sys.argv)


def start_engines() -> None:
    """Start the demonstration's engines, or end with a sentence. Production never comes here."""
    from clinic.demo import engines

    try:
        engines.ensure(env.var_dir)
    except engines.EngineError as error:
        sys.exit(f"Blockwise cannot start its engines: {error}")


if __name__ == "__main__":
    main()
