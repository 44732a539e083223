"""The picture of a diary: what is drawn, and what is left open."""

import re
from xml.etree import ElementTree

import pytest

from reminders.followup.chart import Dot, Panel, describe, svg, traces

LEFT = Panel(
    title="Left joint",
    baseline=7,
    baseline_minute=-15,
    dots=(Dot(30, 1), Dot(60, 1), Dot(120, 2, movement=False), Dot(10080, 3)),
    core=(30, 240),
    outer=(15, 480),
    analgesics=(300,),
    steroid=True,
)


def test_readings_are_joined_only_across_two_hours():
    dots = [Dot(minute, 1) for minute in (30, 60, 180, 301, 360)]

    runs = [[dot.minute for dot in run] for run in traces(dots)]

    assert runs == [[30, 60, 180], [301, 360]]


def test_what_does_not_count_is_never_joined():
    dots = [Dot(30, 1), Dot(60, 9, counted=False), Dot(120, 2)]

    assert [[dot.minute for dot in run] for run in traces(dots)] == [[30, 120]]


def test_days_are_never_joined_to_hours():
    runs = traces([Dot(60, 1), Dot(1440, 5), Dot(1500, 5)])

    assert [[d.minute for d in run] for run in runs] == [[60]]


def test_no_scores_make_no_line():
    assert list(traces([])) == []


def test_the_picture_is_well_formed_and_describes_itself():
    root = ElementTree.fromstring(svg([LEFT]))  # noqa: S314

    assert root.get("role") == "img"
    said = {child.tag.rpartition("}")[2]: child.text for child in root}
    assert said["title"].startswith("Pain score")
    assert said["desc"] == "Left joint: baseline 7, 4 scores from 1 to 3."


def test_the_same_diary_draws_the_same_picture():
    assert svg([LEFT]) == svg([LEFT])


def test_each_joint_has_its_own_panel():
    right = Panel("Right joint", 6, None, (Dot(60, 5),))

    drawn = svg([LEFT, right])

    assert "Left joint</text>" in drawn
    assert "Right joint</text>" in drawn


def test_colours_follow_the_readers_theme_and_plain_ones_stay_plain():
    themed, plain = svg([LEFT]), svg([LEFT], themed=False)

    assert "prefers-color-scheme:dark" in themed
    assert "var(--trace)" in themed
    assert "var(--" not in plain


@pytest.mark.parametrize("baseline", [None, 0])
def test_without_a_baseline_there_are_no_lines_of_relief(baseline):
    drawn = svg([Panel("Left joint", baseline, None, (Dot(60, 5),))])

    assert "50 %" not in drawn


def test_nothing_in_the_picture_runs_or_loads():
    assert not re.search(r"<script|<image|xlink:href=\"http|url\(http", svg([LEFT]))


def test_an_empty_diary_says_so():
    assert describe(Panel("Left joint", 7, None, ())) == "Left joint: no scores yet."
