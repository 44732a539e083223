"""What `manage.py pathway` may be asked to run, and how it refuses what makes no sense."""

import io

import pytest
from django.core.management import CommandError, call_command

from clinic.demo.pathway.options import read_options
from scheduling.rules.procedure import Drug, Side

SAID = {
    "side": "left",
    "baseline": ["left=7"],
    "agent": ["bupivacaine"],
    "score": [],
    "late": False,
    "stop_at": None,
    "cancel": False,
    "move": False,
    "hold": False,
    "sedated": False,
    "abort": False,
    "red_flag": None,
}
BOTH = {"side": "bilateral", "baseline": ["left=8", "right=6"]}


def test_the_options_read_scores_in_order_of_time():
    chosen = read_options(SAID | {"score": ["2h=4", "0.5h=1"]})

    assert chosen.scores == ((30, {Side.LEFT: 1}), (120, {Side.LEFT: 4}))
    assert [agent.drug for agent in chosen.agents] == [Drug.BUPIVACAINE]
    assert not chosen.by_link


def test_two_joints_are_answered_together():
    chosen = read_options(SAID | BOTH | {"score": ["left@1h=1", "right@1h=5"]})

    assert chosen.scores == ((60, {Side.LEFT: 1, Side.RIGHT: 5}),)
    assert chosen.by_link


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"side": None}, "--side is missing"),
        ({"side": "middle"}, "--side: 'middle' is no side"),
        ({"baseline": []}, "--baseline is missing for the left joint"),
        ({"baseline": ["left=11"]}, "--baseline: '11' is no score"),
        ({"baseline": ["left=7", "left=8"]}, "given twice"),
        ({"baseline": ["left=7", "right=8"]}, "the right joint is not injected"),
        ({"agent": []}, "--agent needs a local anaesthetic"),
        ({"agent": ["methylprednisolone"]}, "--agent needs a local anaesthetic"),
        ({"agent": ["water"]}, "--agent: 'water' is no drug"),
        ({"score": ["1h=11"]}, "--score: '11' is no score"),
        ({"score": ["soon=1"]}, "--score: 'soon' is no time"),
        ({"score": ["5min=1"]}, "fits no check-in"),
        ({"score": ["12h=1"]}, "fits no check-in"),
        ({"score": ["1h=slept"]}, "plain numbers"),
        ({"score": ["1h=1", "60min=2"]}, "comes twice"),
        ({"score": ["right@1h=1"]}, "right was not injected"),
        (BOTH | {"score": ["left@1h=1"]}, "the right joint is missing"),
        (BOTH | {"score": ["1h=1"]}, "names no joint"),
        ({"cancel": True, "score": ["1h=1"]}, "leave out --score"),
        ({"abort": True, "score": ["1h=1"]}, "leave out --score"),
        ({"cancel": True, "red_flag": "fever"}, "leave out --abort and --red-flag"),
        ({"cancel": True, "stop_at": "1h"}, "leave out --stop-at"),
        ({"late": True}, "--late needs scores"),
        ({"late": True, "score": ["24h=1"]}, "--late is for the first day"),
        ({"stop_at": "never"}, "--stop-at: 'never' is no time"),
        ({"stop_at": "9h"}, "--stop-at: use a time within 8 hours"),
    ],
)
def test_a_bad_script_says_what_is_wrong_and_how_to_mend_it(said, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_options(SAID | said)


def test_the_command_refuses_a_bad_script_before_it_starts_anything():
    with pytest.raises(CommandError, match="--side is missing"):
        call_command("pathway")


@pytest.mark.parametrize("command", ["pathway", "demo"])
def test_production_plays_no_pathway(settings, command):
    settings.DEMO = False

    with pytest.raises(CommandError, match="demo mode only"):
        call_command(command)


def test_help_teaches_with_examples(capsys):
    with pytest.raises(SystemExit):
        call_command("pathway", "--help", stdout=io.StringIO())

    assert "manage.py pathway --side left --baseline left=7" in capsys.readouterr().out
