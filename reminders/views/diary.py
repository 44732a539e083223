"""What every page of a patient's check-ins knows and shows."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from reminders.followup import check_ins
from reminders.followup.check_ins import CheckIn, Standing
from reminders.followup.slots import protocol_of
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.protocol import Protocol
from reminders.rules.text.preparation import PreparationBlock, about_paused_drugs, blocks
from reminders.rules.text.texts import BlockText, fill
from reminders.rules.text.visit_details import particulars
from reminders.views.link_auth import Visitor
from scheduling.rules.procedure import InjectionState


@dataclass(frozen=True, slots=True)
class Diary:
    """Everything one request needs to know about a patient's check-ins."""

    visitor: Visitor
    facts: InjectionFacts
    protocol: Protocol
    check_ins: list[CheckIn]

    def blocks(self) -> tuple[PreparationBlock, ...]:
        """The parts of the page that concern this patient, as they read now."""
        return blocks(self.facts, self.protocol, self.visitor.at)

    def warning(self) -> BlockText:
        """The box with the warning signs, of the time before the injection or after it."""
        key = "BLK-911" if self.visitor.is_over else "BLK-911-BEFORE"
        block = self.protocol.words(self.facts.language).blocks[key]
        values = particulars(self.facts, self.protocol, self.visitor.at)
        return BlockText(block.title, fill(block.text, values))

    def is_under_way(self) -> bool:
        """Whether a check-in of the day is still open or to come: its instructions count."""
        waiting = (Standing.LATER, Standing.OPEN)
        return any(each.standing in waiting for each in self._of_the_day())

    def _of_the_day(self) -> list[CheckIn]:
        slots = self.protocol.slots
        return [each for each in self.check_ins if slots[each.slot].diary]

    def is_about_to_begin(self) -> bool:
        """Whether the check-ins of the day are still ahead, all of them."""
        of_the_day = self._of_the_day()
        ahead = all(each.standing is Standing.LATER for each in of_the_day)
        return bool(of_the_day) and ahead and self.visitor.is_over

    def check_in(self, slot: str) -> CheckIn:
        """The check-in of this slot; another visit's or a nurse's does not exist here."""
        for each in self.check_ins:
            if each.slot == slot:
                return each
        raise Http404("There is no such check-in.")

    def choose(self) -> CheckIn | None:
        """What the link is about; once that is answered, whatever is open now."""
        named = [each for each in self.check_ins if each.slot == self.visitor.link.slot]
        now = check_ins.open_now(self.check_ins, self.visitor.at)
        if named and (named[0].standing is not Standing.ANSWERED or now is None):
            return named[0]
        return now


def diary_of(visitor: Visitor) -> Diary:
    """A visitor's check-ins with the facts and the protocol behind them."""
    injection = visitor.injection
    facts, protocol = visitor.facts(), protocol_of(injection)
    found = check_ins.check_ins(injection, facts, protocol, visitor.at)
    return Diary(visitor, facts, protocol, check_ins.for_patient(found))


def show(
    request: HttpRequest,
    diary: Diary,
    template: str,
    chosen: CheckIn | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Render one of the patient's pages; the box with the warning signs ends each of them."""
    visitor = diary.visitor
    parts = diary.blocks()
    told = {block.key: block for block in parts}
    page = {
        "token": visitor.token,
        "visit_now": visitor.at,
        "injection": visitor.injection,
        "clinic": visitor.injection.location,
        "phone": visitor.phone,
        "zone": diary.facts.lives_in,
        "zones_differ": visitor.injection.patient.zone != visitor.injection.location.zone,
        "first": about_paused_drugs(parts, diary.facts, visitor.at),
        "ahead": _visit_ahead(diary),
        "chosen": chosen,
        "check_ins": diary.check_ins,
        "intro": told.get("DIARY-INTRO") if diary.is_under_way() else None,
        "at_home": visitor.is_over,
        "danger": diary.warning(),
        "forms": [each for each in (context.get("form"), context.get("note")) if each],
    }
    return render(request, f"reminders/{template}.html", page | context, status=status)


def _visit_ahead(diary: Diary) -> dict[str, str] | None:
    """Day and times of a visit that is still to come, by the clinic's clocks."""
    injection = diary.visitor.injection
    is_ahead = injection.state is InjectionState.BOOKED and injection.start > diary.visitor.at
    return particulars(diary.facts, diary.protocol, diary.visitor.at) if is_ahead else None
