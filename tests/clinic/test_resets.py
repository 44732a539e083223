"""A lost second factor goes when two people say so; sessions end where their owner wants."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client

from clinic.accounts import resets, sessions, tasks
from clinic.accounts.models import FactorReset, SecurityAlert, SignIn
from scheduling import clock
from tests.pages import confirmed
from tests.world import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "rain-over-the-lake-7"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"


def browser_of(user, **headers):
    """A browser whose owner has come in with a password and just confirmed who they are."""
    client = Client(**headers)
    client.user = user
    client.force_login(user)
    confirmed(client, user)
    return client


@pytest.fixture
def owner():
    user = a_user("physician", password=PASSWORD, email="petra@clinic.example")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


@pytest.fixture
def administrator():
    return browser_of(a_user("administrator", is_staff=True))


@pytest.fixture
def second():
    return browser_of(a_user("physician"))


def asked(administrator, owner):
    administrator.post(f"/staff/{owner.pk}/reset", {"reason": "telephone lost"})
    return FactorReset.objects.get()


def test_two_people_reset_what_somebody_has_lost(
    administrator, second, owner, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tasks.send_reset_links, "delay", tasks.send_reset_links)
    theirs = browser_of(owner)
    reset = asked(administrator, owner)
    before = Authenticator.objects.filter(user=owner).count()

    with django_capture_on_commit_callbacks(execute=True):
        second.post(f"/staff/resets/{reset.pk}")

    owner.refresh_from_db()
    assert (before, Authenticator.objects.filter(user=owner).count()) == (1, 0)
    assert not owner.has_usable_password()
    assert theirs.get("/").status_code == 302
    assert mail.outbox[0].to == ["petra@clinic.example"]
    removed = owner.sign_ins.get(kind=SignIn.FACTOR_REMOVED)
    assert removed.by == second.user


def test_whoever_answers_for_security_hears_of_it_as_soon_as_it_is_asked_for(administrator, owner):
    asked(administrator, owner)

    (alert,) = SecurityAlert.objects.all()
    assert (alert.kind, alert.about) == ("factor_reset", owner)


def test_nothing_happens_before_the_second_person_confirms(administrator, owner):
    asked(administrator, owner)

    assert owner.has_usable_password()
    assert Authenticator.objects.filter(user=owner).exists()


def test_who_asked_is_not_the_second_person(administrator, owner):
    reset = asked(administrator, owner)

    page = administrator.post(f"/staff/resets/{reset.pk}", follow=True).content.decode()

    assert "Somebody else has to confirm this" in page
    assert Authenticator.objects.filter(user=owner).exists()


def test_neither_is_the_owner(administrator, owner):
    reset = asked(administrator, owner)

    browser_of(owner).post(f"/staff/resets/{reset.pk}")

    assert Authenticator.objects.filter(user=owner).exists()


@pytest.mark.parametrize("role", ["desk", "nurse"])
def test_other_roles_confirm_nothing(administrator, owner, role):
    reset = asked(administrator, owner)

    assert browser_of(a_user(role)).post(f"/staff/resets/{reset.pk}").status_code == 403


def test_a_request_ends_by_itself(administrator, second, owner):
    reset = asked(administrator, owner)
    late = clock.now() + resets.LASTS + timedelta(minutes=1)

    with pytest.raises(resets.ValidationError, match="does not wait any more"):
        resets.confirm(pk=reset.pk, by=second.user, at=late, request=None)


def test_it_is_confirmed_once(administrator, second, owner):
    reset = asked(administrator, owner)
    second.post(f"/staff/resets/{reset.pk}")

    page = second.post(f"/staff/resets/{reset.pk}", follow=True).content.decode()

    assert "does not wait any more" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"email": ""}, "Record their e-mail address first"), ({"is_active": False}, "has ended")],
)
def test_who_cannot_come_in_again_is_not_shut_out(administrator, owner, change, sentence):
    type(owner).objects.filter(pk=owner.pk).update(**change)

    page = administrator.post(f"/staff/{owner.pk}/reset", {"reason": "lost"})

    assert page.status_code == 400
    assert sentence in page.content.decode()


def test_nobody_asks_for_their_own(administrator):
    page = administrator.post(f"/staff/{administrator.user.pk}/reset", {"reason": "lost"})

    assert "Another administrator has to ask for yours" in page.content.decode()


def test_the_database_wants_two_others_too(administrator, owner):
    who, now = administrator.user, clock.now()
    for by, second in ((owner, None), (who, who), (who, owner)):
        fields = {"confirmed_by": second, "confirmed_at": now if second else None}
        with pytest.raises(IntegrityError, match="two_others"), transaction.atomic():
            FactorReset.objects.create(user=owner, asked_by=by, asked_at=now, **fields)


def test_what_was_confirmed_is_not_changed_and_nothing_is_deleted(administrator, second, owner):
    reset = asked(administrator, owner)
    second.post(f"/staff/resets/{reset.pk}")

    for change in (
        lambda: FactorReset.objects.update(reason="x"),
        FactorReset.objects.all().delete,
    ):
        with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
            change()


def test_whoever_may_confirm_is_told_on_the_first_page(administrator, second, owner):
    asked(administrator, owner)

    for browser in (administrator, second):
        assert "1 lost second factor waits" in " ".join(browser.get("/").content.decode().split())


@pytest.fixture
def nurse():
    return a_user("nurse", password=PASSWORD)


def signs_in(user, **headers):
    client = Client(**headers)
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    client.get("/")
    return client


def test_an_owner_sees_every_browser_and_ends_all_but_this_one(nurse):
    here, there = signs_in(nurse, headers={"user-agent": CHROME}), signs_in(nurse)
    confirmed(here, nurse)

    page = here.get("/staff/sessions").content.decode()
    here.post("/staff/sessions/end")

    assert page.count("this browser") == 1
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)
    assert nurse.sign_ins.filter(kind=SignIn.SESSION_ENDED).count() == 1


def test_an_administrator_ends_them_all_and_it_says_who_did(administrator, nurse):
    theirs = signs_in(nurse)

    administrator.post(f"/staff/{nurse.pk}/sessions")

    assert theirs.get("/").status_code == 302
    assert nurse.sign_ins.get(kind=SignIn.SESSION_ENDED).by == administrator.user


def test_a_browser_says_what_it_is_and_an_unknown_address_stays_unknown(nurse):
    signs_in(nurse, headers={"user-agent": CHROME}, REMOTE_ADDR="")

    (found,) = sessions.open_sessions(nurse, clock.now())

    assert (found.browser, found.address) == ("Chrome on Linux", None)


def test_a_session_that_ended_by_itself_is_not_listed(nurse):
    signs_in(nurse)

    assert sessions.open_sessions(nurse, clock.now())
    assert not sessions.open_sessions(nurse, clock.now() + timedelta(hours=1))


def test_what_ended_is_forgotten_with_its_browser(nurse):
    signs_in(nurse)
    Session.objects.all().delete()

    tasks.forget_sessions()

    assert not sessions.UserSession.objects.exists()
