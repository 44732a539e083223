"""The patient's check-ins behind a link: answer, answer late, correct, or leave a note."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from reminders.followup import alarms, check_ins, surveys
from reminders.followup.check_ins import CheckIn, Standing
from reminders.followup.slots import update_surveys
from reminders.forms.answers import AnswerForm, ScoresForm
from reminders.forms.link import NoteForm
from reminders.models import AnswerChannel, EnteredBy, LinkPurpose, Survey
from reminders.views.diary import Diary, diary_of, show
from reminders.views.link_auth import Visitor, digest, inside
from scheduling.people import access
from scheduling.rules.procedure import Side

INVALID, CONFLICT = 422, 409
BESIDE = {"medicine", "comment"}  # what only the whole form of a check-in has


@require_http_methods(["GET", "HEAD", "POST"])
@inside(LinkPurpose.SURVEY)
def survey(request: HttpRequest, visitor: Visitor, slot: str = "") -> HttpResponse:
    """One check-in: its questions, its thanks, or what may be answered instead."""
    diary = diary_of(visitor)
    patients = [visitor.injection.patient]
    access.viewed(request=request, page="link_survey", patients=patients, at=visitor.at)
    with timezone.override(ZoneInfo(diary.facts.lives_in)):
        if request.method == "POST":
            return _post(request, diary, slot)
        return _get(request, diary, slot)


def _get(request: HttpRequest, diary: Diary, slot: str) -> HttpResponse:
    chosen = diary.check_in(slot) if slot else diary.choose()
    if chosen is None:
        return nothing_open(request, diary)
    if chosen.standing is Standing.ANSWERED:
        return thanks(request, diary, chosen)
    if chosen.standing is Standing.LATER:
        return show(request, diary, "survey_later", chosen)
    now = check_ins.open_now(diary.check_ins, diary.visitor.at)
    if chosen.standing is Standing.MISSED and now and not slot:
        return show(request, diary, "survey_choice", chosen, open_now=now)
    return show(request, diary, "survey", chosen, form=questions(diary, chosen))


def _post(request: HttpRequest, diary: Diary, slot: str) -> HttpResponse:
    if not slot:
        return practise(request, diary) if "practice" in request.POST else note(request, diary)
    chosen = diary.check_in(slot)
    if chosen.standing is Standing.LATER:
        return show(request, diary, "survey_later", chosen, status=CONFLICT)
    if chosen.standing is Standing.ANSWERED and not BESIDE & request.POST.keys():
        return correct(request, diary, chosen)
    form = questions(diary, chosen, request.POST)
    if not form.is_valid():
        return show(request, diary, "survey", chosen, form=form, status=INVALID)
    try:
        _keep(diary, chosen, form)
    except surveys.AlreadyAnswered:
        _keep_beside(diary, form)
        return correct(request, diary_of(diary.visitor), chosen)
    except surveys.Unacceptable as wrong:
        form.add_error(None, str(wrong))
        return show(request, diary, "survey", chosen, form=form, status=INVALID)
    return redirect("link_survey", diary.visitor.token, chosen.slot)


def _keep(diary: Diary, chosen: CheckIn, form: AnswerForm) -> None:
    visitor = diary.visitor
    update_surveys(visitor.injection, facts=diary.facts, protocol=diary.protocol, at=visitor.at)
    surveys.answer(
        survey=Survey.objects.get(injection=visitor.injection, slot=chosen.slot),
        **form.facts(),
        channel=AnswerChannel.LINK,
        entered_by=EnteredBy.PATIENT,
        by=None,
        at=visitor.at,
    )


def _keep_beside(diary: Diary, form: AnswerForm) -> None:
    """The words of a form that was open while its check-in was answered elsewhere."""
    visitor, said = diary.visitor, form.facts()
    surveys.add_beside(
        injection=visitor.injection,
        comment=said["comment"],
        key=f"link-{visitor.link.pk}-{digest(said['comment'])}",
        analgesic=said["analgesic"],
        vitals=said["vitals"],
        at=visitor.at,
    )


def questions(diary: Diary, chosen: CheckIn, sent: Any = None) -> AnswerForm:
    """The form of one check-in; a late one asks what time it is about."""
    injection = diary.visitor.injection
    done = [joint.index_activity for joint in injection.joints.all() if joint.index_activity]
    return AnswerForm(
        sent,
        sides=chosen.missing or injection.effective_side.joints,
        zone=diary.facts.lives_in,
        at=diary.visitor.at,
        moment=not chosen.average,
        when=chosen.standing is Standing.MISSED and not chosen.average,
        activity=done[0] if done else "",
        vitals=chosen.vitals,
    )


def correct(request: HttpRequest, diary: Diary, chosen: CheckIn) -> HttpResponse:
    """A second answer is a correction, once the patient has seen the first and still wants it."""
    chosen = diary.check_in(chosen.slot)
    form = ScoresForm(request.POST, sides=[reading.side for reading in chosen.readings])
    if not form.is_valid():
        return thanks(request, diary, chosen, form, INVALID)
    changed = [each for each in chosen.readings if form.scores[each.side] != each.score]
    if changed and "correct" not in request.POST:
        return thanks(request, diary, chosen, form, CONFLICT)
    try:
        for reading in changed:
            surveys.correct(
                reading=reading, score=form.scores[reading.side], by=None, at=diary.visitor.at
            )
    except surveys.Unacceptable as wrong:
        form.add_error(None, str(wrong))
        return thanks(request, diary, chosen, form, CONFLICT)
    if changed:
        messages.success(request, "Thank you. We changed your answer.")
    return redirect("link_survey", diary.visitor.token, chosen.slot)


def thanks(
    request: HttpRequest,
    diary: Diary,
    chosen: CheckIn,
    form: ScoresForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """What was saved, what comes next, and a way to mend a slip."""
    sides: list[Side] = [reading.side for reading in chosen.readings]
    said = chosen.readings[0]
    return show(
        request,
        diary,
        "survey_thanks",
        chosen,
        status=status,
        form=form or ScoresForm(sides=sides),
        open_now=check_ins.open_now(diary.check_ins, diary.visitor.at),
        next=check_ins.coming(diary.check_ins, diary.visitor.at),
        numb_h=(diary.facts.policy or diary.protocol.policy).numb_h,
        concern=alarms.concern_of(said),
    )


def nothing_open(request: HttpRequest, diary: Diary) -> HttpResponse:
    """Before the first check-in the diary is explained; otherwise a note may be left."""
    if not diary.is_about_to_begin():
        return show(request, diary, "survey_none", note=NoteForm())
    sides = diary.visitor.injection.effective_side.joints
    return _first(request, diary, ScoresForm(sides=sides))


def practise(request: HttpRequest, diary: Diary) -> HttpResponse:
    """A try at the scale, of which nothing is kept."""
    form = ScoresForm(request.POST, sides=diary.visitor.injection.effective_side.joints)
    if not diary.is_about_to_begin():
        return redirect("link_survey", diary.visitor.token)
    return _first(request, diary, form, 200 if form.is_valid() else INVALID)


def _first(request: HttpRequest, diary: Diary, form: ScoresForm, status: int = 200) -> HttpResponse:
    tried = ", ".join(map(str, form.scores.values())) if form.is_bound and form.is_valid() else ""
    next_one = check_ins.coming(diary.check_ins, diary.visitor.at)
    return show(
        request, diary, "survey_first", status=status, form=form, tried=tried, next=next_one
    )


def note(request: HttpRequest, diary: Diary) -> HttpResponse:
    """Free words: a nurse reads them, at once if they hold a word of danger."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return show(request, diary, "survey_none", note=form, status=INVALID)
    visitor = diary.visitor
    words = form.cleaned_data["note"]
    key = f"link-{visitor.link.pk}-{digest(words)}"
    if alarms.pass_on(visitor.injection, words, key, visitor.at).urgent:
        messages.error(request, "Please read the red box below now. We will phone you.")
    else:
        messages.success(request, "Thank you. A nurse will read your note.")
    return redirect("link_survey", visitor.token)
