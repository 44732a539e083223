"""Scores that come by telephone, on paper or face to face, typed in by staff."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from reminders.followup import check_ins, surveys
from reminders.followup.check_ins import CheckIn, Standing
from reminders.followup.slots import protocol_of, update_surveys
from reminders.forms.typed import ProvocationForm, StaffAnswerForm
from reminders.messaging.planning.facts import facts_by_injection
from reminders.models import Survey
from scheduling import clock
from scheduling.models import Injection
from scheduling.people import access
from scheduling.views.answers import page
from scheduling.views.asking import signed_in
from scheduling.views.opening import opened


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Pick the check-in, the scores of each side, who said them and when."""
    at = clock.now()
    found = Injection.objects.select_related("patient", "location", "order")
    injection = opened(request, found, at, reference=reference)
    access.viewed(request=request, page="injection_answer", patients=[injection.patient], at=at)
    with timezone.override(ZoneInfo(injection.location.zone)):
        return _record(request, injection, at)


def _record(request: HttpRequest, injection: Injection, at: datetime) -> HttpResponse:
    facts, protocol = facts_by_injection([injection.pk])[injection.pk], protocol_of(injection)
    asked = check_ins.check_ins(injection, facts, protocol, at)
    form = _form(request, injection, asked, at)
    tests = [
        ProvocationForm(request.POST or None, side=side) for side in injection.effective_side.joints
    ]
    if all([each.is_valid() for each in (form, *tests)]):
        update_surveys(injection, facts=facts, protocol=protocol, at=at)
        row = Survey.objects.get(injection=injection, slot=form.cleaned_data["slot"])
        try:
            surveys.answer(
                survey=row,
                **form.facts(),
                provocation={each.side: each.results() for each in tests},
                by=signed_in(request),
                at=at,
            )
        except surveys.Unacceptable as wrong:
            form.add_error(None, str(wrong))
        else:
            messages.success(request, "The scores are saved.")
            return redirect("injection_answer", injection.reference)
    return page(
        request,
        "reminders/review_answer.html",
        injection=injection,
        patient=injection.patient,
        check_ins=asked,
        form=form,
        tests=tests,
        tests_said=any(each.has_changed() for each in tests),
        reexam_tests=protocol.thresholds.reexam_tests,
        forms=[form, *tests],
        visit_now=at,
    )


def _form(
    request: HttpRequest, injection: Injection, asked: list[CheckIn], at: datetime
) -> StaffAnswerForm:
    open_slots = [
        (each.slot, f"{each.slot}: {each.title} ({timezone.localtime(each.due):%a %-d %b, %H:%M})")
        for each in asked
        if each.standing in (Standing.OPEN, Standing.MISSED)
    ]
    activity = [j.index_activity for j in injection.joints.all() if j.index_activity]
    return StaffAnswerForm(
        request.POST or None,
        sides=injection.effective_side.joints,
        zone=injection.location.zone,
        at=at,
        slots=open_slots,
        activity=activity[0] if activity else "",
        initial={"slot": request.GET.get("slot", "")},
    )
