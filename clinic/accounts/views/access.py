"""Where somebody is signed in, and how they come in again after losing a second factor."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clinic.accounts import resets, sessions
from clinic.accounts.factors import proofs_of
from clinic.accounts.models import User
from scheduling import clock
from scheduling.views.asking import signed_in

LATEST = 20  # sign-in events shown of one person


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        label="What happened",
        help_text="Such as: telephone lost on Monday; asked in person.",
    )


@require_safe
def own_sessions(request: HttpRequest) -> HttpResponse:
    """List the browsers on which I am signed in."""
    found = sessions.open_sessions(signed_in(request), clock.now())
    return render(request, "staff/sessions.html", {"sessions": found, "here": _key(request)})


@require_POST
def own_sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign me out of all browsers but this one."""
    user, here = signed_in(request), _key(request)
    found = [each for each in sessions.open_sessions(user, clock.now()) if each.key != here]
    sessions.end(found, user=user, request=request)
    messages.success(request, f"{_times(len(found))} ended. You stay signed in here.")
    return redirect("own_sessions")


@require_safe
def staff_access(request: HttpRequest, pk: int) -> HttpResponse:
    """How a member of staff comes in: sessions, second factors, what happened of late."""
    return _show_access(request, get_object_or_404(User, pk=pk), ReasonForm())


@require_POST
def staff_sessions_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    user = get_object_or_404(User, pk=pk)
    found = sessions.open_sessions(user, clock.now())
    sessions.end(found, user=user, by=signed_in(request), request=request)
    messages.success(request, f"{_times(len(found))} of {user.display_name} ended.")
    return redirect("staff_access", pk)


@require_POST
def factor_reset_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that somebody's second factor goes; nothing happens before another person confirms it."""
    user, form = get_object_or_404(User, pk=pk), ReasonForm(request.POST)
    if form.is_valid():
        reason, by = form.cleaned_data["reason"], signed_in(request)
        try:
            resets.ask(user=user, reason=reason, by=by, at=clock.now())
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, "Asked. Nothing changes before a second person confirms it.")
            return redirect("staff_access", pk)
    return _show_access(request, user, form)


@require_safe
def factor_resets(request: HttpRequest) -> HttpResponse:
    """List the resets that wait for a second person."""
    return render(request, "staff/resets.html", {"resets": resets.waiting(clock.now())})


@require_POST
def factor_reset_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Be the second person."""
    try:
        user = resets.confirm(pk=pk, by=signed_in(request), at=clock.now(), request=request)
    except ValidationError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(
            request,
            f"{user.display_name} is signed out everywhere, and a link goes to {user.email}. "
            "If it does not come, manage.py invite prints one.",
        )
    return redirect("factor_resets")


def _show_access(request: HttpRequest, user: User, form: ReasonForm) -> HttpResponse:
    context = {
        "person": user,
        "sessions": sessions.open_sessions(user, clock.now()),
        "factors": proofs_of(user),
        "events": user.sign_ins.select_related("by").order_by("-pk")[:LATEST],
        "reset": resets.waiting(clock.now()).filter(user=user).first(),
        "form": form,
    }
    status = 400 if form.errors else 200
    return render(request, "staff/access.html", context, status=status)


def _key(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _times(number: int) -> str:
    return "1 session" if number == 1 else f"{number} sessions"
