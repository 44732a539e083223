"""Accounts of staff, made and ended by administrators."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponseNotAllowed
from django.shortcuts import redirect

from clinic.accounts.models import SignInEvent, User
from clinic.accounts.passwords import NewStaffForm, OthersPasswordForm
from clinic.accounts.provider.linking import LinkedStaffForm
from clinic.accounts.tasks import wake_for_reset_links
from scheduling.views.asking import ForAdministrators


@admin.register(User)
class StaffAdmin(ForAdministrators, UserAdmin):  # type: ignore[type-arg]
    """One role a person. Accounts are ended by making them inactive, never deleted."""

    list_display = ("username", "first_name", "last_name", "role", "is_active")
    list_filter = ("role", "locations", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "credential", "email")}),
        ("Work", {"fields": ("role", "locations", "is_active")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username",)}),
        ("Person", {"fields": ("first_name", "last_name", "credential", "email")}),
        ("Work", {"fields": ("role", "locations")}),
    )
    filter_horizontal = ()
    formfield_overrides: ClassVar = {
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}
    }
    add_form = NewStaffForm
    change_password_form = OthersPasswordForm

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Where there is an identity provider, who somebody is there."""
        found = super().get_fieldsets(request, obj)
        linked = (("Identity provider", {"fields": ("subject",)}),)
        return (*found, *linked) if obj and settings.IDENTITY_PROVIDER else found

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **options: Any
    ) -> Any:
        if obj and settings.IDENTITY_PROVIDER:
            options["form"] = LinkedStaffForm
        return super().get_form(request, obj, change=change, **options)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody gives themselves another role or location, or ends their own account."""
        return ("role", "locations", "is_active") if obj and obj.pk == request.user.pk else ()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """For others only: one's own password is changed where the old one is asked."""
        if id == str(request.user.pk):
            return redirect("account_change_password")
        return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Django's administration asks for `is_staff`; here it follows from the role.

        Who is new gets a link.
        """
        obj.is_staff = obj.may("administer")
        super().save_model(request, obj, form, change)
        if not change:
            transaction.on_commit(lambda: wake_for_reset_links([obj.pk]))
        if isinstance(form, LinkedStaffForm):
            form.link()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(SignInEvent)
class SignInEventAdmin(ForAdministrators, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who came, who left, who was refused: to read only."""

    list_display = ("at", "kind", "user", "address")
    list_filter = ("kind",)
    list_select_related = ("user",)
    ordering = ("-pk",)
    search_fields = ("user__username",)

    def has_add_permission(self, request: HttpRequest, obj: SignInEvent | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Nothing is posted to a page that only shows."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return super().changeform_view(request, *args, **kwargs)
