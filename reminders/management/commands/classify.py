"""Read a diary from the command line and explain what it proves. Needs no database."""

import json
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminders.protocols.reading import shipped
from reminders.rules.response import notation
from reminders.rules.response.case import Case, Joint, Mark, Reading
from reminders.rules.response.classifier import Response, classify
from reminders.rules.response.diary import DiarySlot, nearest
from reminders.rules.response.relief import Relief, percent_text
from reminders.rules.response.thresholds import Thresholds
from scheduling.rules.procedure import InjectionState, Intent, Sedation, Side

Read = TypeVar("Read")

HELP = """\
Reads the diary of one SI joint injection and explains, per joint, what it proves.
Times count from T0 (needle out): 0.5h, 15min, 7d. Scores are whole numbers 0-10.

A left block with bupivacaine; the pain of 7 falls to 1, which is 85.7 %:

  manage.py classify --side left --baseline left=7 --agent bupivacaine \\
      --score 0.5h=1 --score 1h=1 --score 2h=4

Pain medicine at 1.5 h: later scores are not used, too few are left:

  manage.py classify --side right --baseline right=8 --agent lidocaine \\
      --score 0.5h=6 --score 1h=6 --analgesic ibuprofen@1.5h --score 2h=1

Both joints, each with its own baseline and scores; anaesthetic and steroid; as JSON:

  manage.py classify --side bilateral --baseline left=8 --baseline right=6 \\
      --agent bupivacaine:1.5ml --agent methylprednisolone:1ml \\
      --score left@0.5h=1 --score left@1h=1 --score left@2h=1 \\
      --score right@0.5h=5 --score right@1h=5 --score right@2h=5 --score right@7d=1 --json

The whole diary was asked for: a score belongs to its nearest check-in, and silence is known:

  manage.py classify --side left --baseline left=8 --agent bupivacaine --diary \\
      --score 1h=1 --score 3h=7 --score 4h=7

A score may carry marks: 1h=3,rest or 2h=slept or 3h=2,recall
(also done, late, proxy, relayed, staff, reexam, paper).
"""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # The examples keep their lines.
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--side", help="left, right or bilateral, as performed; required")
        parser.add_argument("--json", action="store_true", help="machine output")
        parser.add_argument("--intent", default="diagnostic", help=notation.names(Intent))
        parser.add_argument("--diary", action="store_true", help="the protocol's was asked for")
        parser.add_argument("--aborted", action="store_true", help="the injection was aborted")
        parser.add_argument("--combined", action="store_true", help="one score for both joints")
        parser.add_argument("--baseline-remote", action="store_true", help="not the same day")
        parser.add_argument("--sedation", help=notation.names(Sedation))
        parser.add_argument("--sedated-until", help="when the patient was alert again, as 0.5h")
        parser.add_argument("--min-baseline", help="lowest readable baseline (the protocol's)")
        parser.add_argument("--payer", help="the payer's threshold in percent (the protocol's)")
        for name, text in REPEATED.items():
            parser.add_argument(f"--{name}", action="append", default=[], help=f"{text}; repeat")

    def handle(self, *args: Any, **options: Any) -> None:
        responses = classify(_case(options), _thresholds(options), shipped().windows)
        if options["json"]:
            self.stdout.write(json.dumps([response.as_json() for response in responses], indent=2))
        else:
            self.stdout.write("\n\n".join(_story(response) for response in responses))


REPEATED = {
    "baseline": "provoked pain before, as left=7",
    "agent": "what was injected into each joint, as bupivacaine or bupivacaine:1.5ml",
    "score": "a reading, as 0.5h=1 or left@0.5h=1",
    "analgesic": "pain medicine taken, as ibuprofen@1.5h",
    "patient-percent": "the patient's own estimate, as left=90",
    "intra-articular": "a joint the injectate stayed in, as left",
    "extra-articular": "a joint the injectate missed, as left",
    "mark": notation.names(Mark),
}


