"""How pages are served: by waitress, with a fixed number of threads and an end to all waiting.

Each thread holds one connection to PostgreSQL and never ends, so a process holds as many as it has
threads, whatever visitors do. A request reaches a thread once all of it has arrived: who sends
slowly, or stops half way, keeps no thread waiting.
"""

import logging
import signal
import socket
import sys
from typing import Any

from django.conf import settings
from waitress.server import create_server

from clinic.wsgi import application

THREADS = 4
QUEUE = 1024  # connections that wait to be taken; beyond it the kernel lets them try again
LIMITS: dict[str, Any] = {
    "connection_limit": 1000,  # open at once in one process; a proxy keeps most of them idle
    "channel_timeout": 30,  # seconds of silence, in a request or between two
    "cleanup_interval": 10,  # seconds between two looks at silent connections
    "max_request_header_size": 32 * 1024,
    "max_request_body_size": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    "inbuf_overflow": settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1,  # no body ever reaches the disk
    "asyncore_use_poll": True,  # select() stops at 1,024 files
    # clinic/proxies.py decides what is believed; headers with underscores are dropped by waitress.
    "clear_untrusted_proxy_headers": False,
    "ident": None,
}


def listener(host: str, port: int) -> socket.socket:
    """A socket on this address, which other processes of ours may share; OSError if it is taken."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    taken.bind(address)
    taken.listen(QUEUE)
    return taken


def serve(on: socket.socket, threads: int) -> None:
    """Answer requests until SIGTERM or Ctrl-C; what is being answered is finished first."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a burst that waits is no warning
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    create_server(application, sockets=[on], threads=threads, **LIMITS).run()
