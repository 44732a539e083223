"""The particulars of one visit as its patient reads them: days, clock times, numbers."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.rules.plan.injection_facts import Visit
from reminders.rules.policy import Policy
from reminders.rules.protocol import Protocol


def particulars(visit: Visit, protocol: Protocol) -> dict[str, str]:
    """A value for every gap that the visit itself can fill.

    `link`, `n`, `N`, `h` and `until` belong to a message and are added by whoever writes it;
    without a `place`, `clinic`, `phone` and `address` are missing too.
    """
    policy = visit.policy or protocol.policy
    return {**_times(visit, policy), **_place(visit), **_fasting(visit, policy), **_medicine(visit)}


def clock_time(instant: datetime, visit: Visit) -> str:
    """`9:30 AM` in the clinic's zone, with the zone where one could err.

    That is where the patient's clock differs, and in the hour that clocks show twice.
    """
    local = instant.astimezone(ZoneInfo(visit.zone))
    shown = f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'}"
    same = local.utcoffset() == instant.astimezone(ZoneInfo(visit.lives_in)).utcoffset()
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{shown} {local.tzname()}" if twice or not same else shown


def short_day(instant: datetime, visit: Visit) -> str:
    """`Wed 11/25`, at most nine characters."""
    local = instant.astimezone(ZoneInfo(visit.zone))
    return f"{local:%a} {local.month}/{local.day}"


def long_day(instant: datetime, visit: Visit) -> str:
    """`Wednesday, November 25`."""
    local = instant.astimezone(ZoneInfo(visit.zone))
    return f"{local:%A}, {local:%B} {local.day}"


def moment(instant: datetime, visit: Visit) -> str:
    """`10:30 PM on Wednesday, November 25`."""
    return f"{clock_time(instant, visit)} on {long_day(instant, visit)}"


def _times(visit: Visit, policy: Policy) -> dict[str, str]:
    start, arrival = visit.start, visit.start - policy.arrival(visit.sedation)
    return {
        "day": short_day(start, visit),
        "date": f"{long_day(start, visit)}, {start.astimezone(ZoneInfo(visit.zone)).year}",
        "time": clock_time(start, visit),
        "arr": clock_time(arrival, visit),
        "hours": str(policy.visit_hours),
        "no_driving": str(policy.no_driving_h),
        "no_bath": str(policy.no_bath_h),
        "glucose": policy.glucose_limit,
        "diary_hours": str(policy.diary_hours),
    }


def _place(visit: Visit) -> dict[str, str]:
    place = visit.place
    if place is None:
        return {}
    return {"clinic": place.name, "phone": place.phone, "address": place.address}


def _fasting(visit: Visit, policy: Policy) -> dict[str, str]:
    """Hours count back from the start as elapsed time, clock changes included."""
    food = policy.food_h if visit.sedation.needs_fasting else policy.fasting_no_sedation_h
    leads = {
        "fatty_until": policy.fatty_food_h,
        "food_until": food,
        "drink_until": policy.clear_liquids_h,
        "analgesic_from": policy.analgesic_hold_h,
    }
    return {name: moment(visit.start - timedelta(hours=h), visit) for name, h in leads.items()}


def _medicine(visit: Visit) -> dict[str, str]:
    values: dict[str, str] = {}
    if visit.premed:
        leads = sorted(visit.premed, reverse=True)
        values["doses"] = "; ".join(moment(visit.start - lead, visit) for lead in leads)
    if visit.hold:
        values |= {
            "drug": visit.hold.drug,
            "prescriber": visit.hold.prescriber,
            "last_dose": moment(visit.hold.last_dose_at, visit),
            "restart": long_day(visit.hold.restart_at, visit),
        }
    return values
