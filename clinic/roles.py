"""Which role may open which page and do what: one table. What it does not hold, nobody may.

Ask `User.may`; in templates, `may`.
"""

from scheduling.rules.procedure import Word


class Role(Word):
    """What somebody does at the clinic; each account has one."""

    DESK = "desk"
    NURSE = "nurse"
    PHYSICIAN = "physician"
    ADMINISTRATOR = "administrator"
    PRIVACY_OFFICER = "privacy_officer"  # 45 CFR 164.530(a)(1)(i): who answers for privacy
    UNASSIGNED = "unassigned"  # comes from the identity provider, and waits for a role


ANYBODY = frozenset(Role)
EVERYONE = ANYBODY - {Role.UNASSIGNED}  # at work here
CARE = frozenset({Role.NURSE, Role.PHYSICIAN})
PHYSICIAN = frozenset({Role.PHYSICIAN})
BOOKING = frozenset({Role.DESK, Role.NURSE, Role.PHYSICIAN})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
PRIVACY = frozenset({Role.PRIVACY_OFFICER})
SECURITY = ADMINISTRATOR | PRIVACY
SECOND_PERSON = SECURITY | PHYSICIAN  # confirms what an administrator asks for

# Pages that need no login, each for a reason: the patient's links, carriers, and the way in.
PUBLIC = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "mfa_authenticate",
        "openid_connect_login",
        "openid_connect_callback",
        "account_signup",
        "healthz",
        "link",
        "link_unlock",
        "link_confirm",
        "link_change",
        "link_driver",
        "link_home",
        "link_survey",
        "link_ics",
        "sms_status",
        "sms_inbound",
    }
)

# One's own account: password and the second step at sign-in.
OWN_ACCOUNT = (
    "account_change_password",
    "account_set_password",
    "account_reauthenticate",
    "own_sessions",
    "own_sessions_end",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "provider_confirm",
)
# Of these, what changes how one signs in without the identity provider.
NO_PROOFS = {"mfa_index", "provider_confirm", "own_sessions", "own_sessions_end"}
OWN_PROOFS = frozenset(OWN_ACCOUNT) - NO_PROOFS

# The demonstration's phones, mailboxes and clock; these addresses exist in demo mode only.
SANDBOX = (
    "sandbox",
    "sandbox_faults",
    "sandbox_clock",
    "sandbox_travel",
    "sandbox_on_call",
    "sandbox_on_call_answer",
    "sandbox_phone",
    "sandbox_answer",
    "sandbox_handset",
    "sandbox_mailbox",
    "sandbox_mail",
    "sandbox_mail_body",
    "sandbox_mail_part",
)

# Parts of the login library that we do not use: accounts are made by an administrator.
CLOSED = frozenset(
    {
        "account_confirm_email",
        "account_confirm_login_code",
        "account_email",
        "account_email_verification_sent",
        "usersessions_list",
        "django.views.generic.base.RedirectView",  # older addresses of the four below
        "socialaccount_connections",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_signup",
    }
)

