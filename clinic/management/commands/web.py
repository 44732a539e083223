"""`manage.py web`: one web process. As many as are started share the port."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

from clinic.env import env


class Command(BaseCommand):
    requires_system_checks = ()  # all of them follow in `handle`, with the database
    help = (
        "Serve pages and webhooks until SIGTERM or Ctrl-C. Start one for each core: they share the "
        "port, and the kernel spreads visitors over them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        from clinic import server

        parser.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s)")
        parser.add_argument("--port", type=int, default=env.port, help="(%(default)s)")
        parser.add_argument(
            "--threads",
            type=int,
            default=server.THREADS,
            help="answers at one time, each with a connection to PostgreSQL (%(default)s)",
        )

    def handle(self, *args: Any, host: str, port: int, threads: int, **options: Any) -> None:
        from clinic import server

        try:
            self.check(databases=["default"])
            connections.close_all()
            listener = server.listener(host, port)
        except OperationalError as away:
            raise CommandError(f"PostgreSQL does not answer: {away}") from None
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from None
        self.stdout.write(f"Listening on {host}, port {port}, with {threads} threads")
        self.stdout.flush()
        server.serve(listener, threads)
