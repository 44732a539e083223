"""What is known of an injection that was to treat: scores against baselines of their kind."""

from collections.abc import Iterator, Sequence

from reminders.rules.response.case import Case, Joint, Reading
from reminders.rules.response.diary_window import why_untimely
from reminders.rules.response.notation import spoken
from reminders.rules.response.relief import Relief


def known_scores(case: Case, joint: Joint) -> Iterator[str]:
    """The timely scores after T0 in sentences, each with its percent where the baseline is known.

    An average is compared with the average before, a score while moving with the provoked one,
    one at rest with the one at rest.
    """
    told = sorted(
        (r for r in case.readings if r.side is joint.side and r.minute >= 0), key=lambda r: r.minute
    )
    scores = [reading for reading in told if why_untimely(reading) is None]
    at_once = [reading for reading in scores if not reading.average]
    kinds = (
        ("average of the 7 days before", joint.average_before, [r for r in scores if r.average]),
        ("provoked pain before", joint.baseline, [r for r in at_once if r.is_provoked]),
        ("pain at rest before", joint.at_rest, [r for r in at_once if not r.is_provoked]),
    )
    for name, baseline, readings in kinds:
        if readings:
            yield _compared(name, baseline, readings)
    if not scores:
        yield "No score has come in time since."


def _compared(name: str, baseline: int | None, readings: Sequence[Reading]) -> str:
    if not baseline:
        missing = "was not taken" if baseline is None else "was 0, of which no percentage exists"
        told = ", ".join(f"{spoken(r.minute)} {r.score}" for r in readings)
        return f"The {name} {missing}; scores since: {told}."
    sums = (
        f"{spoken(r.minute)} {Relief(baseline, r.score).arithmetic}"
        for r in readings
        if r.score is not None
    )
    return f"Against the {name}: {', '.join(sums)}."
