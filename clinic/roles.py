"""Who may open which page. One table; a page that is not in it opens for nobody."""

from django.contrib.auth.models import AnonymousUser

from clinic.accounts.models import Role, User

EVERYONE = frozenset(Role)
CARE = frozenset({Role.NURSE, Role.PHYSICIAN})
PHYSICIAN = frozenset({Role.PHYSICIAN})
BOOKING = frozenset({Role.DESK, Role.NURSE, Role.PHYSICIAN})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})

# Pages that need no login, each for a reason: the patient's links, carriers, and the way in.
PUBLIC = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reset_password",
        "mfa_authenticate",
        "account_signup",
        "healthz",
        "link",
        "link_unlock",
        "link_confirm",
        "link_change",
        "link_driver",
        "link_survey",
        "sms_status",
        "sms_inbound",
    }
)

PAGES: dict[str, frozenset[Role]] = {
    "home": EVERYONE,
    "day": BOOKING,
    "patients": BOOKING,
    "patient_search": BOOKING,
    "patient_new": BOOKING,
    "patient": BOOKING,
    "order_new": BOOKING,
    "book": BOOKING,
    "injection": BOOKING,
    "worklist": BOOKING,
    "reviews": CARE,
    "review": CARE,
    "review_sign": PHYSICIAN,
}


def may_open(user: User | AnonymousUser, page: str) -> bool:
    """Tell whether `user` may open the page of that URL name."""
    if page in PUBLIC:
        return True
    if not (user.is_authenticated and user.is_active):
        return False
    if page.startswith("admin:"):
        return user.role is Role.ADMINISTRATOR
    return user.role in PAGES.get(page, ())
