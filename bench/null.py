"""A Celery application whose channels take everything and keep nothing: `-A bench.null`.

Also the peer: one Celery ETA task a message, as most reminder code is written, tuned.
"""

from celery.signals import worker_process_init

from clinic.celery import app

# The usual design at its best: without this, Celery opens a new connection for every task.
app.conf["CELERY_DB_REUSE_MAX"] = 1000


@worker_process_init.connect
def replace_channels(**_: object) -> None:
    """Channels are looked up by name when a drain begins, so a worker may be given others."""
    from bench.nowhere import NullChannel
    from reminders.messaging.channels import REGISTRY

    REGISTRY.update({name: NullChannel(name) for name in ("sms", "email")})


@app.task(name="bench.one_message", ignore_result=True)
def one_message(message: int) -> None:
    """The peer: read one row, send it (to nowhere), mark it."""
    from reminders.models import Message
    from scheduling import clock

    found = Message.objects.get(pk=message)
    # Its mark is no state: from queued to sent there is no way that skips the dispatcher.
    Message.objects.filter(pk=found.pk).update(settled_at=clock.now())
