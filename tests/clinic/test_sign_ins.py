"""Who comes in, who is told, who may become whom."""

import pytest
from django.apps import apps
from django.db import ProgrammingError, transaction
from django.test import Client

from clinic.accounts.models import SignIn, SignInEvent
from clinic.roles import Role
from tests.world import a_user

pytestmark = pytest.mark.django_db
PASSWORD, OTHER = "rain-over-the-lake-7", "sun-behind-the-hill-8"
ADDRESS = "198.51.100.7"


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


def test_only_an_administrator_reads_the_rows_and_nobody_writes_them():
    signs_in(member().username)
    browser = Client()
    browser.force_login(member("administrator"))
    row = SignInEvent.objects.first()

    listed = browser.get("/admin/accounts/signinevent/")
    changed = browser.post(f"/admin/accounts/signinevent/{row.pk}/change/", {"kind": "failed"})

    assert ADDRESS in listed.content.decode()
    assert changed.status_code == 405
    assert browser.get("/admin/accounts/signinevent/add/").status_code == 403


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
    browser = Client()
    browser.user = member("administrator")
    browser.force_login(browser.user)
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


def test_a_new_member_of_staff_chooses_a_password_of_their_own_first(administrator):
    said = {"username": "newcomer", "usable_password": "true", "role": "physician"}
    administrator.post("/admin/accounts/user/add/", said | {"password1": OTHER, "password2": OTHER})

    assert signs_in("newcomer", OTHER).get("/reviews/")["Location"] == "/accounts/password/change/"


def test_nobody_gives_themselves_another_role(administrator):
    user = administrator.user
    said = {"username": user.username, "role": "physician", "is_active": "on"}

    administrator.post(f"/admin/accounts/user/{user.pk}/change/", said)

    user.refresh_from_db()
    assert user.role is Role.ADMINISTRATOR


def test_an_administrators_own_password_is_changed_where_the_old_one_is_asked(administrator):
    answer = administrator.get(f"/admin/accounts/user/{administrator.user.pk}/password/")

    assert answer["Location"] == "/accounts/password/change/"
