"""What patients mean by what they text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.protocols.warning_signs import shipped
from reminders.rules.text import replies
from reminders.rules.text.replies import Meaning, Reply


def parse(text: str, *ours: str) -> Reply:
    return replies.parse(text, shipped(), ours)


WORDS = dict(zero=0, one=1, two=2, three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10)
STOPS = [
    *[
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "OPT-OUT",
        "REMOVE",
        "ARRET",
        "TD",
    ],
    "stop",
    " Stop. ",
    "STOP PLEASE",
    "please stop",
    "Stop!!!",
    "opt out",
    "Opt me out",
    "ARRÊT",
    "stop texting me",
    "stop all messages",
    "don't text me",
    "Do not contact me again",
    "no more texts",
    "take me off your list",
    "remove me",
    "I want to stop",
    "STOP I hate this",
    "stop, thank you",
    "leave me alone",
    "End now",
    "Please stop contacting me",
    "STOP! This is my work number",
    "No more reminders",
    "Please stop, he passed away",
    "Stop. I booked elsewhere",
]


@pytest.mark.parametrize("text", STOPS)
def test_every_word_of_that_meaning_opts_out(text):
    assert parse(text).meaning is Meaning.STOP


@pytest.mark.parametrize("text", ["CANCEL", "cancel", "Cancel please"])
def test_cancel_opts_out_and_may_mean_the_visit(text):
    assert parse(text) == Reply(Meaning.STOP, may_mean_visit=True)


def test_other_opt_outs_are_only_about_texts():
    assert not parse("STOP").may_mean_visit


@pytest.mark.parametrize(
    "text",
    [
        "when should I stop eating?",
        "Stop eating at midnight?",
        "stop taking my pills?",
        "I quit smoking",
        "the noise won't stop",
    ],
)
def test_a_question_with_such_a_word_is_no_opt_out(text):
    assert parse(text).meaning is Meaning.OTHER


@pytest.mark.parametrize("text", ["START", "start", "UNSTOP", "Yes", "yes!"])
def test_start_opts_in(text):
    assert parse(text).meaning is Meaning.START


@pytest.mark.parametrize("text", ["HELP", "help?", "Info", "help please"])
def test_help_asks_for_help(text):
    assert parse(text).meaning is Meaning.HELP


@pytest.mark.parametrize("text", ["C", "c", " c. ", "C!", "C please", "confirm", "Confirmed"])
def test_c_confirms(text):
    assert parse(text).meaning is Meaning.CONFIRM


@pytest.mark.parametrize(
    "text",
    ["R", "r", "R.", "Reschedule", "change", "cancel my appointment", "please move my visit"],
)
def test_r_asks_for_a_change(text):
    assert parse(text).meaning is Meaning.CHANGE


@pytest.mark.parametrize("score", range(11))
def test_every_score_is_read_as_digits(score):
    assert parse(str(score)) == Reply(Meaning.SCORE, score=score)


@pytest.mark.parametrize("score", range(11))
def test_every_score_is_read_out_of_ten(score):
    assert parse(f"{score}/10") == Reply(Meaning.SCORE, score=score)


@pytest.mark.parametrize(
    ("word", "score"),
    list(WORDS.items()),
)
def test_every_score_is_read_as_a_word(word, score):
    assert parse(word.title()) == Reply(Meaning.SCORE, score=score)


@pytest.mark.parametrize(
    "text",
    [
        "7",
        " 7 ",
        "7!",
        "7.",
        "7?",
        "07",
        "7 / 10",
        "7 out of 10",
        "seven/10",
        "SEVEN",
        "７",
        "my pain is 7",
        "it's a 7",
        "pain 7",
        "7 now",
        "I'm at 7",
        "7 please",
        "7 😀",
        '"7"',
    ],
)
def test_a_single_score_is_read_however_it_is_dressed(text):
    assert parse(text) == Reply(Meaning.SCORE, score=7)


@pytest.mark.parametrize(
    "text",
    [
        "7 or 8",
        "7-8",
        "7 to 8",
        "11",
        "-1",
        "1 0",
        "100",
        "7.5",
        "7,5",
        "7/11",
        "seven or eight",
        "-7",
        "+5",
        "~6",
        "<3",
        "\u22643",
        "70%",
        "7 8",
        "minus one",
        "between 3 and 4",
        "12/10",
        "left 7 right 3",
        "eleven 11",
        "6½",
    ],
)
def test_what_is_not_one_score_is_asked_again(text):
    assert parse(text) == Reply(Meaning.UNCLEAR_SCORE)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("I have a fever", "fever"),
        ("chills all night", "fever"),
        ("my leg is so weak", "weak"),
        ("leg gave out", "weak"),
        ("I can't walk", "cannot_move"),
        ("numb between my legs", "numb"),
        ("can't control my bladder", "bladder_or_bowel"),
        ("I can not pee", "bladder_or_bowel"),
        ("terrible headache", "headache"),
        ("my neck is stiff", "headache"),
        ("hard to breathe", "breathing"),
        ("Chest pain", "chest"),
        ("hives everywhere", "allergy"),
        ("my face is swollen", "allergy"),
        ("I fainted", "faint"),
        ("passed out", "faint"),
        ("there is pus", "infection"),
        ("spreading redness", "infection"),
        ("should I call 911", "emergency"),
    ],
)
def test_warning_words_are_noticed(text, flag):
    reply = parse(text)

    assert reply.meaning is Meaning.RED_FLAG
    assert flag in reply.signs


def test_a_warning_beside_a_score_outweighs_the_score():
    assert parse("8 and my leg is numb") == Reply(Meaning.RED_FLAG, signs=("numb",))


def test_a_warning_beside_stop_is_noticed_and_still_opts_out():
    reply = parse("STOP! I can't breathe")

    assert reply.meaning is Meaning.STOP
    assert reply.signs == ("breathing",)


@pytest.mark.parametrize("text", ["wrong number", "You have the wrong person"])
def test_a_wrong_number_is_told_apart_and_raises_no_alarm(text):
    assert parse(text) == Reply(Meaning.WRONG_NUMBER)


@pytest.mark.parametrize("text", ["", "   ", "hello", "thank you", "👍", "no", "?", "who is this"])
def test_anything_else_is_for_staff(text):
    assert parse(text).meaning is Meaning.OTHER


@given(st.text(max_size=200))
def test_any_text_has_a_meaning_and_only_a_score_has_a_score(text):
    reply = parse(text)

    assert (reply.score is not None) is (reply.meaning is Meaning.SCORE)
    assert reply.score is None or 0 <= reply.score <= 10


@given(st.sampled_from(STOPS), st.sampled_from(["", " ", ".", "!", "\n"]))
def test_case_space_and_punctuation_do_not_matter(text, tail):
    assert parse(f"{tail}{text.upper()}{tail}").meaning is Meaning.STOP
    assert parse(f"{tail}{text.lower()}{tail}").meaning is Meaning.STOP
