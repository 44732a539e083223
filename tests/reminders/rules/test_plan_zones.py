"""The plan in every zone of the world, over the clock changes of 2026 to 2028."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reminders.protocols.reading import shipped
from reminders.rules.plan.entries import EntryOutcome
from reminders.rules.plan.injection_facts import InjectionFacts
from reminders.rules.plan.planner import plan
from reminders.rules.plan.send_time import next_waking, waking
from reminders.rules.plan.steps import Audience
from scheduling.rules.procedure import Channel, InjectionState, Intent, Sedation, Side
from scheduling.rules.wall_clock import midnight_after, wall
from tests.reminders.visits import doses

ZONES = sorted(available_timezones())
PLACES = st.sampled_from(ZONES)
WAKING = shipped().policy.waking_from, shipped().policy.waking_until
LIMIT = settings(max_examples=150, deadline=None)


@cache
def changes(zone: str) -> tuple[date, ...]:
    """The days of 2026 to 2028 on which clocks in this zone change."""
    place = ZoneInfo(zone)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(1096)]
    noons = [datetime.combine(day, time(0), place).utcoffset() for day in days]
    return tuple(d for d, a, b in zip(days, noons, noons[1:], strict=False) if a != b)


@st.composite
def visits(draw, **facts):
    zone = draw(PLACES)
    near = draw(st.sampled_from(changes(zone) or (date(2027, 6, 1),)))
    day = near + timedelta(days=draw(st.integers(-3, 9)))
    minutes = draw(st.integers(6 * 4, 18 * 4)) * 15
    start = wall(day, time(minutes // 60, minutes % 60), zone)
    ahead = draw(st.sampled_from([0.1, 0.5, 1, 2.3, 4, 8.2, 20]))
    return InjectionFacts(
        start=start,
        zone=zone,
        promised_at=start - timedelta(days=ahead),
        patient_zone=draw(st.sampled_from(["", zone, draw(PLACES)])),
        side=draw(st.sampled_from(Side)),
        intent=draw(st.sampled_from(Intent)),
        sedation=draw(st.sampled_from(Sedation)),
        steroid=draw(st.booleans()),
        premed=draw(st.sampled_from([(), doses(13, 7, 1)])),
        diary_consent=True,
        **facts,
    )


@LIMIT
@given(visits())
def test_a_day_before_is_wall_clock_in_every_zone(visit):
    place = ZoneInfo(visit.zone)
    local = InjectionFacts(
        **{**_facts(visit), "patient_zone": "", "promised_at": visit.start - _LONG}
    )

    entry = next(e for e in plan(local, shipped()) if e.key == ("day_before", "email"))

    day_before = visit.start.astimezone(place).date() - timedelta(days=1)
    assert entry.send_at == wall(day_before, time(16), visit.zone)
    if wall(day_before, time(16), visit.zone).astimezone(place).time() == time(16):
        assert entry.send_at.astimezone(place).replace(tzinfo=None) == datetime.combine(
            day_before, time(16)
        )


_LONG = timedelta(days=30)


def _facts(visit: InjectionFacts) -> dict[str, object]:
    return {name: getattr(visit, name) for name in InjectionFacts.__dataclass_fields__}


@LIMIT
@given(
    st.one_of(
        visits(), visits(state=InjectionState.CANCELLED), visits(state=InjectionState.NO_SHOW)
    )
)
def test_every_message_leaves_while_the_patient_is_awake_and_before_it_is_useless(visit):
    for entry in plan(visit, shipped()):
        if entry.outcome is EntryOutcome.SEND:
            assert waking(entry.send_at, visit.lives_in, *WAKING), entry
            assert entry.send_at < entry.expires_at, entry


@LIMIT
@given(visits(), st.integers(0, 600))
def test_the_diary_too_leaves_in_waking_hours_in_order_and_under_its_cap(visit, minutes):
    done = InjectionFacts(
        **{
            **_facts(visit),
            "state": InjectionState.COMPLETED,
            "t0": visit.start + timedelta(minutes=minutes),
        }
    )

    diary = [e for e in plan(done, shipped()) if e.leaves and e.purpose == "diary"]

    slots = [entry for entry in diary if entry.step == "diary"]
    assert all(waking(entry.send_at, visit.lives_in, *WAKING) for entry in diary)
    assert [entry.number for entry in slots] == list(range(1, len(slots) + 1))
    assert sorted(slots, key=lambda entry: entry.send_at) == slots
    assert sum(Channel.SMS in entry.channels for entry in diary) <= 14


@LIMIT
@given(visits())
def test_every_entry_has_one_key_and_a_sane_validity(visit):
    entries = plan(visit, shipped())

    assert len({entry.key for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.send_at is None or entry.send_at.utcoffset() is not None
        if entry.send_at and entry.expires_at:
            assert entry.send_at <= entry.expires_at, entry


@LIMIT
@given(visits())
def test_no_day_has_more_than_three_texts_besides_ordered_doses(visit):
    zone = ZoneInfo(visit.lives_in)
    days = [
        entry.send_at.astimezone(zone).date()
        for entry in plan(visit, shipped())
        if entry.leaves and entry.channels[0] is Channel.SMS and entry.step != "premed"
    ]

    assert max(map(days.count, days), default=0) <= 3


@LIMIT
@given(visits())
def test_nothing_leaves_before_it_was_promised(visit):
    for entry in plan(visit, shipped()):
        if entry.leaves:
            assert entry.send_at >= visit.promised_at, entry


@LIMIT
@given(visits())
def test_every_fold_is_carried_by_a_message_or_a_call(visit):
    entries = plan(visit, shipped())
    carriers = {
        name
        for entry in entries
        if entry.outcome in (EntryOutcome.SEND, EntryOutcome.TASK)
        for name in (entry.step, "/".join(entry.key))
    }

    assert {entry.into for entry in entries if entry.outcome is EntryOutcome.FOLD} <= carriers


@LIMIT
@given(visits())
def test_no_preparation_is_lost_without_a_person_hearing_of_it(visit):
    for entry in plan(visit, shipped()):
        if entry.preparation and entry.audience is Audience.PATIENT:
            assert entry.outcome is not EntryOutcome.DROP, entry


@settings(max_examples=400, deadline=None)
@given(PLACES, st.data())
def test_a_wall_time_is_that_time_or_the_first_moment_after_a_gap(zone, data):
    day = data.draw(st.sampled_from(changes(zone) or (date(2027, 6, 1),)))
    minute = data.draw(st.integers(0, 1439))
    shown = datetime.combine(day, time(minute // 60, minute % 60))
    place = ZoneInfo(zone)

    instant = wall(shown.date(), shown.time(), zone)

    local = instant.astimezone(place).replace(tzinfo=None)
    earlier = (instant - timedelta(seconds=1)).astimezone(place).replace(tzinfo=None)
    assert local >= shown
    assert earlier < shown


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_plans_around_each_of_its_clock_changes(zone):
    for day in changes(zone) or (date(2027, 6, 1),):
        visit = InjectionFacts(
            start=wall(day, time(11), zone),
            zone=zone,
            promised_at=wall(day - timedelta(days=20), time(12), zone),
            side=Side.LEFT,
            intent=Intent.DIAGNOSTIC,
        )
        walls = {
            entry.step: f"{entry.send_at.astimezone(ZoneInfo(zone)):%d %H:%M}"
            for entry in plan(visit, shipped())
            if entry.leaves
        }
        assert walls["confirm"] == f"{day - timedelta(days=3):%d} 10:00"
        assert walls["day_before"] == f"{day - timedelta(days=1):%d} 16:00"
        assert walls["morning"] == f"{day:%d} 08:00"


def test_a_skipped_time_is_the_first_minute_after_the_gap():
    instant = wall(date(2027, 3, 14), time(2, 30), "America/New_York")

    assert instant == datetime(2027, 3, 14, 7, tzinfo=UTC)


def test_a_doubled_time_is_its_first_occurrence():
    instant = wall(date(2026, 11, 1), time(1, 30), "America/New_York")

    assert instant == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_midnight_that_clocks_skip_is_the_first_moment_of_the_day():
    instant = midnight_after(datetime(2026, 9, 5, 20, tzinfo=UTC), "America/Santiago")

    assert f"{instant.astimezone(ZoneInfo('America/Santiago')):%d %H:%M}" == "06 01:00"


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-09-24T07:59", "2026-09-24T08:00"),
        ("2026-09-24T08:00", "2026-09-24T08:00"),
        ("2026-09-24T20:45", "2026-09-24T20:45"),
        ("2026-09-24T20:46", "2026-09-25T08:00"),
    ],
)
def test_people_are_awake_from_eight_to_a_quarter_to_nine(now, opening):
    place = ZoneInfo("Europe/Berlin")
    moment = datetime.fromisoformat(now).replace(tzinfo=place)

    opens = next_waking(moment, "Europe/Berlin", *WAKING)

    assert opens == datetime.fromisoformat(opening).replace(tzinfo=place)
    assert waking(moment, "Europe/Berlin", *WAKING) is (opens == moment)
