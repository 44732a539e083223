"""The end of the tale: the diary, what it proves, and what held all along."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from clinic.demo.pathway.performance import Report, diary


def of(report: Report) -> str:
    return "\n".join(lines(report))


def lines(report: Report) -> Iterator[str]:
    if report.play.injection.t0:
        yield from diary_lines(report)
    for response in report.responses:
        yield f"\nThe answer, {response.side.label.lower()} joint: {response.label.label}"
        yield from (f"  {sentence}" for sentence in response.sentences)
    yield "\nWhat held"
    for proof in report.proofs:
        yield f"  {'✓' if proof.holds else '✗'} {proof.number:<4} {proof.claim}"
        yield from (f"         {breach}" for breach in proof.breaches)


def diary_lines(report: Report) -> Iterator[str]:
    """One line a score, by the clinic's wall clock."""
    zone = ZoneInfo(report.play.place.zone)
    yield "\nThe diary"
    for row in diary(report.play.injection):
        slot = row.survey.slot if row.survey else ""
        mark = ", late" if row.late else ""
        at = row.observed_at.astimezone(zone)
        score = f"{row.side.value:<5} {row.score:>2}"
        yield f"  {at:%a %H:%M}  {slot:<4} {score}  by {row.channel}{mark}"
