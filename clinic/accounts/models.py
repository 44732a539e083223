"""Members of staff and their roles."""

from functools import cached_property
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from clinic.roles import Role, permits, who_may
from scheduling import clock
from scheduling.fields import WordField
from scheduling.models import Location
from scheduling.rules.procedure import Word

__all__ = [
    "AlertKind",
    "AuditDigest",
    "FactorReset",
    "Installation",
    "Mode",
    "Role",
    "SecurityAlert",
    "SecurityAlertMail",
    "SignIn",
    "SignInEvent",
    "Staff",
    "User",
    "WorksAt",
]


class SignIn(Word):
    """What happened to somebody's way in."""

    SIGNED_IN = "signed_in"
    FAILED = "failed"  # a wrong password, or a wrong code of a second factor
    SIGNED_OUT = "signed_out"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_RESET = "factor_reset"  # recovery codes were made anew
    SESSION_ENDED = "session_ended"  # in another browser, by its owner or an administrator


class AlertKind(Word):
    """Why a person has to look at the security of the installation."""

    NAME_UNDER_ATTACK = "name_under_attack"  # wrong passwords for one name, by the dozen
    AUDIT_RECORDS = "audit_records"  # rows that are kept for good do not verify
    EMERGENCY_ACCESS = "emergency_access"  # somebody opened a patient's data in an emergency
    FACTOR_RESET = "factor_reset"  # somebody's second factor was taken away by another


class Mode(Word):
    """What a database is for, from its first migration on."""

    DEMO = "demo"
    PRODUCTION = "production"


class Installation(models.Model):
    """One row, written by the migration that made the table: real patients, or made-up ones."""

    mode = WordField(Mode)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_installation")]

    def __str__(self) -> str:
        return str(self.mode)


class Staff(UserManager["User"]):
    use_in_migrations = False

    def create_superuser(self, *args: Any, **fields: Any) -> "User":
        """Nobody stands above the roles."""
        raise ValidationError("There are no superusers here: use manage.py invite.")

    def who_may(self, action: str) -> models.QuerySet["User"]:
        """Those at work here whose role allows this, by name."""
        found = self.filter(role__in=who_may(action), is_active=True)
        return found.order_by("last_name", "first_name", "username")

    def roles_that_may(self, *actions: str) -> list[Role]:
        """The roles that allow all of this, whether or not anybody has them."""
        return who_may(*actions)


@pghistory.track(append_only=True, exclude=["password", "last_login"])
class User(AbstractUser):
    """A member of staff with one role; what a role may open stands in clinic/roles.py."""

    role = WordField(Role, default=Role.DESK)
    credential = models.CharField(max_length=20, blank=True, help_text="Shown behind the name: MD")
    locations = models.ManyToManyField(
        Location,
        blank=True,
        related_name="staff",
        help_text="Where this person works. Without any, no patient is shown",
    )
    password_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    must_change_password = models.BooleanField(
        default=False, editable=False, help_text="Somebody else knows the password"
    )

    objects: ClassVar[Staff] = Staff()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(is_superuser=False), name="nobody_above_the_roles")
        ]

    def set_password(self, raw_password: str | None) -> None:
        """Every way to a new password ends here, so that the history shows when and by whom."""
        super().set_password(raw_password)
        self.password_set_at, self.must_change_password = clock.now(), False

    def may(self, name: str) -> bool:
        """Whether this person may open the page, or do the action, of that name."""
        return self.is_active and permits(self.role, name)

    @cached_property
    def location_ids(self) -> list[int]:
        """Where this person works, asked once a request."""
        return list(self.locations.values_list("pk", flat=True))

    @property
    def display_name(self) -> str:
        name = self.get_full_name() or self.username
        return f"{name}, {self.credential}" if self.credential else name


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), append_only=True, obj_field=None)
class WorksAt(User.locations.through):  # type: ignore[name-defined, misc]  # made by Django
    """The rows of `User.locations`, so that their history is kept too."""

    class Meta:
        proxy = True


class SignInEvent(models.Model):
    """One sign-in, failure, sign-out or change of a second factor. Never changed or removed.

    The name typed is not kept, since people type their password there: 32 bits of a digest with
    our key tell one name from another, known or not, and no more.
    """

    kind = WordField(SignIn)
    name = models.CharField(max_length=8, help_text="A part of the keyed digest of the name typed")
    user = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="sign_ins")
    by = models.ForeignKey(
        User, models.DO_NOTHING, null=True, related_name="+", help_text="Where somebody else did it"
    )
    address = models.GenericIPAddressField(null=True, help_text="Empty is unknown")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user", "at"], name="sign_ins_of_user"),
            models.Index(  # read by sign_ins.is_under_attack
                fields=["name", "at"], condition=Q(kind="failed"), name="failures_by_name"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class FactorReset(models.Model):
    """A lost second factor: one person asks that it goes, another confirms it."""

    user = models.ForeignKey(User, models.DO_NOTHING, related_name="factor_resets")
    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    asked_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(asked_by=models.F("user"))
                & ~Q(confirmed_by=models.F("user"))
                & ~Q(confirmed_by=models.F("asked_by")),
                name="factor_reset_by_two_others",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="factor_reset_confirmed_by_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="confirmed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"reset of {self.user} asked at {self.asked_at:%Y-%m-%d %H:%M}"


class SecurityAlert(models.Model):
    """Something that a person answerable for security must see. Only its acknowledgement is added.

    The same alert is opened once until somebody has seen it.
    """

    kind = WordField(AlertKind)
    about = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    detail = models.CharField(max_length=300, help_text="One sentence, without data of a patient")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about", "detail"],
                condition=Q(seen_at=None),
                nulls_distinct=False,
                name="security_alert_open_once",
            ),
            models.CheckConstraint(
                condition=Q(seen_at=None, seen_by=None)
                | Q(seen_at__isnull=False, seen_by__isnull=False),
                name="security_alert_seen_by_someone",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="kept_as_opened",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["seen_at", "seen_by"]),
            ),
            pgtrigger.Protect(
                name="seen_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__seen_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.label}: {self.detail}"


class SecurityAlertMail(models.Model):
    """A mail about an alert was handed over for this person. Never changed or removed."""

    alert = models.ForeignKey(SecurityAlert, models.DO_NOTHING, related_name="mails")
    user = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "user"], name="security_alert_mailed_once")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} to {self.user_id}"


class AuditDigest(models.Model):
    """One link of the chain over rows that are kept: see clinic/accounts/audit_digests.py.

    `covered` says for each table which rows it covers and their SHA-256, `seen` the highest key
    that was there, up to which the next one covers.
    """

    number = models.PositiveBigIntegerField(primary_key=True, help_text="1, 2, 3: none is left out")
    at = models.DateTimeField()
    previous = models.CharField(max_length=64, help_text="The digest before this one")
    covered = models.JSONField()
    seen = models.JSONField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of all of the above")

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.digest}"
