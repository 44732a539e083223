"""Which ports of this machine are free, and which process holds one."""

import errno
import os
import socket
from pathlib import Path

PROC = Path("/proc")
LISTENING = "0A"  # the kernel's code in /proc/net/tcp


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def holder(port: int) -> str:
    """The process that listens on a port, as `name (process 123)`; empty if we may not see it."""
    sockets = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    for folder in PROC.glob("[0-9]*"):
        if sockets & links(folder / "fd"):
            return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
    return ""


def listening_inodes(port: int) -> list[str]:
    """Socket inodes that listen on a port, from the kernel's tables of IPv4 and IPv6."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        if (PROC / "net" / table).exists()
        for line in (PROC / "net" / table).read_text().splitlines()[1:]
    ]
    return [line[9] for line in lines if line[3] == LISTENING and line[1].endswith(f":{port:04X}")]


def links(folder: Path) -> set[str]:
    """The targets of a process's file descriptors."""
    found = set()
    try:
        for name in os.listdir(folder):
            found.add(os.readlink(folder / name))
    except OSError:  # gone, or another user's
        pass
    return found
