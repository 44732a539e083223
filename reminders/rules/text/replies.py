"""What a patient's text means. Pure: who wrote, and what was asked, is for others to know."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from reminders.rules.text.warning_signs import Vocabulary
from scheduling.rules.procedure import Word


class Meaning(Word):
    """`unclear_score` has a number in it but not one we may use: ask again."""

    STOP = "stop"
    WRONG_NUMBER = "wrong_number"
    START = "start"
    HELP = "help"
    RED_FLAG = "red_flag"
    CONFIRM = "confirm"
    CHANGE = "change"
    SCORE = "score"
    UNCLEAR_SCORE = "unclear_score"
    PICTURE = "picture"
    REACTION = "reaction"
    OTHER = "other"


class AnswerText(Word):
    """The texts that answer a patient, by their keys among the texts of a protocol.

    `NEW_LINK` answers a patient who asked by telephone, by text or by e-mail.
    """

    CONFIRMED = "confirmed"
    CHANGE_WANTED = "change_wanted"
    SCORE_SAVED = "score_saved"
    LAST_SCORE_SAVED = "last_score_saved"
    NOT_UNDERSTOOD = "not_understood"
    CHECK_IN_LINK = "check_in_link"
    LINK_ONLY = "link_only"
    NOT_READ_LIVE = "not_read_live"
    FALL_SAFETY = "fall_safety"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opt_in"
    HELP = "help"
    NEW_LINK = "new_link"


@dataclass(frozen=True, slots=True)
class Reply:
    """`signs` are the warning signs found, whatever else the text means.

    `may_mean_visit`: an opt-out such as CANCEL that may be about the visit, so a person must phone.
    `says_more`: beside an opt-out there are words that mean something else.
    """

    meaning: Meaning
    score: int | None = None
    signs: tuple[str, ...] = ()
    may_mean_visit: bool = False
    says_more: bool = False


def _words(spaced: str) -> frozenset[str]:
    return frozenset(spaced.split())


STOP_WORDS = _words("stop stopall unsubscribe cancel end quit revoke optout remove arret td")
START_WORDS = _words("start unstop yes")
HELP_WORDS = _words("help info")
CONFIRM_WORDS = _words("c confirm confirmed")
CHANGE_WORDS = _words("r change reschedule")

_COURTESY = _words(
    "please pls plz thanks thank you now all texts text texting messages messaging message msgs "
    "msg sending me these this the it to from my number phone list off any more and i want d would "
    "like im am"
)
_STOP_PHRASES = re.compile(
    r"\b(opt (me )?out|(do not|dont) (text|message|contact)|no more (texts?|messages?)"
    r"|no more (reminders?|notifications?|contact)"
    r"|stop (texting|messaging|sending|contacting|writing|reminding|notifying|bothering|calling)"
    r"|stop all"
    r"|take me off|(remove|delete) (me|my number)"
    r"|leave me alone|unsubscribe)\b"
)
_WRONG_NUMBER = re.compile(r"\b(wrong (number|person|phone)|not my (appointment|visit|number))\b")
# "STOP I hate this" is an opt-out; "stop taking my pills" is about something else.
_STRONG = _words("stop stopall unsubscribe revoke optout")
_ELSEWHERE = re.compile(r"\b(eat|drink|tak|med|pill|drug|visit|app|book|driv|work|smok|dose)")
_VISIT = re.compile(r"\b(appointment|appt|visit|booking)\b")

_CLAUSE_END = re.compile(r"[.!?,;:\n]+")
# What a telephone writes before the text that its owner reacts to, if it is not a picture alone.
_REACTION = _words(
    "liked loved disliked laughed emphasized emphasised questioned reacted removed added a an at "
    "to from with like heart exclamation question mark laugh le gusta encanta dio risa aime adore "
    "mi piace"
)
_QUOTED = re.compile(
    r"""(?P<before>[^"“”„«»]{0,60})["“„«](?P<said>[^"“”«»]+)"""
    r"""(?:["”“»]|\.\.\.$|…$)(?P<after>.*)""",
    re.DOTALL,
)

_DIGITS = "zero one two three four five six seven eight nine ten"
_NUMBERS = {word: number for number, word in enumerate(_DIGITS.split())}
_SCORE = re.compile(r"(\d{1,2})( ?(/|out of) ?10)?")
_SIGNED = re.compile(r"[-−–+.,~<>≤≥]\s*\d|\d\s*[-−–+%°]|\d[.,]\d")
_SCORE_COURTESY = re.compile(
    r"^((my )?(pain|score|number)( now)?( is|s)?( a| at)?|(it|thats?)( is|s)( a| at)?|its( a| at)?"
    r"|i am( a| at)?|im( a| at)?|about right now) (?=\S)"
    r"|( now| right now| please| thanks| thank you)$"
)


def parse(text: str, vocabulary: Vocabulary, ours: Collection[str] = ()) -> Reply:
    """The meaning of an inbound text; case, spacing and punctuation do not matter.

    `ours` are the beginnings of our own texts: a telephone that reacts to one sends it back in
    quotation marks, and what it quotes are not the sender's words.
    """
    around = _around_our_own(text, ours)
    if around:
        if _is_reaction(*around):
            return Reply(Meaning.REACTION)
        text = " ".join(around)
    bare = plain(text)
    signs = vocabulary.signs_in(bare)
    words = bare.replace("/", " ").split()
    if _WRONG_NUMBER.search(bare):
        return Reply(Meaning.WRONG_NUMBER, signs=signs)
    if _is_stop(text, bare, words):
        more = bool(set(_STOP_PHRASES.sub(" ", bare).split()) - _COURTESY - STOP_WORDS)
        return Reply(Meaning.STOP, None, signs, may_mean_visit="cancel" in words, says_more=more)
    if signs:
        return Reply(Meaning.RED_FLAG, signs=signs)
    return _keyword(bare, words) or _number(text, bare)


def plain(text: str) -> str:
    """Lower case, without accents, apostrophes and punctuation; hyphens in words are dropped."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in folded if not unicodedata.combining(c))
    bare = re.sub(r"['’`´]", "", bare)
    bare = re.sub(r"\bopt[\s_-]*out\b", "optout", bare)
    return " ".join(re.sub(r"[^\w/]+|_", " ", bare).split())


def _around_our_own(text: str, ours: Collection[str]) -> tuple[str, str] | None:
    """What stands before and after one of our texts in quotation marks, whole or cut off."""
    quoted = _QUOTED.fullmatch(text.strip())
    said = plain(quoted["said"]) if quoted else ""
    if quoted and any(said.startswith(plain(beginning)) for beginning in ours):
        return quoted["before"], quoted["after"]
    return None


def _is_reaction(before: str, after: str) -> bool:
    """Whether a telephone has written this, and not its owner."""
    return not plain(after) and _REACTION.issuperset(plain(before).split())


def _is_stop(text: str, bare: str, words: list[str]) -> bool:
    """An opt-out word with nothing but courtesy around it, or a sentence of that meaning.

    One part of the text is enough: "STOP! This is my work number".
    """
    if _STOP_PHRASES.search(bare):
        return True
    if words and words[0] in _STRONG and not _ELSEWHERE.search(bare):
        return True
    return any(_is_opt_out(plain(part).split()) for part in _CLAUSE_END.split(text))


def _is_opt_out(words: list[str]) -> bool:
    said = [word for word in words if word not in _COURTESY]
    return bool(said) and all(word in STOP_WORDS for word in said)


def _keyword(bare: str, words: list[str]) -> Reply | None:
    said = {word for word in words if word not in _COURTESY}
    for vocabulary, meaning in (
        (START_WORDS, Meaning.START),
        (HELP_WORDS, Meaning.HELP),
        (CONFIRM_WORDS, Meaning.CONFIRM),
        (CHANGE_WORDS, Meaning.CHANGE),
    ):
        if said and said <= vocabulary:
            return Reply(meaning)
    about_visit = _VISIT.search(bare) and said & (STOP_WORDS | CHANGE_WORDS | {"move"})
    return Reply(Meaning.CHANGE) if about_visit else None


def _number(text: str, whole: str) -> Reply:
    """One whole number from 0 to 10, as digits, `n/10` or a word; anything more is unclear."""
    bare = whole
    while (shorter := _SCORE_COURTESY.sub("", bare)) != bare:
        bare = shorter
    spoken = re.sub(r"[a-z]+", lambda word: str(_NUMBERS.get(word[0], word[0])), bare)
    match = _SCORE.fullmatch(spoken)
    signed = _SIGNED.search(unicodedata.normalize("NFKC", text))
    if match and not signed and int(match[1]) <= 10:
        return Reply(Meaning.SCORE, score=int(match[1]))
    numbers = re.search(r"\d", spoken) or any(word in _NUMBERS for word in whole.split())
    return Reply(Meaning.UNCLEAR_SCORE if numbers else Meaning.OTHER)
