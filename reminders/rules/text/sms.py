"""What a text costs on the air: alphabets, septets and parts (3GPP TS 23.038)."""

from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")

# One curly quote would turn 160 characters into 70.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u2003\u2002\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad", ""),
        "…": "...",
        "•": "-",
    }
)

ONE_PART = 160


class Encoding(StrEnum):
    GSM7 = "gsm7"
    UCS2 = "ucs2"


# (alone, per part of several, per part of several from a US toll-free number)
_ROOM = {Encoding.GSM7: (160, 153, 152), Encoding.UCS2: (70, 67, 66)}


def normalise(text: str) -> str:
    """The same words with typewriter quotes, dashes and spaces."""
    return text.translate(_PLAIN)


def encoding(text: str) -> Encoding:
    """UCS-2 as soon as one character is outside the GSM alphabet."""
    return Encoding.GSM7 if _BASIC.issuperset(set(text) - _EXTENDED) else Encoding.UCS2


def units(text: str) -> int:
    """Septets in GSM-7 (the extension table costs two), else 16-bit units."""
    return sum(_costs(text))


def segments(text: str, *, toll_free: bool = False) -> int:
    """How many parts the carrier bills; a character is never cut in two. Empty text is one part."""
    alone, several, toll_free_room = _ROOM[encoding(text)]
    costs = _costs(text)
    if sum(costs) <= alone:
        return 1
    room = toll_free_room if toll_free else several
    parts, used = 1, 0
    for cost in costs:
        if used + cost > room:
            parts, used = parts + 1, 0
        used += cost
    return parts


def fits(text: str) -> bool:
    """Whether the text is one GSM-7 part."""
    if encoding(text) is not Encoding.GSM7:
        return False
    return len(text) + sum(map(text.count, _EXTENDED)) <= ONE_PART


def fit(text: str, fallback: str) -> str:
    """The normalised text if it is one part, else the short one that only links."""
    plain = normalise(text)
    return plain if fits(plain) else normalise(fallback)


def _costs(text: str) -> list[int]:
    if encoding(text) is Encoding.GSM7:
        return [2 if character in _EXTENDED else 1 for character in text]
    return [2 if ord(character) > 0xFFFF else 1 for character in text]