PAGES: dict[str, frozenset[Role]] = {
    "home": ANYBODY,
    "still_here": ANYBODY,
    **dict.fromkeys(OWN_ACCOUNT, ANYBODY),
    **dict.fromkeys(SANDBOX, EVERYONE),
    "staff_access": ADMINISTRATOR,
    "staff_sessions_end": ADMINISTRATOR,
    "factor_reset_ask": ADMINISTRATOR,
    "factor_resets": SECOND_PERSON,
    "factor_reset_confirm": SECOND_PERSON,
    "day": BOOKING,
    "day_sheet": BOOKING,
    "patients": BOOKING,
    "patient_search": BOOKING,
    "patient_new": BOOKING,
    "patient": BOOKING,
    "patient_edit": BOOKING,
    "emergency_access": BOOKING,
    "patient_reach": BOOKING,
    "patient_consent": BOOKING,
    "patient_withdraw": BOOKING,
    "patient_opt_out": BOOKING,
    "patient_opt_in": BOOKING,
    "order_new": BOOKING,
    "order": BOOKING,
    "order_amend": CARE,
    "order_withdraw": CARE,
    "order_anticoagulant": PHYSICIAN,
    "cosignatures": PHYSICIAN,
    "order_cosign": PHYSICIAN,
    "order_decline": PHYSICIAN,
    "book": BOOKING,
    "injection": BOOKING,
    "injection_confirm": BOOKING,
    "injection_driver": BOOKING,
    "injection_move": BOOKING,
    "injection_cancel": BOOKING,
    "injection_arrive": BOOKING,
    "injection_undo_arrival": BOOKING,
    "injection_no_show": BOOKING,
    "injection_assessment": CARE,
    "injection_time_out": CARE,
    "injection_awake": CARE,
    "injection_baseline": CARE,
    "injection_complete": CARE,
    "injection_correct": CARE,
    "injection_abort": CARE,
    "injection_side": CARE,
    "plan": BOOKING,
    "injection_link": BOOKING,
    "worklist": BOOKING,
    "task_finish": BOOKING,
    "task_reopen": BOOKING,
    "reviews": CARE,
    "review": CARE,
    "review_sign": PHYSICIAN,
    "review_chart": CARE,
    "injection_answer": BOOKING,
    "alert": BOOKING,
    "alert_take": CARE,
    "alert_give_back": CARE,
    "task_alerts": BOOKING,
    "injection_alerts": BOOKING,
    "security_alerts": SECURITY,  # whoever may open it is told by mail
    "security_alert_seen": SECURITY,
    "audit": PRIVACY,
    "audit_csv": PRIVACY,
    "audit_patients": PRIVACY,
    "audit_patient": PRIVACY,
    "audit_patient_csv": PRIVACY,
    "audit_emergencies": PRIVACY,
    "audit_sign_ins": PRIVACY,
    "disclosures": PRIVACY,
    "disclosures_csv": PRIVACY,
}


# Who may finish a task and open it again: its queue and its kind must both allow it. Warning signs,
# paused drugs, flares and patients' notes are for those who treat, whatever queue they stand in.
TASKS: dict[str, frozenset[Role]] = {
    "queue:desk": BOOKING,
    "queue:nurse": CARE,
    "queue:physician": PHYSICIAN,
    "kind:red_flag": CARE,
    "kind:paused_drug": CARE,
    "kind:flare": CARE,
    "kind:patient_note": CARE,
    "kind:planned": BOOKING,
    "kind:check": BOOKING,
    "kind:unplannable": BOOKING,
    "kind:other_side": BOOKING,
    "kind:link_locked": BOOKING,
    "kind:change_wanted": BOOKING,
    "kind:opted_out": BOOKING,
    "kind:wrong_number": BOOKING,
    "kind:unknown_sender": BOOKING,
    "kind:new_data": BOOKING,
    "kind:assessment": BOOKING,
    "kind:cosignature": PHYSICIAN,
    "kind:order_declined": BOOKING,
}


# Pages that ask again who somebody is: what is signed, what leaves the house, who may come in.
STEP_UP = frozenset(
    {
        *("review_sign", "order_cosign", "order_decline"),
        *("own_sessions_end", "staff_sessions_end", "factor_reset_ask", "factor_reset_confirm"),
        *("audit_csv", "audit_patient_csv", "disclosures_csv"),
    }
)
# In Django's administration, the forms of settings and accounts: as they open, and as they come.
STEP_UP_FORMS = ("_add", "_change", "_delete", "_password_change")

# What is no page of its own.
ACTIONS: dict[str, frozenset[Role]] = {
    "administer": ADMINISTRATOR,  # every page of Django's administration
    "give_orders": PHYSICIAN,  # and sign those that others enter
    "overbook": PHYSICIAN,  # a physician answers for two patients at one time; nobody else does
    "record_plans": PHYSICIAN,  # how to go ahead in spite of an allergy or a pregnancy
    **TASKS,
}


def permits(role: Role, name: str) -> bool:
    """Tell whether this role may open the page, or do the action, of that name."""
    if name.startswith("admin:"):
        name = "administer"
    return name in PUBLIC or role in (PAGES.get(name) or ACTIONS.get(name) or ())


def asks_again(name: str, method: str) -> bool:
    """Tell whether the page of that name wants to know again who somebody is."""
    if name.startswith("admin:"):
        return name.endswith(STEP_UP_FORMS) or (
            method == "POST" and name.endswith("_changelist")  # an action on rows
        )
    return name in STEP_UP


def who_may(*actions: str) -> list[Role]:
    """The roles that may do all of this."""
    return [role for role in Role if all(permits(role, action) for action in actions)]
