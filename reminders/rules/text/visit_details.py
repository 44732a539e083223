"""The particulars of one visit as its patient reads them: days, clock times, numbers."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.policy import Policy
from reminders.rules.protocol import Protocol
from scheduling.rules.procedure import Side

_SIDES = {Side.LEFT: "left side", Side.RIGHT: "right side", Side.BILATERAL: "left and right sides"}


def particulars(facts: InjectionFacts, protocol: Protocol, at: datetime) -> dict[str, str]:
    """A value for every gap that the visit itself can fill, as it reads at a moment.

    A time of the preparation that has passed by then is never told: "now" stands in its place.
    `link`, `n`, `N`, `h` and `until` belong to a message and are added by whoever writes it;
    without a `place`, `clinic`, `phone` and `address` are missing too.
    """
    policy = facts.policy or protocol.policy
    return {
        **_times(facts, policy),
        **_numbers(policy, protocol),
        **_place(facts),
        **_fasting(facts, policy, at),
        **_afterwards(facts, policy, at),
        **_medicine(facts, at),
    }


def clock_time(instant: datetime, facts: InjectionFacts) -> str:
    """`9:30 AM` in the clinic's zone, with the zone where one could err.

    That is where the patient's clock differs, and in the hour that clocks show twice.
    """
    local = instant.astimezone(ZoneInfo(facts.zone))
    shown = f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"
    same = local.utcoffset() == instant.astimezone(ZoneInfo(facts.lives_in)).utcoffset()
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{shown} {local.tzname()}" if twice or not same else shown


def length(span: timedelta) -> str:
    """`1 hour`, `2 hours and 55 minutes`, `45 minutes`."""
    hours, minutes = divmod(span // timedelta(minutes=1), 60)
    parts = ((hours, "hour"), (minutes, "minute"))
    return " and ".join(f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in parts if n)


def short_day(instant: datetime, facts: InjectionFacts) -> str:
    """`Wed 11/25`, at most nine characters."""
    local = instant.astimezone(ZoneInfo(facts.zone))
    return f"{local:%a} {local.month}/{local.day}"


def long_day(instant: datetime, facts: InjectionFacts) -> str:
    """`Wednesday, November 25`."""
    local = instant.astimezone(ZoneInfo(facts.zone))
    return f"{local:%A}, {local:%B} {local.day}"


def moment(instant: datetime, facts: InjectionFacts) -> str:
    """`10:30 PM on Wednesday, November 25`; midnight names both days, for nobody knows which."""
    local = instant.astimezone(ZoneInfo(facts.zone))
    if (local.hour, local.minute) == (0, 0):
        before = long_day(instant - timedelta(hours=1), facts)
        return f"midnight between {before} and {long_day(instant, facts)}"
    return f"{clock_time(instant, facts)} on {long_day(instant, facts)}"


def _times(facts: InjectionFacts, policy: Policy) -> dict[str, str]:
    start, arrival = facts.start, facts.start - policy.arrival(facts.sedation)
    stay = {"stay": length(facts.stay)} if facts.stay else {}
    return stay | {
        "day": short_day(start, facts),
        "date": f"{long_day(start, facts)}, {start.astimezone(ZoneInfo(facts.zone)).year}",
        "time": clock_time(start, facts),
        "arr": clock_time(arrival, facts),
        "no_driving": str(policy.no_driving_h),
        "no_bath": str(policy.no_bath_h),
        "glucose": policy.glucose_limit,
        "diary_hours": str(policy.diary_hours),
    }


def _numbers(policy: Policy, protocol: Protocol) -> dict[str, str]:
    """What a clinic may change without changing words."""
    return {
        "ice": str(policy.ice_min),
        "soreness": policy.soreness_days,
        "steroid_days": policy.steroid_days,
        "fever": policy.fever_limit,
        "glucose_days": str(policy.glucose_watch_days),
        "low_pain": str(protocol.thresholds.baseline_warn_below),
    }


def _place(facts: InjectionFacts) -> dict[str, str]:
    place = facts.place
    if place is None:
        return {}
    return {"clinic": place.name, "phone": place.phone, "address": place.address}


def _fasting(facts: InjectionFacts, policy: Policy, at: datetime) -> dict[str, str]:
    """Hours count back from the start as elapsed time, clock changes included."""
    food = policy.food_h if facts.sedation.needs_fasting else policy.fasting_no_sedation_h
    leads = {
        "fatty_until": policy.fatty_food_h,
        "food_until": food,
        "drink_until": policy.clear_liquids_h,
    }
    begin = {name: facts.start - timedelta(hours=h) for name, h in leads.items()}
    pills = facts.start - timedelta(hours=policy.analgesic_hold_h)
    values = {
        name: "now" if time <= at else f"at {moment(time, facts)}" for name, time in begin.items()
    }
    return values | {
        "analgesic_from": "From now on" if pills <= at else f"From {moment(pills, facts)}"
    }


def _afterwards(facts: InjectionFacts, policy: Policy, at: datetime) -> dict[str, str]:
    """What counts from T0; while it is not entered, from when the end was recorded."""
    needle_out = facts.t0 or facts.settled_at
    drive = needle_out + timedelta(hours=policy.no_driving_h)
    numb = needle_out + timedelta(hours=policy.numb_h)
    return {
        "drive_from": f"until {moment(drive, facts)}" if drive > at else "and these are over now",
        "numb_until": f"at {moment(numb, facts)}" if numb > at else "now",
        "sides": _SIDES[facts.side],
    }


def _medicine(facts: InjectionFacts, at: datetime) -> dict[str, str]:
    values: dict[str, str] = {}
    if facts.premed:
        doses = sorted((facts.start - dose.before, dose.take) for dose in facts.premed)
        ahead = "; ".join(f"{take} at {moment(due, facts)}" for due, take in doses if due > at)
        values["doses"] = ahead or "nothing more"
    if facts.hold:
        last = facts.hold.last_dose_at
        told = (
            f"Take your last dose at {moment(last, facts)}." if last > at else "Do not take it now."
        )
        values |= {
            "drug": facts.hold.drug,
            "prescriber": facts.hold.prescriber,
            "last_dose": told,
            "restart": long_day(facts.hold.restart_at, facts),
        }
    return values