def _case(options: dict[str, Any]) -> Case:
    side = _one(options, "side", notation.side)
    if side is None:
        raise CommandError("--side is missing: say which joint was injected, as --side left.")
    expected = shipped().diary if options["diary"] else ()
    return Case(
        performed=side,
        intent=_read("intent", lambda text: notation.word(Intent, text), options["intent"]),
        state=InjectionState.ABORTED if options["aborted"] else InjectionState.COMPLETED,
        joints=_joints(side, options),
        agents=tuple(_each(options, "agent", notation.agent)),
        readings=tuple(_readings(options, side, expected)),
        expected=expected,
        analgesics=tuple(_each(options, "analgesic", notation.analgesic)),
        sedation=_one(options, "sedation", lambda text: notation.word(Sedation, text)),
        sedated_until=_one(options, "sedated-until", notation.minutes),
        marks=frozenset(_each(options, "mark", lambda text: notation.word(Mark, text))),
        combined_score=options["combined"],
    )


def _readings(
    options: dict[str, Any], side: Side, expected: Iterable[DiarySlot]
) -> Iterable[Reading]:
    """The scores, each bound to the slot that it was in time for."""
    for reading in _each(options, "score", lambda text: notation.reading(text, side)):
        slot = nearest(expected, reading.minute)
        yield replace(reading, slot=slot.id if slot else None)


def _joints(side: Side, options: dict[str, Any]) -> tuple[Joint, ...]:
    baselines = _numbers(side, options, "baseline", 10)
    percents = _numbers(side, options, "patient-percent", 100)
    inside = _inside(side, options)
    if not options["aborted"]:
        _expect_baselines(side, baselines)
    return tuple(
        Joint(
            side=joint,
            baseline=baselines.get(joint),
            same_day=not options["baseline_remote"],
            intra_articular=inside.get(joint),
            patient_percent=percents.get(joint),
        )
        for joint in side.joints
    )


def _expect_baselines(side: Side, baselines: dict[Side, int]) -> None:
    for joint in side.joints:
        if joint not in baselines:
            raise CommandError(
                f"--baseline is missing for the {joint.value} joint: add "
                f"--baseline {joint.value}=N, the provoked pain before the injection, 0-10."
            )


def _inside(side: Side, options: dict[str, Any]) -> dict[Side, bool]:
    """Joints of which it is known whether the injectate stayed in."""
    stated = [
        (joint, name == "intra-articular")
        for name in ("intra-articular", "extra-articular")
        for sides in _each(options, name, notation.side)
        for joint in sides.joints
    ]
    return _by_joint(side, "intra-articular or --extra-articular", stated)


def _numbers(side: Side, options: dict[str, Any], name: str, highest: int) -> dict[Side, int]:
    pairs = _each(options, name, lambda text: notation.joint_number(text, name, highest))
    return _by_joint(side, name, pairs)


def _by_joint(side: Side, name: str, pairs: Iterable[tuple[Side, Read]]) -> dict[Side, Read]:
    """One fact per joint that was injected."""
    found: dict[Side, Read] = {}
    for joint, fact in pairs:
        if joint not in side.joints:
            raise CommandError(
                f"--{name} names {joint.value}, but --side is {side.value}: name an injected joint."
            )
        if joint in found:
            raise CommandError(f"--{name} names {joint.value} twice: say it once per joint.")
        found[joint] = fact
    return found


def _thresholds(options: dict[str, Any]) -> Thresholds:
    baseline = _one(options, "min-baseline", lambda text: notation.whole(text, "baseline", 1, 10))
    payer = _one(options, "payer", lambda text: notation.whole(text, "percent", 1, 100))
    stated = shipped().thresholds
    return replace(
        stated,
        baseline_block_below=baseline or stated.baseline_block_below,
        payer_percent=payer or stated.payer_percent,
    )


def _one(options: dict[str, Any], name: str, read: Callable[[str], Read]) -> Read | None:
    text = options[name.replace("-", "_")]
    return None if text is None else _read(name, read, text)


def _each(options: dict[str, Any], name: str, read: Callable[[str], Read]) -> list[Read]:
    return [_read(name, read, text) for text in options[name.replace("-", "_")]]


def _read(name: str, read: Callable[[str], Read], text: str) -> Read:
    try:
        return read(text)
    except ValueError as error:
        raise CommandError(f"--{name} {text}: {error}") from error


def _story(response: Response) -> str:
    title, *sentences = response.sentences
    readings = [
        f"  {notation.spoken(point.minute):>8}  {point.score:>2}  "
        f"{percent_text(Relief(response.baseline, point.score).percent):>6} %"
        for point in response.used
        if response.baseline
    ]
    return "\n".join([title, *readings, *(f"  - {sentence}" for sentence in sentences)])
