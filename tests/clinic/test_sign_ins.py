"""Who comes in, who is told, who may become whom."""

import re

import pytest
from django.apps import apps
from django.core import mail
from django.db import ProgrammingError, transaction
from django.test import Client

from clinic.accounts import devices, tasks
from clinic.accounts.models import AlertKind, SecurityAlert, SignIn, SignInEvent, User
from clinic.roles import Role
from tests.pages import confirmed
from tests.world import a_user

pytestmark = pytest.mark.django_db
PASSWORD, OTHER = "rain-over-the-lake-7", "sun-behind-the-hill-8"
ADDRESS = "198.51.100.7"


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    """What protects a stolen table of passwords only makes these tests slow."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def member(role="nurse", password=PASSWORD, **fields):
    user = a_user(role, is_staff=role == "administrator", **fields)
    user.set_password(password)
    user.save()
    return user


def signs_in(name, password=PASSWORD):
    browser = Client(REMOTE_ADDR=ADDRESS)
    browser.post("/accounts/login/", {"login": name, "password": password})
    return browser


def events():
    return [(each.kind, each.user, each.address) for each in SignInEvent.objects.order_by("pk")]


def test_coming_and_leaving_leave_a_row_each():
    user = member()

    browser = signs_in(user.username)
    browser.post("/accounts/logout/")

    assert events() == [(SignIn.SIGNED_IN, user, ADDRESS), (SignIn.SIGNED_OUT, user, ADDRESS)]


def test_a_wrong_password_leaves_a_row_and_lets_nobody_in():
    user = member()

    browser = signs_in(user.username, "wrong")

    assert events() == [(SignIn.FAILED, user, ADDRESS)]
    assert browser.get("/").status_code == 302


def test_a_name_that_nobody_has_is_not_kept():
    signs_in("my secret password")

    assert events() == [(SignIn.FAILED, None, ADDRESS)]


def test_an_unknown_address_stays_unknown():
    browser = Client(REMOTE_ADDR="")
    browser.post("/accounts/login/", {"login": member().username, "password": PASSWORD})

    assert [address for *_, address in events()] == [None]


@pytest.mark.parametrize("change", [{"kind": "failed"}, None])
def test_a_row_is_neither_changed_nor_removed(change):
    signs_in(member().username)
    rows = SignInEvent.objects.all()

    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        rows.update(**change) if change else rows.delete()


def test_only_an_administrator_reads_the_rows_and_nobody_writes_them(administrator):
    signs_in(member().username)
    row = SignInEvent.objects.first()
    address = f"/admin/accounts/signinevent/{row.pk}/change/"

    listed = administrator.get("/admin/accounts/signinevent/")
    changed = administrator.post(address, {"kind": "failed"})

    assert ADDRESS in listed.content.decode()
    assert changed.status_code == 405
    assert administrator.get("/admin/accounts/signinevent/add/").status_code == 403


def test_a_new_password_leaves_its_time_and_who_set_it_in_the_history():
    user = member()
    browser = signs_in(user.username)

    browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER},
    )

    user.refresh_from_db()
    last = apps.get_model("accounts", "UserEvent").objects.filter(pgh_obj=user).latest("pgh_id")
    assert user.check_password(OTHER)
    assert last.password_set_at == user.password_set_at
    assert last.pgh_context.metadata["user"] == user.pk


@pytest.fixture
def administrator():
    """Somebody who has just confirmed who they are."""
    browser = Client()
    browser.user = member("administrator")
    browser.force_login(browser.user)
    confirmed(browser, browser.user)
    return browser


def sets_password(administrator, user, password=OTHER):
    return administrator.post(
        f"/admin/accounts/user/{user.pk}/password/",
        {"usable_password": "true", "password1": password, "password2": password},
    )


def test_a_password_set_by_another_opens_nothing_but_the_choice_of_a_new_one(administrator):
    physician = member("physician")
    sets_password(administrator, physician)

    browser = signs_in(physician.username, OTHER)
    pages = [browser.get(page) for page in ("/", "/reviews/", "/patients", "/accounts/2fa/")]

    assert {page.status_code for page in pages} == {302}
    assert {page["Location"] for page in pages} == {"/accounts/password/change/"}


def test_once_a_new_one_is_chosen_everything_opens(administrator):
    physician = member("physician")
    sets_password(administrator, physician)
    browser = signs_in(physician.username, OTHER)

    browser.post(
        "/accounts/password/change/",
        {"oldpassword": OTHER, "password1": PASSWORD, "password2": PASSWORD},
    )

    assert browser.get("/reviews/").status_code == 200


def test_a_new_member_of_staff_is_invited_by_mail_and_nobody_else_knows_the_password(
    administrator, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tasks.send_reset_links, "delay", tasks.send_reset_links)
    said = {"username": "newcomer", "email": "new@clinic.example", "role": "physician"}

    with django_capture_on_commit_callbacks(execute=True):
        administrator.post("/admin/accounts/user/add/", said)

    (told,) = mail.outbox
    link = re.search(r"https?://[^/]+(/\S+)", told.body)[1]
    page = Client().get(link, follow=True)
    assert told.to == ["new@clinic.example"]
    assert not User.objects.get(username="newcomer").has_usable_password()
    assert 'name="password1"' in page.content.decode()


def test_nobody_gives_themselves_another_role(administrator):
    user = administrator.user
    said = {"username": user.username, "role": "physician", "is_active": "on"}

    administrator.post(f"/admin/accounts/user/{user.pk}/change/", said)

    user.refresh_from_db()
    assert user.role is Role.ADMINISTRATOR


def test_an_administrators_own_password_is_changed_where_the_old_one_is_asked(administrator):
    answer = administrator.get(f"/admin/accounts/user/{administrator.user.pk}/password/")

    assert answer["Location"] == "/accounts/password/change/"


def fails(name, address, times=1, browser=None):
    for _ in range(times):
        browser = browser or Client()
        said = {"login": name, "password": "wrong"}
        browser.post("/accounts/login/", said, REMOTE_ADDR=address)


def comes_in(name, address, browser=None):
    browser = browser or Client()
    said = {"login": name, "password": PASSWORD}
    return browser.post("/accounts/login/", said, REMOTE_ADDR=address).status_code == 302


def test_wrong_passwords_from_elsewhere_lock_nobody_out():
    user = member()

    fails(user.username, "203.0.113.9", times=6)

    assert not comes_in(user.username, "203.0.113.9")
    assert comes_in(user.username, ADDRESS)


def test_wrong_passwords_from_everywhere_stop_strangers_and_not_the_owners_device():
    user, own = member(), Client()
    comes_in(user.username, ADDRESS, own)
    own.post("/accounts/logout/")

    for host in range(10):
        fails(user.username, f"203.0.113.{host}", times=3)

    assert not comes_in(user.username, "192.0.2.1")
    assert comes_in(user.username, "192.0.2.1", own)


@pytest.mark.parametrize("known", [True, False])
def test_a_name_under_attack_is_one_alert(known):
    user = member()

    for host in range(10):
        fails(user.username if known else "nobody", f"203.0.113.{host}", times=3)
    assert comes_in(user.username, ADDRESS) is not known

    (alert,) = SecurityAlert.objects.all()
    assert alert.kind is AlertKind.NAME_UNDER_ATTACK
    assert alert.about == (user if known else None)


def test_fewer_wrong_passwords_alert_nobody():
    user = member()

    for host in range(9):
        fails(user.username, f"203.0.113.{host}", times=3)

    assert not SecurityAlert.objects.exists()


def test_a_name_that_nobody_has_is_refused_alike():
    for host in range(10):
        fails("nobody", f"203.0.113.{host}", times=3)

    said = {"login": "nobody", "password": PASSWORD}
    page = Client().post("/accounts/login/", said, REMOTE_ADDR="192.0.2.1").content.decode()

    assert "Too many failed" in page


def test_a_forged_device_is_a_strangers(settings):
    user = member()
    for host in range(10):
        fails(user.username, f"203.0.113.{host}", times=3)
    forged = Client()
    forged.cookies[devices.COOKIE] = user.username

    assert not comes_in(user.username, "192.0.2.1", forged)


def test_a_clinic_behind_one_address_comes_in_at_eight_in_the_morning():
    people = [member() for _ in range(35)]

    assert all(comes_in(person.username, ADDRESS) for person in people)


def test_the_owner_is_told_who_did_not_set_the_password(
    administrator, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(tasks.tell_of_password, "delay", tasks.tell_of_password)
    physician = member("physician", email="petra@clinic.example")

    with django_capture_on_commit_callbacks(execute=True):
        sets_password(administrator, physician)

    (told,) = mail.outbox
    assert told.to == ["petra@clinic.example"]
    assert "tell your administrator and your privacy officer" in told.body
    assert OTHER not in told.body
