"""E-mail with text, HTML and a calendar entry, rendered for each patient.

Against raw smtplib with ready bytes, and against the usual design: a Celery task and a connection
for each e-mail. All three render, or send, the same parts.
"""

import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from django.core.mail import EmailMultiAlternatives

from bench import dispatch
from bench.crowd import together
from bench.figures import Figures, seconds
from bench.workers import CHILDREN, workers
from reminders.messaging.delivery import attempts
from reminders.messaging.delivery.claim import claim

STEP, CHUNK = ("booked", "email"), {"sms": 0, "email": 1}


def measure(figures: Figures) -> None:
    """The same messages over as many connections as there are workers."""
    count = figures.size(10_000)
    with sink() as port:
        text = sample()
        raw = figures.median(lambda: count / seconds(lambda: raw_smtp(port, text, count)))
        address = f"sandbox://127.0.0.1:{port}"
        with workers("clinic", EMAIL_URL=address):
            dispatch.due(count, step=STEP)
            ours = figures.median(lambda: dispatch.rate(count, dispatch.drain))
        with workers("bench.null", EMAIL_URL=address):
            few = figures.size(2_000)
            dispatch.due(few, step=STEP)
            peer = dispatch.rate(few, partial(dispatch.eta_tasks, "one_email"))
    what = f"{count:,} e-mails rendered one by one / smtplib, {len(text):,} ready bytes"
    figures.at_least(what, ours, raw, 0.8, "e-mails/s")
    what = "the same / one Celery ETA task an e-mail, tuned"
    figures.at_least(what, ours, peer, 20, "e-mails/s")


@contextmanager
def sink() -> Iterator[int]:
    """The port of a mail server that keeps nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.sink", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def sample() -> bytes:
    """One of our e-mails as it leaves."""
    dispatch.due(1, step=STEP)
    now = datetime.now(UTC)
    outgoing = claim(now, 1, CHUNK).messages[0]
    body = attempts.compose(outgoing, now).body
    assert isinstance(body, EmailMultiAlternatives)
    return body.message().as_bytes(linesep="\r\n")


def raw_smtp(port: int, text: bytes, count: int) -> None:
    """`count` messages by smtplib, a connection a process."""
    together(partial(talk, port, text, count // CHILDREN), CHILDREN)


def talk(port: int, text: bytes, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in range(count):
            smtp.sendmail("clinic@example.org", [f"p{number}@example.org"], text)
