"""A new link for a locked, expired or lost one: who sends it, where to, and what is kept of it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from reminders.messaging.channels.base import Refused
from reminders.messaging.content import links
from reminders.messaging.planning import outbox
from reminders.models import Link, LinkPurpose, LinkRenewal, Message
from scheduling import bookings, people
from scheduling.models import Access, Task, TaskKind
from scheduling.rules.procedure import Channel, Purpose
from tests import world
from tests.pages import read
from tests.reminders.diaries import BIRTH, a_diary, a_link, at, laid_out, opened

pytestmark = pytest.mark.django_db
LOST = {"channel": "sms", "why": "phoned: the link is locked", "number": "1"}


@pytest.fixture
def injection(noon):
    return laid_out(world.a_booking(), noon.at)


@pytest.fixture
def desk():
    return signed_in("desk")


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(world.a_user(role, last_name="Okafor"))
    return client


def address(injection) -> str:
    return reverse("injection_link", args=[injection.reference])


def send(client, injection, **changes):
    return client.post(address(injection), LOST | changes)


def token_of(message: Message) -> str:
    return links.token_for(message)


def new_links() -> list[Message]:
    return list(Message.objects.filter(step="new_link").order_by("pk"))


def locked(injection) -> str:
    """A link after five wrong dates of birth."""
    token = a_link(injection)
    for _ in range(5):
        Client().post(f"/p/{token}/open", BIRTH | {"year": "1961"})
    return token


def test_a_locked_link_is_replaced_by_a_text_whose_link_opens(injection, desk, carriers, noon):
    old = locked(injection)

    answer = send(desk, injection)
    carriers.deliver(noon.at)

    (message,) = new_links()
    assert answer.status_code == 302
    assert f"your new link: {links.url(token_of(message))}" in carriers.sms.texts[0]
    assert opened(token_of(message)).get(f"/p/{token_of(message)}").status_code == 200
    assert Client().get(f"/p/{old}").status_code == 404


def test_the_task_of_the_locked_link_says_where_a_new_one_is_sent(injection):
    locked(injection)

    assert "send a new link" in Task.objects.get(kind=TaskKind.LINK_LOCKED).detail


def test_who_sends_a_new_link_has_settled_the_locked_one(injection, desk):
    locked(injection)

    send(desk, injection)

    task = Task.objects.get(kind=TaskKind.LINK_LOCKED)
    assert (task.outcome, task.done_by.last_name) == ("A new link was sent.", "Okafor")


def test_it_goes_by_e_mail_where_that_is_chosen(injection, desk, carriers, noon):
    send(desk, injection, channel="email")
    carriers.deliver(noon.at)

    assert not carriers.sms.taken
    (mail,) = carriers.email.texts
    assert "Subject: Your new link" in mail
    assert "visit.ics" not in mail


@pytest.mark.parametrize("state", ["expired", "lost"])
def test_a_link_that_is_expired_or_lost_is_replaced_too(injection, desk, carriers, noon, state):
    old = a_link(injection, expires_at=noon.at if state == "expired" else None)

    send(desk, injection)
    carriers.deliver(noon.at)

    assert Client().get(f"/p/{old}").status_code == 404
    assert Client().get(f"/p/{token_of(new_links()[0])}").status_code == 200


def test_a_link_to_the_check_in_outlives_a_new_one_to_the_visit(injection, desk):
    old = a_link(injection, "P-1")

    send(desk, injection)

    assert Link.objects.get(token_sha256=links.digest(old)).revoked_at is None


def test_a_message_that_is_still_to_leave_keeps_its_link(injection, desk, carriers, noon):
    outbox.reconcile([injection.pk], noon.at)
    waiting = Message.objects.filter(injection=injection, state="queued").first()
    a_link(injection, message=waiting)

    send(desk, injection)

    assert Link.objects.get(message=waiting).revoked_at is None


def test_with_a_check_in_open_the_desk_chooses_what_the_link_opens(injection, desk, carriers, noon):
    noon.at = world.local("2026-03-15 18:30")

    asked = read(desk.get(address(injection)))
    send(desk, injection, opens="P-1")
    carriers.deliver(noon.at)

    assert "The check-in: the evening before" in asked
    assert Link.objects.get(message=new_links()[0]).purpose is LinkPurpose.SURVEY


def test_after_the_visit_a_new_link_leads_to_the_check_in(desk, carriers, noon):
    injection, noon.at = a_diary(), at(2)

    asked = read(desk.get(address(injection)))
    send(desk, injection)
    carriers.deliver(noon.at)

    token = token_of(new_links()[0])
    page = opened(token).get(f"/p/{token}", follow=True)
    assert "It opens" not in asked
    assert "0 to 10" in page.content.decode()


def test_two_presses_of_one_button_send_one_message(injection, desk):
    answers = [send(desk, injection), send(desk, injection)]

    assert [each.status_code for each in answers] == [302, 302]
    assert len(new_links()) == LinkRenewal.objects.count() == 1


def test_who_has_not_seen_the_last_new_link_sends_no_other(injection, desk):
    send(desk, injection)

    answer = send(signed_in("nurse"), injection, channel="email", why="lost phone")

    assert answer.status_code == 409
    assert "A new link was sent a moment ago" in answer.content.decode()
    assert len(new_links()) == 1


def test_a_second_new_link_ends_the_first(injection, desk, carriers, noon):
    for number in ("1", "2"):
        send(desk, injection, number=number)
        carriers.deliver(noon.at)

    first, second = map(token_of, new_links())
    assert Client().get(f"/p/{first}").status_code == 404
    assert Client().get(f"/p/{second}").status_code == 200


def test_reason_and_sender_stand_on_the_timeline_and_never_in_the_message(
    injection, desk, carriers, noon
):
    send(desk, injection)
    carriers.deliver(noon.at)

    page = read(desk.get(reverse("plan", args=[injection.reference])))

    assert "New link" in page
    assert "phoned: the link is locked (" in page
    assert "Okafor)" in page
    assert "locked" not in carriers.sms.texts[0]
    assert Access.objects.filter(page="injection_link").exists()


def test_a_reason_is_needed(injection, desk):
    answer = send(desk, injection, why=" ")

    assert answer.status_code == 422
    assert not new_links()


def test_the_database_keeps_no_new_link_without_a_reason(injection):
    reply = {"patient": injection.patient, "text_key": "help", "key": "1", "at": world.NOW}
    message = outbox.reply(injection=injection, **reply)
    facts = {"message": message, "sent_by": world.a_user("desk"), "sent_at": world.NOW}

    with pytest.raises(IntegrityError), transaction.atomic():
        LinkRenewal.objects.create(why="", **facts)


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_the_reason_stays_as_it_was_written(injection, desk, deed):
    send(desk, injection)
    renewals = LinkRenewal.objects.all()

    with pytest.raises(DatabaseError), transaction.atomic():
        renewals.update(why="another") if deed == "update" else renewals.delete()


def test_who_has_opted_out_is_offered_no_text(injection, desk):
    contact = injection.patient.contacts.get(channel="sms")
    people.opt_out(channel=Channel.SMS, value=contact.value, source="desk", at=world.NOW)

    page, answer = read(desk.get(address(injection))), send(desk, injection)

    assert "SMS to" not in page
    assert "E-mail to" in page
    assert answer.status_code == 422
    assert not new_links()


def test_who_opts_out_before_it_leaves_gets_none_and_a_person_hears_of_it(
    injection, desk, carriers, noon
):
    send(desk, injection)
    contact = injection.patient.contacts.get(channel="sms")
    people.opt_out(channel=Channel.SMS, value=contact.value, source="desk", at=noon.at)

    carriers.deliver(noon.at)

    assert not carriers.sms.taken
    assert Task.objects.get(step="new_link").title == "Phone the patient: the new link"


def test_a_consent_that_is_withdrawn_before_it_leaves_counts(injection, desk, carriers, noon):
    send(desk, injection)
    people.withdraw(
        patient=injection.patient,
        purpose=Purpose.REMINDERS,
        channel=Channel.SMS,
        why="asked for it",
        by=None,
        at=noon.at,
    )

    carriers.deliver(noon.at)

    assert not carriers.sms.taken


def test_a_link_that_cannot_arrive_is_a_task_with_a_number(injection, desk, carriers, noon):
    carriers.sms.answers.append(Refused("no such number"))
    send(desk, injection)

    carriers.deliver(noon.at)
    carriers.deliver(noon.at + timedelta(minutes=1))

    task = Task.objects.get(step="new_link")
    assert task.queue == "desk"
    assert "Call 555" in task.detail


def test_a_patient_without_consent_is_phoned(noon, desk):
    injection = laid_out(world.a_booking(world.an_order(world.a_patient(consent=()))), noon.at)

    page = read(desk.get(address(injection)))

    assert "There is no way to write to this patient" in page
    assert "Send the new link" not in page


def test_nothing_is_sent_about_somebody_who_has_died(injection, desk):
    people.correct(patient=injection.patient, deceased_at=world.NOW, by=None, at=world.NOW)

    assert send(desk, injection).status_code == 422
    assert not new_links()


def test_a_new_link_of_which_nobody_knows_the_end_is_sent_again(injection, desk):
    send(desk, injection)

    assert new_links()[0].retry_when_unknown


def test_the_next_round_leaves_a_new_link_alone(injection, desk, noon):
    send(desk, injection)

    outbox.reconcile([injection.pk], noon.at)

    assert new_links()[0].state == "queued"


def test_the_timeline_offers_it_to_those_who_may(injection):
    page = read(signed_in("desk").get(reverse("plan", args=[injection.reference])))

    assert address(injection) in page


@pytest.mark.parametrize(
    ("role", "status"),
    [("desk", 302), ("nurse", 302), ("physician", 302), ("administrator", 403)],
)
def test_staff_who_book_may_send_it_and_nobody_else(injection, role, status):
    assert send(signed_in(role), injection).status_code == status
    assert len(new_links()) == (status == 302)


def test_a_stranger_is_sent_to_sign_in(injection):
    answer = send(Client(), injection)

    assert answer["Location"].startswith(reverse("account_login"))
    assert not new_links()


def test_a_cancelled_visit_can_still_be_read_about(injection, desk, carriers, noon):
    bookings.cancel(injection=injection, why="asked for it", by=None, at=noon.at)

    assert send(desk, injection).status_code == 302
