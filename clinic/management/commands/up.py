"""`manage.py up`: every process of Blockwise in one terminal."""

import io
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from clinic.demo import engines, missing_extra, ports
from clinic.env import env


class Command(BaseCommand):
    """Prepares the database and the static files, then supervises until Ctrl-C."""

    help = (
        "Run everything in this terminal: web, worker, beat and, in demo mode, the sandbox with "
        "the demo clinic loaded. Ctrl-C stops it all. PORT chooses the port (8000); the sandbox "
        "takes the two after it."
    )

    # A taken port is refused at once; the checks follow in `prepare`.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--host",
            default="127.0.0.1",
            help="where to listen (%(default)s)",
        )

        parser.add_argument("--empty", action="store_true", help="do not load the demo clinic")

    def handle(self, *args: Any, host: str, empty: bool, **options: Any) -> None:
        if sentence := missing_extra():
            raise CommandError(sentence)
        from clinic.demo import supervisor

        try:
            lock = supervisor.hold_folder(env)
        except supervisor.AlreadyUp:
            raise CommandError(
                f"Blockwise runs from this folder already: {env.site_url}. "
                "Stop that one with Ctrl-C, or give this one its own VAR_DIR and PORT."
            ) from None
        with lock:
            self.refuse_taken_ports(host)
            logins = self.prepare(load=env.demo and not empty)
            self.supervise(host, logins)

    def refuse_taken_ports(self, host: str) -> None:
        wanted = [env.port, env.port + 1, env.port + 2] if env.demo else [env.port]
        for port in wanted:
            if not ports.is_free(host, port):
                by = ports.holder(port)
                raise CommandError(
                    f"Port {port} is taken{f' by {by}' if by else ''}. "
                    f"Stop that program, or choose another port: make run PORT={env.port + 1000}"
                )

    def prepare(self, *, load: bool) -> str:
        """Bring the database and the static files up to date; return the demo clinic's logins."""
        self.check(databases=["default"])
        self.say("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)
        if env.embedded:
            call_command("database_roles", running=engines.RUNNING, stdout=io.StringIO())
        self.say("Collecting static files ...")
        call_command("collectstatic", verbosity=0, interactive=False)
        logins = io.StringIO()
        if load and "demo_clinic" in get_commands():
            self.say("Loading the demo clinic ...")
            call_command("demo_clinic", stdout=logins)
        connections.close_all()
        return logins.getvalue()

    def supervise(self, host: str, logins: str) -> None:
        from clinic.demo.supervisor import Supervisor, commands, when_it_answers

        supervisor = Supervisor(env)
        for name, command in commands(env, host).items():
            supervisor.add(name, command)
        address = f"http://{host if host != '0.0.0.0' else '127.0.0.1'}:{env.port}/"  # noqa: S104
        welcome = f"\n{logins}\nBlockwise runs: {env.site_url} (Ctrl-C stops it)\n"
        when_it_answers(supervisor, address, lambda: self.say(welcome))
        supervisor.run()
        if supervisor.ended:
            names = " and ".join(supervisor.ended)
            raise CommandError(f"Everything stopped because {names} ended; see the lines above.")
        self.say("Stopped.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
