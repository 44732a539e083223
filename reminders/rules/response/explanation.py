"""The answer in sentences, with its arithmetic: what a physician can check without the code."""

from collections.abc import Callable, Iterator

from reminders.rules.response.assessment import Finding, Reason
from reminders.rules.response.diary_window import due
from reminders.rules.response.flags import Flag, volume_ml
from reminders.rules.response.measures import Lasting
from reminders.rules.response.notation import spoken
from reminders.rules.response.patterns import Pattern
from reminders.rules.response.relief import Relief, shown


def sentences(
    finding: Finding, flags: tuple[Flag, ...], pattern: Pattern | None
) -> tuple[str, ...]:
    """The whole explanation of one joint, most important first."""
    return (
        f"{finding.joint.side.label} joint: {finding.label.label}.",
        *(_reason(finding, reason) for reason in finding.reasons),
        *_arithmetic(finding),
        *_numbers(finding),
        *_left_out(finding),
        *_durations(finding),
        *_days(finding),
        *_pattern(finding, pattern),
        *(_flag(finding, flag) for flag in flags),
        *_unknowns(finding),
    )


def _reason(finding: Finding, reason: Reason) -> str:
    thresholds, baseline = finding.thresholds, finding.joint.baseline
    return {
        Reason.ABORTED: "The injection was aborted, so nothing is scored.",
        Reason.NOT_COMPLETED: "The injection is not recorded as completed, so nothing is scored.",
        Reason.EXTRA_ARTICULAR: "The injectate missed the joint, so the block proves nothing.",
        Reason.NO_ANAESTHETIC: "No local anaesthetic was injected: there is no block to read.",
        Reason.BASELINE_ABSENT: _absent(baseline),
        Reason.BASELINE_LOW: f"The baseline of {baseline} is below {thresholds.min_baseline}: "
        "too little pain to measure relief.",
        Reason.AGENTS_UNKNOWN: "The agents are not recorded, so the time window is unknown.",
        Reason.SIDES_NOT_SPLIT: "One score was given for both joints: it tells neither of them.",
        Reason.TOO_FEW: _too_few(finding),
        Reason.NONE_IN_CORE: "None of the valid readings lies in the core of the window.",
    }[reason]


def _absent(baseline: int | None) -> str:
    if baseline == 0:
        return "The baseline is 0: no percentage of no pain exists."
    return "No provoked baseline was taken."


def _too_few(finding: Finding) -> str:
    needed, found = finding.thresholds.min_readings, len(finding.strip.points)
    if found < needed:
        return f"Only {found} valid {_plural(found)} in the window; {needed} are needed."
    return f"{found} valid readings, but too few where they count; this is no negative."


def _plural(count: int) -> str:
    return "reading" if count == 1 else "readings"


def _arithmetic(finding: Finding) -> Iterator[str]:
    sustained, payer = finding.sustained, finding.thresholds.payer
    if sustained is None:
        return
    yield (
        f"Sustained relief {sustained.arithmetic}, {_reached(finding, sustained)}: the best held "
        "by two readings in a row, or by one and a staff re-examination."
    )
    yield f"The payer's threshold of {payer} % is {'met' if finding.payer_pass else 'not met'}."


def _reached(finding: Finding, relief: Relief) -> str:
    steps = (finding.thresholds.partial, finding.thresholds.pos75, finding.thresholds.pos80)
    reached = [step for step in steps if relief.reaches(step)]
    missed = [step for step in steps if step not in reached]
    words = [f"at least {reached[-1]} %"] if reached else []
    return " but ".join(words + ([f"below {missed[0]} %"] if missed else []))


def _numbers(finding: Finding) -> Iterator[str]:
    measures, strip = finding.measures, finding.strip
    expected = due(strip, finding.case.expected)
    if measures.peak is None or measures.worst is None or measures.mean is None:
        return
    of = f" of {len(expected)} expected" if expected else ""
    yield (
        f"{len(strip.points)}{of} {_plural(len(strip.points))} used, "
        f"{spoken(strip.points[0].minute)} to {spoken(strip.points[-1].minute)} after T0: "
        f"best {measures.peak.arithmetic}, worst {measures.worst.arithmetic}, "
        f"mean {shown(measures.mean)} %."
    )


def _left_out(finding: Finding) -> Iterator[str]:
    if finding.strip.excluded:
        left_out = (f"{spoken(x.minute)} ({x.why.label.lower()})" for x in finding.strip.excluded)
        yield f"Not used: {', '.join(left_out)}."


def _durations(finding: Finding) -> Iterator[str]:
    thresholds, measures = finding.thresholds, finding.measures
    for percent, lasting in (
        (thresholds.partial, measures.lasting_50),
        (thresholds.pos75, measures.lasting_75),
    ):
        if lasting:
            yield f"Relief of at least {percent} % lasted {_range(lasting)}."


