"""What every answer says about itself."""

import pytest

from tests.world import a_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "page", ["/accounts/login/", "/p/nobodys-link/none", "/nowhere", "/patients"]
)
def test_no_page_may_use_the_devices_of_its_reader(client, page):
    assert "camera=()" in client.get(page)["Permissions-Policy"]


@pytest.mark.parametrize("page", ["/", "/healthz", "/accounts/login/", "/static/clinic.css"])
def test_nobody_is_shown_what_their_browser_has_sent(client, page):
    assert client.trace(page).status_code == 405


@pytest.mark.parametrize("page", ["/accounts/login/", "/static/clinic.css"])
def test_pages_and_files_say_what_they_may_do_and_what_they_are(client, page):
    answer = client.get(page)
    answer.close()

    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("page", ["/p/abcdefghijklmnopqrstuv/none", "/nowhere"])
def test_what_went_wrong_is_kept_by_nobody(client, page):
    answer = client.get(page)

    assert answer.status_code == 404
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "page", ["/admin/auth/group/", "/admin/mfa/authenticator/", "/admin/account/emailaddress/"]
)
def test_tables_of_libraries_have_no_pages_of_administration(client, page):
    client.force_login(a_user("administrator", is_staff=True))

    assert client.get(page).status_code == 404
