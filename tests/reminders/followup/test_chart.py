"""The picture of a diary: what is drawn, and what is left open."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from reminders.followup.chart import LAYOUTS, NARROW, WIDE, Dot, Panel, chart_of, describe, traces

DAY = 24 * 60
BANDS = ("core", "outer", "steroid")
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
    (joint,) = chart_of([Panel("Left joint", 7, None, (Dot(700, 1), Dot(730, 5)))]).joints

    assert [line.count(",") for line in (*joint.hours.lines, *joint.days.lines)] == [1]


def test_no_scores_make_no_line():
    assert list(traces([])) == []


def svg(panels: list[Panel], layout: str = "wide") -> str:
    return render_to_string("reminders/chart.svg", {"chart": chart_of(panels, LAYOUTS[layout])})


def drawn(panels: list[Panel], element: str, kind: str, layout: str = "wide") -> list[dict]:
    """The attributes of every element of this name and class."""
    root = ElementTree.fromstring(svg(panels, layout))  # noqa: S314
    found = root.iter(f"{{http://www.w3.org/2000/svg}}{element}")
    return [each.attrib for each in found if kind in each.get("class", "").split()]


def test_the_picture_is_well_formed_and_describes_itself():
    root = ElementTree.fromstring(svg([LEFT]))  # noqa: S314

    assert root.get("role") == "img"
    said = {child.tag.rpartition("}")[2]: child.text for child in root}
    assert said["title"].startswith("Pain score")
    assert said["desc"] == "Left joint: baseline 7, 4 scores from 1 to 3."


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_fact_is_drawn_once(layout):
    hollow = replace(LEFT, dots=(*LEFT.dots, Dot(180, 9, counted=False)))

    assert len(drawn([hollow], "use", "disc", layout)) == 4
    assert len(drawn([hollow], "use", "square", layout)) == 1
    assert len(drawn([hollow], "use", "hollow", layout)) == 1
    assert len(drawn([hollow], "use", "before", layout)) == 1
    assert len(drawn([hollow], "use", "analgesic", layout)) == 1
    assert [len(drawn([hollow], "rect", kind, layout)) for kind in BANDS] == [1, 1, 1]
    assert len(drawn([hollow], "polyline", "trace", layout)) == 1


@pytest.mark.parametrize("layout", [WIDE, NARROW])
@given(
    minute=st.integers(0, 400 * DAY),
    score=st.integers(0, 10),
    before=st.none() | st.integers(-9999, -1),
)
def test_nothing_is_drawn_outside_its_axes(layout, minute, score, before):
    panel = replace(LEFT, dots=(Dot(minute, score),), baseline_minute=before, core=(0, 9000))

    (joint,) = chart_of([panel], layout).joints

    for axes in (joint.hours, joint.days):
        area = axes.area
        places = [*axes.marks, *axes.ticks, *axes.levels]
        assert all(area.left <= each.x <= area.right for each in places)
        assert all(area.top <= each.y <= area.bottom for each in places)
        assert all(area.left <= each.x <= each.x + each.width <= area.right for each in axes.bands)
    assert area.bottom < layout.height
    assert area.right < layout.width


def test_later_and_worse_stand_further_right_and_higher():
    dots = (Dot(30, 1), Dot(60, 3), Dot(700, 5), Dot(DAY, 6), Dot(7 * DAY, 8), Dot(90 * DAY, 10))
    (joint,) = chart_of([replace(LEFT, dots=dots, baseline=None, analgesics=())]).joints

    marks = [*joint.hours.marks, *joint.days.marks]

    assert [each.x for each in marks] == sorted({each.x for each in marks})
    assert [each.y for each in marks] == sorted({each.y for each in marks}, reverse=True)


def test_each_joint_has_its_own_panel():
    right = Panel("Right joint", 6, None, (Dot(60, 5),))

    chart = chart_of([LEFT, right])

    assert [(each.title, each.top) for each in chart.joints] == [
        ("Left joint", 0),
        ("Right joint", 270),
    ]
    assert svg([LEFT, right]).count("joint</text>") == 2


@pytest.mark.parametrize("baseline", [None, 0])
def test_without_a_baseline_there_are_no_lines_of_relief(baseline):
    panel = Panel("Left joint", baseline, None, (Dot(60, 5),))

    assert "50 %" not in svg([panel])
    assert drawn([panel], "line", "level") == []


def test_nothing_in_the_picture_runs_or_loads():
    assert not re.search(r"<script|<image|xlink:href=\"http|url\(http", svg([LEFT]))


def test_a_title_cannot_break_the_picture():
    assert "&lt;b&gt;" in svg([replace(LEFT, title="<b>")])


def test_an_empty_diary_says_so():
    assert describe(Panel("Left joint", 7, None, ())) == "Left joint: no scores yet."