def _range(lasting: Lasting) -> str:
    counted = f"counted from {spoken(lasting.start)}"
    if not lasting.lower:
        return _seen_once(lasting)
    if lasting.upper is None:
        return f"at least {spoken(lasting.lower)}, {counted}; its end was not seen"
    return f"between {spoken(lasting.lower)} and {spoken(lasting.upper)}, {counted}"


def _seen_once(lasting: Lasting) -> str:
    once = f"an unknown time: it was seen once, at {spoken(lasting.start)}"
    return once if lasting.upper is None else f"{once}, and was gone {spoken(lasting.upper)} later"


def _days(finding: Finding) -> Iterator[str]:
    """Scores after the window, each with its sum."""
    baseline = finding.joint.baseline
    if baseline and finding.label.is_scored and finding.strip.days:
        sums = (
            f"{spoken(d.minute)} {Relief(baseline, d.score).arithmetic}" for d in finding.strip.days
        )
        yield f"After the window: {', '.join(sums)}."


def _pattern(finding: Finding, pattern: Pattern | None) -> Iterator[str]:
    if pattern:
        yield pattern.meaning
    if pattern in (Pattern.DELAYED, Pattern.STEROID_FLARE) and not finding.case.has_steroid:
        yield "No steroid is recorded among the agents."


def _unknowns(finding: Finding) -> Iterator[str]:
    case, side = finding.case, finding.joint.side
    asked = {joint for stated in case.asked for joint in stated.joints}
    if finding.joint.intra_articular is None:
        yield "Whether the injectate stayed inside the joint is not recorded."
    if case.sedation is None:
        yield "Sedation is not recorded."
    if asked and side not in asked:
        yield f"The diary never asked about the {side.value} joint."


def _flag(finding: Finding, flag: Flag) -> str:
    text = _FLAGS[flag]
    return text if isinstance(text, str) else text(finding)


def _rescue(finding: Finding) -> str:
    taken = sorted(finding.case.analgesics, key=lambda analgesic: analgesic.minute)
    named = ", ".join(f"{one.name} {_when(one.minute)}" for one in taken)
    return f"Pain medicine: {named}. Readings from the first one after T0 on are not used."


def _when(minute: int) -> str:
    return f"at {spoken(minute)}" if minute >= 0 else f"{spoken(-minute)} before T0"


def _own_percent(finding: Finding) -> str:
    sustained, stated = finding.sustained, finding.joint.patient_percent
    computed = shown(sustained.percent) if sustained else "unknown"
    return f"The patient's own {stated} % differs from the computed {computed} %."


def _peak(finding: Finding) -> str:
    peak = finding.measures.peak
    return f"The best single reading ({peak.arithmetic if peak else ''}) was not confirmed."


def _volume(finding: Finding) -> str:
    return f"{float(volume_ml(finding)):g} mL in one joint may leak and blur the answer."


_FLAGS: dict[Flag, str | Callable[[Finding], str]] = {
    Flag.UNCONFIRMED_PEAK: _peak,
    Flag.BASELINE_LOW_WARN: lambda f: f"A baseline of {f.joint.baseline} is low: steps are coarse.",
    Flag.BASELINE_REMOTE: "The baseline was not taken on the day of the injection.",
    Flag.SEDATION: "The patient was sedated, which raises apparent positives.",
    Flag.ANALGESIC: _rescue,
    Flag.REST_ONLY: "All scores in the window were taken at rest; the block is read on movement.",
    Flag.RECALL_ENTRY: "Some scores were given from memory.",
    Flag.LATE_ENTRY: "Some scores came too late to count.",
    Flag.PROXY_REPORTED: "Someone else entered scores; only numbers the patient gave are used.",
    Flag.PAPER_TRANSCRIBED: "Scores were typed in from paper.",
    Flag.SIDE_CHANGED: "The side was changed on the day; the performed side is scored.",
    Flag.STEROID_PREMED: "Steroid premedication was given and may relieve pain by itself.",
    Flag.HIGH_VOLUME: _volume,
    Flag.EXTRA_ARTICULAR: "The injectate was outside the joint.",
    Flag.NEW_PAIN_SITE: "The patient reports pain at a new site.",
    Flag.LATE_ONSET: "The first passing reading came after the core of the window.",
    Flag.PASS_NOT_CREDITED: "The only passing readings came too early or under sedation.",
    Flag.PATIENT_PCT_DISAGREES: _own_percent,
    Flag.DIARY_GAP: lambda f: (
        f"More than {spoken(f.thresholds.gap_minutes)} of the core window went unanswered."
    ),
    Flag.T0_ESTIMATED: "T0 (needle out) is estimated, and so are all times.",
}
