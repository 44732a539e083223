"""The facts of an injection as options of a command."""

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo, available_timezones

from reminders.rules.plan.injection_facts import Hold, InjectionFacts, Place
from reminders.rules.policy import Policy
from reminders.rules.protocol import Protocol
from scheduling import policy as booking
from scheduling.rules.durations import durations
from scheduling.rules.premedication import Dose
from scheduling.rules.procedure import (
    Channel,
    HoldDecision,
    InjectionState,
    Intent,
    Sedation,
    Side,
    Word,
)
from scheduling.rules.working_days import WorkingDays

W = TypeVar("W", bound=Word)


class OptionError(ValueError):
    """An option cannot be used; the message says which, why and how to mend it."""


# name: (help, required)
VALUES: dict[str, tuple[str, bool]] = {
    "start": ("start of the injection, as 2026-11-01T09:30", True),
    "zone": ("the clinic's time zone, as America/New_York", True),
    "booked": ("when this time was promised, as 2026-10-10T12:00", True),
    "side": (", ".join(Side), True),
    "intent": (", ".join(Intent), True),
    "patient-zone": ("the patient's time zone, if another", False),
    "working-days": ("when the clinic works, as mon,tue,wed,thu,fri (every day)", False),
    "sedation": (", ".join(Sedation), False),
    "state": (", ".join(InjectionState) + " (booked; completed with --t0)", False),
    "state-at": ("when that state was recorded", False),
    "t0": ("needle out", False),
    "revision": ("1 is the first booking, 2 the first change ...", False),
    "premed": ("hours before the start of each ordered dose, as 13,7,1", False),
    "hold-drug": ("drug of a signed hold order", False),
    "hold-last-dose": ("time of its last dose", False),
    "hold-restart": ("when to start it again", False),
    "hold-by": ("who signed the hold order", False),
    "answered": ("answered slots, as D45,H2", False),
    "channels": ("ways to write to the patient, as sms,email (both)", False),
    "no-shows": ("injections missed so far", False),
    "silenced": ("why nothing may be sent at all", False),
    "clinic": ("short name of the clinic, for --page", False),
    "phone": ("number of the clinic, for --page", False),
    "address": ("address of the clinic, for --page", False),
}

FLAGS = {
    "steroid": "a steroid is planned or given",
    "diabetes": "the patient has diabetes",
    "insulin": "the patient uses insulin",
    "anticoagulant": "a blood thinner is listed",
    "anticoagulant-continue": "the prescriber decided to continue it",
    "contrast-reaction": "an earlier reaction to contrast",
    "pregnancy-possible": "pregnancy is possible",
    "ill": "illness or antibiotics were reported",
    "vaccine": "a vaccine is near",
    "nsaid-hold": "an NSAID hold is ordered",
    "red-flag": "a warning sign was reported",
    "interpreter": "an interpreter is needed",
    "interpreter-booked": "the interpreter is booked",
    "confirmed": "the patient has confirmed",
    "driver-named": "the driver is named",
    "t0-estimated": "T0 is an estimate",
    "baseline-low": "the baseline that was taken is too low to be read",
    "diary-consent": "frequent check-in texts were agreed to",
    "first-text": "no text has gone to this number yet",
    "details-only": "with --revision: details changed, the time did not",
}

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SAME = frozenset(name.replace("-", "_") for name in FLAGS) & {
    each.name for each in fields(InjectionFacts)
}


def injection_facts(options: dict[str, Any], protocol: Protocol) -> InjectionFacts:
    """The injection that the options describe; OptionError names the one that cannot be used."""
    for name, (text, required) in VALUES.items():
        if required and not options[name.replace("-", "_")]:
            raise OptionError(f"--{name} is missing: give {text}")
    zone = _zone(options, "zone") or ""
    t0 = _instant(options, "t0", zone)
    state = _word(options, "state", InjectionState)
    side = cast(Side, _word(options, "side", Side))
    intent = cast(Intent, _word(options, "intent", Intent))
    sedation = _word(options, "sedation", Sedation) or Sedation.NONE
    hold = _hold(options, zone)
    decision = HoldDecision.CONTINUE if options["anticoagulant_continue"] else None
    try:
        return InjectionFacts(
            start=_required(options, "start", zone),
            zone=zone,
            promised_at=_required(options, "booked", zone),
            side=side,
            intent=intent,
            patient_zone=_zone(options, "patient_zone") or "",
            working_days=_working_days(options),
            revision=_number(options, "revision", 1),
            time_changed=not options["details_only"],
            state=state or (InjectionState.COMPLETED if t0 else InjectionState.BOOKED),
            state_at=_instant(options, "state_at", zone),
            stay=_stay(side, intent, sedation),
            sedation=sedation,
            anticoagulant_decision=HoldDecision.HOLD if hold else decision,
            hold=hold,
            premed=_premed(options),
            no_shows=_number(options, "no_shows", 0),
            t0=t0,
            answered=_answered(options, protocol),
            channels=_channels(options),
            policy=_policy(options, protocol),
            place=_place(options),
            silenced=options["silenced"] or "",
            **{name: options[name] for name in _SAME},
        )
    except ValueError as problem:
        raise OptionError(str(problem)) from None


