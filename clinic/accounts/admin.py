"""Accounts of staff, made and ended by administrators."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from clinic.accounts.models import User
from scheduling.views.asking import ForAdministrators


@admin.register(User)
class StaffAdmin(ForAdministrators, UserAdmin):  # type: ignore[type-arg]
    """One role a person. Accounts are ended by making them inactive, never deleted."""

    list_display = ("username", "first_name", "last_name", "role", "is_active")
    list_filter = ("role", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "credential", "email")}),
        ("Work", {"fields": ("role", "is_active")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        ("Person", {"fields": ("first_name", "last_name", "credential", "email", "role")}),
    )
    filter_horizontal = ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Django's administration asks for `is_staff`; here it follows from the role."""
        obj.is_staff = obj.may("administer")
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
