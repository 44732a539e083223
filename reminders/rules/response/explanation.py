"""The answer in sentences, with its arithmetic: what a physician can check without the code."""

from collections.abc import Callable, Iterator

from reminders.rules.response.assessment import Assessment, Reason
from reminders.rules.response.course import known_scores
from reminders.rules.response.diary_window import slots_in_window
from reminders.rules.response.flags import Flag, volume_ml
from reminders.rules.response.measures import ReliefDuration
from reminders.rules.response.notation import spoken
from reminders.rules.response.patterns import Pattern
from reminders.rules.response.relief import Relief, percent_text


def sentences(
    assessment: Assessment, flags: tuple[Flag, ...], pattern: Pattern | None
) -> tuple[str, ...]:
    """The whole explanation of one joint, most important first."""
    return (
        f"{assessment.joint.side.label} joint: {assessment.label.label}.",
        *(_reason(assessment, reason) for reason in assessment.reasons),
        *_course(assessment),
        *_arithmetic(assessment),
        *_numbers(assessment),
        *_by_slot(assessment),
        *_left_out(assessment),
        *_durations(assessment),
        *_days(assessment),
        *_pattern(assessment, pattern),
        *(_flag(assessment, flag) for flag in flags),
        *_unknowns(assessment),
    )


def _reason(assessment: Assessment, reason: Reason) -> str:
    thresholds, baseline = assessment.thresholds, assessment.joint.baseline
    return {
        Reason.ABORTED: "The injection was aborted, so nothing is scored.",
        Reason.NOT_COMPLETED: "The injection is not recorded as completed, so nothing is scored.",
        Reason.TREATMENT_ONLY: "The injection was to treat, not to test: no block is to be judged, "
        "and nothing to be signed.",
        Reason.EXTRA_ARTICULAR: "The injectate missed the joint, so the block proves nothing.",
        Reason.NO_ANAESTHETIC: "No local anaesthetic was injected: there is no block to read.",
        Reason.BASELINE_ABSENT: _absent(baseline),
        Reason.BASELINE_LOW: f"The baseline of {baseline} is below "
        f"{thresholds.baseline_block_below}: too little pain to measure relief.",
        Reason.AGENTS_UNKNOWN: "The agents are not recorded, so the time window is unknown.",
        Reason.SIDES_NOT_SPLIT: "One score was given for both joints: it tells neither of them.",
        Reason.TOO_FEW: _too_few(assessment),
        Reason.NONE_IN_CORE: "None of the valid readings lies in the core of the window.",
        Reason.SILENT_BESIDE_RELIEF: _silent(assessment),
    }[reason]


def _absent(baseline: int | None) -> str:
    if baseline == 0:
        return "The baseline is 0: no percentage of no pain exists."
    return "No provoked baseline was taken."


def _too_few(assessment: Assessment) -> str:
    needed, found = assessment.thresholds.min_readings, len(assessment.diary.points)
    if found < needed:
        return f"Only {found} valid {_plural(found)} in the window; {needed} are needed."
    return f"{found} valid readings, but too few where they count; this is no negative."


def _silent(assessment: Assessment) -> str:
    """What stands in the place of a negative: relief, and the silent slots beside it."""
    partial, best = assessment.thresholds.partial_percent, assessment.silence.best
    beside = [
        spoken(point.minute)
        for point in assessment.silence.points
        if Relief(assessment.joint.baseline or 1, point.score).reaches(partial)
    ]
    return (
        f"{best.arithmetic if best else 'Relief'} was seen, but beside it no answer counts "
        f"({', '.join(beside)}): silence neither confirms nor refutes it, so this is no negative."
    )


def _plural(count: int) -> str:
    return "reading" if count == 1 else "readings"


def _course(assessment: Assessment) -> Iterator[str]:
    if Reason.TREATMENT_ONLY in assessment.reasons:
        yield from known_scores(assessment.case, assessment.joint)


def _arithmetic(assessment: Assessment) -> Iterator[str]:
    sustained, payer = assessment.sustained, assessment.thresholds.payer_percent
    if sustained is None:
        return
    yield (
        f"Sustained relief {sustained.arithmetic}, {_reached(assessment, sustained)}: the best "
        "held by two readings in a row, or by one and a staff re-examination."
    )
    yield f"The payer's threshold of {payer} % is {'met' if assessment.payer_pass else 'not met'}."


def _reached(assessment: Assessment, relief: Relief) -> str:
    steps = (
        assessment.thresholds.partial_percent,
        assessment.thresholds.positive_low_percent,
        assessment.thresholds.positive_percent,
    )
    reached = [step for step in steps if relief.reaches(step)]
    missed = [step for step in steps if step not in reached]
    words = [f"at least {reached[-1]} %"] if reached else []
    return " but ".join(words + ([f"below {missed[0]} %"] if missed else []))


