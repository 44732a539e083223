"""What is told at the end: the diary, what it proves, and what held all along."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from clinic.demo.pathway.runner import RunReport, diary


def text(report: RunReport) -> str:
    return "\n".join(lines(report))


def lines(report: RunReport) -> Iterator[str]:
    if report.scenario.injection.t0:
        yield from diary_lines(report)
    for response in report.responses:
        yield f"\nThe answer, {response.side.label.lower()} joint: {response.label.label}"
        yield from (f"  {sentence}" for sentence in response.sentences)
    yield "\nWhat held"
    for invariant in report.invariants:
        yield f"  {'✓' if invariant.holds else '✗'} {invariant.number:<4} {invariant.claim}"
        yield from (f"         {breach}" for breach in invariant.breaches)


def diary_lines(report: RunReport) -> Iterator[str]:
    """One line a score, by the clinic's wall clock."""
    zone = ZoneInfo(report.scenario.place.zone)
    yield "\nThe diary"
    for row in diary(report.scenario.injection):
        slot = row.survey.slot if row.survey else ""
        mark = ", late" if row.late else ""
        at = row.observed_at.astimezone(zone)
        score = f"{row.side.value:<5} {row.score:>2}"
        yield f"  {at:%a %H:%M}  {slot:<4} {score}  by {row.channel}{mark}"
