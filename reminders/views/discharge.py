"""What to do at home after the injection: for this patient alone, to read, keep and print."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from reminders.followup import check_ins
from reminders.forms.link import NoteForm
from reminders.models import LinkPurpose
from reminders.views.diary import diary_of, show
from reminders.views.link_auth import Visitor, inside
from scheduling.people import access

# The parts of the page for the time after; the protocol says their order and whom they concern.
AT_HOME = frozenset(
    {
        *("DISCHARGE-ABORTED", "DISCHARGE-SEDATED", "DISCHARGE-DRIVE", "DISCHARGE"),
        *("DISCHARGE-STEROID", "BLK-DM", "BLK-SAME-DAY"),
    }
)


@require_safe
@inside(LinkPurpose.SURVEY)
def home(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The parts for the time after; the check-in that is open now; a box for a note."""
    diary = diary_of(visitor)
    access.viewed(
        request=request, page="link_home", patients=[visitor.injection.patient], at=visitor.at
    )
    with timezone.override(ZoneInfo(diary.facts.lives_in)):
        return show(
            request,
            diary,
            "patient_home",
            note=NoteForm(),
            parts=[each for each in diary.blocks() if each.key in AT_HOME],
            open_now=check_ins.open_now(diary.check_ins, visitor.at),
            next=check_ins.coming(diary.check_ins, visitor.at),
        )
