"""The diary after an injection: to which question a bare number belongs.

Minutes count from T0 (needle out). Nothing here overwrites an answer: a second one is `REPEATED`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scheduling.rules.procedure import Word


class Respondent(Word):
    """Who is asked for the score."""

    PATIENT = "patient"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class DiarySlot:
    """One question of the diary: due at `minute`, good for `tolerance` minutes either side."""

    id: str
    minute: int
    tolerance: int
    who: Respondent = Respondent.PATIENT

    def holds(self, minute: int) -> bool:
        """Whether an answer at this minute is in time."""
        return abs(minute - self.minute) <= self.tolerance

    def is_over(self, minute: int) -> bool:
        return minute > self.minute + self.tolerance


def nearest(slots: Iterable[DiarySlot], minute: int) -> DiarySlot | None:
    """The slot that an answer at this minute is in time for; of two the nearer, then the first."""
    around = [slot for slot in slots if slot.holds(minute)]
    return min(around, key=lambda slot: abs(minute - slot.minute), default=None)


class Timing(Word):
    """How an answer sits to its slot."""

    ON_TIME = "on_time"
    LATE = "late"
    EARLY = "early"
    REPEATED = "repeated"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Binding:
    """Where an answer belongs.

    `recall` marks an answer given after the slot's tolerance: it is kept, shown as late and left
    out of the automatic result. `ask_by_link` means that only the patient can say what was meant;
    `slot` is then what to ask about first, and nothing is filed there.
    """

    slot: DiarySlot | None
    timing: Timing
    recall: bool = False
    ask_by_link: bool = False


def bind(
    slots: Iterable[DiarySlot],
    answered: Collection[str],
    prompted: Mapping[str, int],
    minute: int,
) -> Binding:
    """Bind a bare number that arrived at `minute` by the open prompt and the time.

    A prompt is open while its slot's tolerance lasts. When the last one closed unanswered, the
    number may be about then or about now, so nothing is filed and the patient is asked.

    `answered` holds the ids of slots that have a reading; `prompted` maps the id of each slot
    that was asked to the minute its prompt went out.
    """
    asked = [slot for slot in slots if slot.who is Respondent.PATIENT]
    sent = [slot for slot in asked if prompted.get(slot.id, minute + 1) <= minute]
    in_time = [slot for slot in sent if slot.id not in answered and slot.holds(minute)]
    if len(in_time) == 1:
        return Binding(in_time[0], Timing.ON_TIME)
    if in_time:
        return Binding(None, Timing.AMBIGUOUS, ask_by_link=True)
    last = max(sent, key=lambda slot: (prompted[slot.id], slot.minute), default=None)
    if last and last.id not in answered and last.is_over(minute):
        # The pain at that time, or now? The patient knows.
        return Binding(last, Timing.LATE, recall=True, ask_by_link=True)
    return _bind_unasked(asked, answered, minute)


def _bind_unasked(asked: list[DiarySlot], answered: Collection[str], minute: int) -> Binding:
    """No prompt waits: a second thought about an answered slot, or ahead of the next prompt."""
    around = [slot for slot in asked if slot.holds(minute)]
    if not around:
        over = any(slot.is_over(minute) for slot in asked)
        return Binding(None, Timing.LATE if over else Timing.EARLY, recall=over, ask_by_link=True)
    # On a tie the answered slot wins: asking costs less than filing a correction as news. Of two
    # alike, the earlier.
    slot = min(around, key=lambda s: (abs(minute - s.minute), s.id not in answered, s.minute))
    if slot.id in answered:
        return Binding(slot, Timing.REPEATED, ask_by_link=True)
    return Binding(slot, Timing.EARLY)