def _numbers(assessment: Assessment) -> Iterator[str]:
    measures, diary = assessment.measures, assessment.diary
    expected = slots_in_window(diary, assessment.case.expected)
    if measures.peak is None or measures.worst is None or measures.mean is None:
        return
    of = f" of {len(expected)} expected" if expected else ""
    yield (
        f"{len(diary.points)}{of} {_plural(len(diary.points))} used, "
        f"{spoken(diary.points[0].minute)} to {spoken(diary.points[-1].minute)} after T0: "
        f"best {measures.peak.arithmetic}, worst {measures.worst.arithmetic}, "
        f"mean {percent_text(measures.mean)} %."
    )


def _by_slot(assessment: Assessment) -> Iterator[str]:
    """Readings that the window alone would leave out, and why they count."""
    window = assessment.diary.window
    for point in assessment.diary.points:
        if window and not window.holds(point.minute):
            given, due = spoken(point.minute), spoken(point.stands_for)
            yield (
                f"The score at {given} counts for {due}: "
                "it was asked for then, inside the window, and given in time."
            )


def _left_out(assessment: Assessment) -> Iterator[str]:
    if assessment.diary.excluded:
        left_out = (
            f"{spoken(x.minute)} ({x.why.label.lower()})" for x in assessment.diary.excluded
        )
        yield f"Not used: {', '.join(left_out)}."


def _durations(assessment: Assessment) -> Iterator[str]:
    thresholds, measures = assessment.thresholds, assessment.measures
    for percent, lasting in (
        (thresholds.partial_percent, measures.duration_50),
        (thresholds.positive_low_percent, measures.duration_75),
    ):
        if lasting:
            yield f"Relief of at least {percent} % lasted {_range(lasting)}."


def _range(lasting: ReliefDuration) -> str:
    counted = f"counted from {spoken(lasting.start)}"
    if not lasting.lower:
        return _seen_once(lasting)
    if lasting.upper is None:
        return f"at least {spoken(lasting.lower)}, {counted}; its end was not seen"
    return f"between {spoken(lasting.lower)} and {spoken(lasting.upper)}, {counted}"


def _seen_once(lasting: ReliefDuration) -> str:
    once = f"an unknown time: it was seen once, at {spoken(lasting.start)}"
    return once if lasting.upper is None else f"{once}, and was gone {spoken(lasting.upper)} later"


def _days(assessment: Assessment) -> Iterator[str]:
    """Scores after the window, each with its sum; an average only beside an average."""
    if not assessment.label.is_scored:
        return
    for average, name in ((False, "After the window"), (True, "Averages of several days")):
        since = [day for day in assessment.diary.days if day.average is average]
        before = assessment.joint.before(average=average)
        if since and before:
            sums = (f"{spoken(d.minute)} {Relief(before, d.score).arithmetic}" for d in since)
            yield f"{name}: {', '.join(sums)}."
        elif since:
            told = ", ".join(f"{spoken(d.minute)} {d.score}" for d in since)
            missing = "is 0" if before == 0 else "was not taken"
            yield f"{name}: {told}; not compared, because the score before of this kind {missing}."


def _pattern(assessment: Assessment, pattern: Pattern | None) -> Iterator[str]:
    if pattern:
        yield pattern.meaning(steroid=assessment.case.has_steroid)


def _unknowns(assessment: Assessment) -> Iterator[str]:
    case, side = assessment.case, assessment.joint.side
    asked = {joint for stated in case.asked for joint in stated.joints}
    if case.target.in_joint and assessment.joint.intra_articular is None:
        yield "Whether the injectate stayed inside the joint is not recorded."
    if case.sedation is None:
        yield "Sedation is not recorded."
    if asked and side not in asked:
        yield f"The diary never asked about the {side.value} joint."


def _flag(assessment: Assessment, flag: Flag) -> str:
    text = _FLAGS[flag]
    return text if isinstance(text, str) else text(assessment)


def _rescue(assessment: Assessment) -> str:
    taken = sorted(assessment.case.analgesics, key=lambda analgesic: analgesic.minute)
    named = ", ".join(f"{one.name} {_when(one.minute)}" for one in taken)
    return f"Pain medicine: {named}. Readings from the first one after T0 on are not used."


def _when(minute: int) -> str:
    return f"at {spoken(minute)}" if minute >= 0 else f"{spoken(-minute)} before T0"


def _own_percent(assessment: Assessment) -> str:
    sustained, stated = assessment.sustained, assessment.joint.patient_percent
    computed = percent_text(sustained.percent) if sustained else "unknown"
    return f"The patient's own {stated} % differs from the computed {computed} %."


def _peak(assessment: Assessment) -> str:
    peak = assessment.measures.peak
    return f"The best single reading ({peak.arithmetic if peak else ''}) was not confirmed."


def _volume(assessment: Assessment) -> str:
    return f"{float(volume_ml(assessment)):g} mL in one joint may leak and blur the answer."


_FLAGS: dict[Flag, str | Callable[[Assessment], str]] = {
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
        f"More than {spoken(f.thresholds.diary_gap_min)} of the core window went unanswered."
    ),
    Flag.T0_ESTIMATED: "T0 (needle out) is estimated, and so are all times.",
}