def _stay(side: Side, intent: Intent, sedation: Sedation) -> timedelta:
    """How long it takes where a location has no numbers of its own."""
    return timedelta(minutes=durations(side, intent, sedation, booking.shipped()).stay)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _zone(options: dict[str, Any], name: str) -> str | None:
    zone: str | None = options[name]
    if zone and zone not in available_timezones():
        raise OptionError(f"{_option(name)} {zone}: not a time zone: write it as America/New_York")
    return zone


def _required(options: dict[str, Any], name: str, zone: str) -> datetime:
    instant = _instant(options, name, zone)
    if instant is None:
        raise OptionError(f"{_option(name)} is missing")
    return instant


def _instant(options: dict[str, Any], name: str, zone: str) -> datetime | None:
    words = options[name]
    if not words:
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise OptionError(
            f"{_option(name)} {words}: not a date and time: write it as 2026-11-01T09:30"
        ) from None
    if moment.utcoffset() is not None:
        return moment.astimezone(UTC)
    instant = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment:
        raise OptionError(
            f"{_option(name)} {words}: clocks in {zone} skip this time: choose another"
        )
    return instant


def _word(options: dict[str, Any], name: str, kind: type[W]) -> W | None:
    value = options[name]
    if not value:
        return None
    if value not in list(kind):
        raise OptionError(f"{_option(name)} {value}: unknown: choose {', '.join(kind)}")
    return kind(value)


def _number(options: dict[str, Any], name: str, least: int) -> int:
    words = options[name]
    if words is None:
        return least
    if not words.isdecimal() or int(words) < least:
        raise OptionError(f"{_option(name)} {words}: write a whole number, {least} or more")
    return int(words)


def _premed(options: dict[str, Any]) -> tuple[Dose, ...]:
    parts = (options["premed"] or "").split(",") if options["premed"] else []
    for part in parts:
        if not part.strip().isdecimal() or not 0 < int(part) <= 24:
            raise OptionError(f"--premed {options['premed']}: write hours from 1 to 24, as 13,7,1")
    return tuple(Dose(timedelta(hours=int(part)), "the ordered dose") for part in parts)


def _answered(options: dict[str, Any], protocol: Protocol) -> frozenset[str]:
    names = frozenset(filter(None, (options["answered"] or "").split(",")))
    unknown = sorted(names - set(protocol.slots))
    if unknown:
        known = ", ".join(protocol.slots)
        raise OptionError(f"--answered {', '.join(unknown)}: no such slot: choose among {known}")
    return names


def _working_days(options: dict[str, Any]) -> WorkingDays:
    names = list(filter(None, (options["working_days"] or "").split(",")))
    for name in names:
        if name not in _WEEKDAYS:
            raise OptionError(f"--working-days {name}: choose among {', '.join(_WEEKDAYS)}")
    return WorkingDays(frozenset(_WEEKDAYS.index(name) for name in names))


def _channels(options: dict[str, Any]) -> frozenset[Channel]:
    if options["channels"] is None:
        return frozenset((Channel.SMS, Channel.EMAIL))
    names = list(filter(None, options["channels"].split(",")))
    for name in names:
        if name not in (Channel.SMS, Channel.EMAIL):
            raise OptionError(f"--channels {name}: unknown: choose among sms, email")
    return frozenset(Channel(name) for name in names)


def _hold(options: dict[str, Any], zone: str) -> Hold | None:
    names = ("hold_drug", "hold_last_dose", "hold_restart", "hold_by")
    given = [name for name in names if options[name]]
    if not given:
        return None
    for name in names:
        if name not in given:
            raise OptionError(f"{_option(name)} is missing: a signed hold order has all four facts")
    last, restart = (_required(options, name, zone) for name in names[1:3])
    return Hold(options["hold_drug"], last, restart, options["hold_by"])


def _policy(options: dict[str, Any], protocol: Protocol) -> Policy:
    values: dict[str, Any] = {}
    for pair in options["policy"]:
        name, equals, value = pair.partition("=")
        if not equals:
            raise OptionError(f"--policy {pair}: write name=value, as diary_hours=6")
        plain = value.isdecimal() or value in ("true", "false")
        values[name] = json.loads(value) if plain else value
    try:
        return protocol.policy.but(values)
    except ValueError as problem:
        raise OptionError(f"--policy: {problem}") from None


def _place(options: dict[str, Any]) -> Place | None:
    given = [options[name] or "" for name in ("clinic", "phone", "address")]
    return Place(*given) if any(given) else None
