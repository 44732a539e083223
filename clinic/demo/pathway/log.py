"""The log of a run: one line an event, by the clinic's wall clock, said as it comes."""

import re
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from clinic.demo.sandbox.models import SandboxMail, SandboxText
from scheduling.models import OnCallShift, Task

LINK = re.compile(r"https?://\S+/p/\w+")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event: who did what. `kind` is staff, text, answer, mail, link, task or page."""

    at: datetime
    kind: str
    words: str


ARROWS = {
    "staff": "clinic ",
    "text": "text  →",
    "mail": "mail  →",
    "answer": "text  ←",
    "link": "link  ←",
    "task": "task   ",
    "page": "page  →",
}


@dataclass
class ScenarioLog:
    """Collects lines and says each as it comes."""

    say: Callable[[str], None]
    zone: ZoneInfo
    lines: list[LogLine] = field(default_factory=list)
    text: int = 0  # the keys of the last text, mail and task that were recorded
    mail: int = 0
    task: int = 0

    def record(self, at: datetime, kind: str, words: str) -> None:
        """Keep and say one event; links are shortened, for nobody reads them."""
        line = LogLine(at, kind, LINK.sub("(link)", " ".join(words.split())))
        self.lines.append(line)
        self.say(f"{at.astimezone(self.zone):%a %-d %b %Y %H:%M}  {ARROWS[kind]}  {line.words}")

    def catch_up(self) -> None:
        """Say what came to phone, mailbox and worklist since the last time, in order of time."""
        texts = list(SandboxText.objects.filter(pk__gt=self.text).order_by("pk"))
        mails = list(SandboxMail.objects.filter(pk__gt=self.mail).order_by("pk"))
        tasks = list(Task.objects.filter(pk__gt=self.task).order_by("pk"))
        on_call = set(OnCallShift.objects.values_list("phone", flat=True)) - {""}
        news = [(text.created_at, _kind(text, on_call), text.body) for text in texts]
        news += [(mail.received_at, "mail", mail.subject) for mail in mails]
        news += [(task.opened_at, "task", f"For the {task.queue}: {task.title}") for task in tasks]
        for at, kind, words in sorted(news):
            self.record(at, kind, words)
        self.text = max([self.text, *(row.pk for row in texts)])
        self.mail = max([self.mail, *(row.pk for row in mails)])
        self.task = max([self.task, *(row.pk for row in tasks)])

    def as_json(self) -> list[dict[str, str]]:
        return [asdict(line) | {"at": line.at.isoformat()} for line in self.lines]


def _kind(text: SandboxText, on_call: Collection[str]) -> str:
    """Whose text it is: the patient's answer, one to the patient, or one to staff on call."""
    if text.inbound:
        return "answer"
    return "page" if text.recipient in on_call else "text"
