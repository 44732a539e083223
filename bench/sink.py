"""An SMTP server that takes everything and keeps nothing, so that it is not what gets measured.

`python -m bench.sink PORT`: prints `ready`, counts messages, answers PIPELINING and 8BITMIME.
"""

import selectors
import socket
import sys

BANNER = b"220 sink\r\n"
HELLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n"
END = b"\r\n.\r\n"


class Peer:
    """One client: what it has sent and not yet been answered for."""

    __slots__ = ("body", "socket", "waiting")

    def __init__(self, connected: socket.socket) -> None:
        self.socket, self.waiting, self.body = connected, b"", False

    def feed(self, data: bytes) -> bytes:
        """Take bytes, return the answers they deserve."""
        self.waiting += data
        answers = bytearray()
        while True:
            mark = END if self.body else b"\r\n"
            # The first line of an empty body may be the final dot itself.
            at = self.waiting.find(mark)
            if at < 0:
                return bytes(answers)
            line, self.waiting = self.waiting[:at], self.waiting[at + len(mark) :]
            answers += b"250 kept\r\n" if self.body else self.answer(line[:4].upper())
            self.body = not self.body and line[:4].upper() == b"DATA"

    def answer(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return HELLO
        return {b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n")


def serve(port: int) -> None:
    """Answer until killed."""
    listening = socket.create_server(("127.0.0.1", port), backlog=256)
    selector = selectors.DefaultSelector()
    selector.register(listening, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listening:
                welcome(listening, selector)
            else:
                listen(key.data, selector)


def welcome(listening: socket.socket, selector: selectors.BaseSelector) -> None:
    connected, _ = listening.accept()
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.sendall(BANNER)
    selector.register(connected, selectors.EVENT_READ, Peer(connected))


def listen(peer: Peer, selector: selectors.BaseSelector) -> None:
    try:
        data = peer.socket.recv(262_144)
    except ConnectionError:  # it left without waiting for our goodbye
        data = b""
    if data:
        peer.socket.sendall(peer.feed(data))
    else:
        selector.unregister(peer.socket)
        peer.socket.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
