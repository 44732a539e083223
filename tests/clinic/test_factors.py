"""The second factor: required in production, encrypted, never above the roles."""

import io
import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client

from clinic.accounts import factors
from clinic.accounts.models import User
from tests import world
from tests.world import a_user

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"
PASSWORD = "rain-over-the-lake-7"


@pytest.fixture
def production(settings):
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture
def keys(settings):
    """Use these keys, the first to encrypt with."""

    def use(*said):
        settings.ENCRYPTION_KEYS = [key.decode() for key in said]
        factors._keys.cache_clear()

    yield use
    factors._keys.cache_clear()


@pytest.fixture
def nurse():
    browser = Client()
    browser.user = a_user("nurse")
    browser.force_login(browser.user)
    return browser


def code():
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(SECRET, counter))


def test_without_a_second_factor_nothing_opens_in_production(production, nurse):
    pages = [nurse.get(page) for page in ("/", "/patients", "/reviews/", "/admin/")]

    assert {page["Location"] for page in pages} == {"/accounts/2fa/"}
    assert "Add a passkey" in nurse.get("/accounts/2fa/").content.decode()


def test_who_adds_one_is_not_taken_for_gone(production, nurse):
    assert nurse.get("/still-here").status_code == 200


def test_with_one_everything_opens(production, nurse):
    totp.TOTP.activate(nurse.user, SECRET)

    assert nurse.get("/patients").status_code == 200


def test_a_demonstration_asks_for_none(nurse):
    assert nurse.get("/patients").status_code == 200


def test_emergency_codes_alone_are_no_second_factor(production, nurse):
    Authenticator.objects.create(user=nurse.user, type="recovery_codes", data={"seed": "x"})

    assert nurse.get("/patients")["Location"] == "/accounts/2fa/"


def test_the_last_one_stays_where_one_is_required(production, nurse, settings):
    only = totp.TOTP.activate(nurse.user, SECRET).instance

    assert not factors.Factors().can_delete_authenticator(only)
    settings.SECOND_FACTOR_REQUIRED = False
    assert factors.Factors().can_delete_authenticator(only)


def test_its_secret_is_encrypted(nurse):
    totp.TOTP.activate(nurse.user, SECRET)

    kept = Authenticator.objects.get().data["secret"]
    assert SECRET not in kept
    assert factors.Factors().decrypt(kept) == SECRET


def test_signing_in_asks_for_the_code_and_takes_it(nurse):
    nurse.user.set_password(PASSWORD)
    nurse.user.save()
    totp.TOTP.activate(nurse.user, SECRET)
    browser = Client()

    asked = browser.post("/accounts/login/", {"login": nurse.user.username, "password": PASSWORD})
    outside = browser.get("/patients").status_code
    browser.post(asked["Location"], {"code": code()})

    assert outside == 302
    assert browser.get("/patients").status_code == 200


def test_a_code_opens_once(nurse):
    nurse.user.set_password(PASSWORD)
    nurse.user.save()
    totp.TOTP.activate(nurse.user, SECRET)
    seen, inside = code(), []

    for _ in range(2):
        browser = Client()
        said = {"login": nurse.user.username, "password": PASSWORD}
        asked = browser.post("/accounts/login/", said)
        browser.post(asked["Location"], {"code": seen})
        inside.append(browser.get("/patients").status_code)

    assert inside == [200, 302]


def test_a_new_key_encrypts_and_the_old_one_goes(nurse, keys):
    old, new = Fernet.generate_key(), Fernet.generate_key()
    keys(old)
    totp.TOTP.activate(nurse.user, SECRET)
    keys(new, old)
    out = io.StringIO()

    call_command("rotate_keys", stdout=out)

    keys(new)
    assert factors.Factors().decrypt(Authenticator.objects.get().data["secret"]) == SECRET
    assert "1 secrets are encrypted with the first key." in out.getvalue()


def test_what_was_kept_in_clear_is_encrypted_by_the_migration(nurse):
    Authenticator.objects.create(user=nurse.user, type="totp", data={"secret": SECRET})
    Authenticator.objects.create(user=nurse.user, type="recovery_codes", data={"seed": SECRET})
    migration = import_module("clinic.accounts.migrations.0004_second_factors")

    migration.encrypt(apps, SimpleNamespace(connection=connection))

    for row in Authenticator.objects.all():
        (kept,) = row.data.values()
        assert factors.Factors().decrypt(kept) == SECRET


def test_nobody_stands_above_the_roles():
    with pytest.raises(ValidationError, match=r"manage\.py invite"):
        User.objects.create_superuser("root")
    with pytest.raises(IntegrityError, match="nobody_above_the_roles"):
        User.objects.filter(pk=a_user().pk).update(is_superuser=True)


def invited(*arguments):
    out = io.StringIO()
    call_command("invite", *arguments, stdout=out)
    return re.search(r"https?://[^/]+(/\S+)", out.getvalue())[1]


def test_the_first_administrator_comes_in_by_a_link_that_works_once():
    link, browser = invited("first", "--role", "administrator"), Client()
    page = browser.get(link, follow=True)

    browser.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})

    said = {"login": "first", "password": PASSWORD}
    assert browser.post("/accounts/login/", said).status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert "Bad Token" in Client().get(link, follow=True).content.decode()


def test_an_invitation_says_where_somebody_works():
    world.a_location(name="North")

    invited("petra", "--role", "physician", "--location", "North")

    (place,) = User.objects.get(username="petra").locations.all()
    assert place.name == "North"


def test_an_invitation_to_a_location_that_is_not_there_makes_no_account():
    with pytest.raises(CommandError, match=r"There is no location South\. There are: none yet"):
        call_command("invite", "petra", "--role", "physician", "--location", "South")

    assert not User.objects.filter(username="petra").exists()


def test_an_invitation_changes_no_ones_role():
    user = a_user("nurse")

    with pytest.raises(CommandError, match="is there already, as nurse"):
        call_command("invite", user.username, "--role", "physician")


def test_a_factor_that_is_added_reset_or_removed_leaves_a_row_each(
    nurse, django_capture_on_commit_callbacks
):
    nurse.user.set_password(PASSWORD)
    nurse.user.save()
    nurse.force_login(nurse.user)
    nurse.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = nurse.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    said = totp.format_hotp_value(totp.hotp_value(secret, counter))

    with django_capture_on_commit_callbacks(execute=True):
        nurse.post("/accounts/2fa/totp/activate/", {"code": said})
        nurse.post("/accounts/2fa/recovery-codes/generate/")
        nurse.post("/accounts/2fa/totp/deactivate/")

    kinds = set(nurse.user.sign_ins.values_list("kind", flat=True))
    assert kinds >= {"factor_added", "factor_reset", "factor_removed"}


def test_a_wrong_code_is_a_failure_on_record(nurse):
    nurse.user.set_password(PASSWORD)
    nurse.user.save()
    totp.TOTP.activate(nurse.user, SECRET)
    browser = Client()
    asked = browser.post("/accounts/login/", {"login": nurse.user.username, "password": PASSWORD})

    browser.post(asked["Location"], {"code": "000000"})

    assert nurse.user.sign_ins.filter(kind="failed").count() == 1
