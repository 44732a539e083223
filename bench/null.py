"""A Celery application whose channels take everything and keep nothing: `-A bench.null`.

Also the peers: one Celery ETA task a message or e-mail, as most reminder code is written, tuned.
"""

from celery.signals import worker_process_init

from clinic.celery import app

# The usual design at its best: without this, Celery opens a new connection for every task.
app.conf["CELERY_DB_REUSE_MAX"] = 1000


@worker_process_init.connect
def replace_channels(**_: object) -> None:
    """Channels are looked up by name when a drain begins, so a worker may be given others."""
    from bench.nowhere import NullChannel
    from reminders.messaging.channels import registry

    channels = {name: NullChannel() for name in ("sms", "email")}
    registry.channels = lambda: channels


@app.task(name="bench.one_message", ignore_result=True)
def one_message(message: int) -> None:
    """The peer: read one row, send it (to nowhere), mark it."""
    from reminders.models import Message
    from scheduling import clock

    found = Message.objects.get(pk=message)
    # Its mark is no state: from queued to sent there is no way that skips the dispatcher.
    Message.objects.filter(pk=found.pk).update(settled_at=clock.now())


@app.task(name="bench.one_email", ignore_result=True)
def one_email(message: int) -> None:
    """The same by e-mail: read, render text, HTML and calendar entry, `send()`, mark."""
    from django.core.mail import EmailMultiAlternatives
    from django.template.loader import render_to_string

    from reminders.messaging.content import calendar
    from reminders.models import Message
    from scheduling import clock

    found = Message.objects.select_related("injection__location").get(pk=message)
    visit, address = found.injection, f"p{message}@example.org"
    words = {"language": "en", "subject": "Your visit", "body": f"Please come at {visit.start}."}
    entry = calendar.Entry(
        uid=str(visit.reference),
        revision=visit.revision,
        cancelled=False,
        start=visit.start,
        end=visit.end,
        zone=visit.location.zone,
        place=visit.location.address,
        organiser="clinic@example.org",
        attendee=address,
    )
    email = EmailMultiAlternatives(words["subject"], words["body"], to=[address])
    email.attach_alternative(render_to_string("reminders/email/message.html", words), "text/html")
    email.attach("visit.ics", calendar.text(entry, clock.now()), "text/calendar; method=REQUEST")
    email.send()
    Message.objects.filter(pk=found.pk).update(settled_at=clock.now())
