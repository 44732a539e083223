"""What a text costs on the air: alphabets and septets (3GPP TS 23.038)."""

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


def normalise(text: str) -> str:
    """The same words with typewriter quotes, dashes and spaces."""
    return text.translate(_PLAIN)


def encoding(text: str) -> Encoding:
    """UCS-2 as soon as one character is outside the GSM alphabet."""
    return Encoding.GSM7 if _BASIC.issuperset(set(text) - _EXTENDED) else Encoding.UCS2


def units(text: str) -> int:
    """Septets in GSM-7 (the extension table costs two), else 16-bit units."""
    return sum(_costs(text))


def fits(text: str) -> bool:
    """Whether the text is one GSM-7 part."""
    if encoding(text) is not Encoding.GSM7:
        return False
    return len(text) + sum(map(text.count, _EXTENDED)) <= ONE_PART


def _costs(text: str) -> list[int]:
    if encoding(text) is Encoding.GSM7:
        return [2 if character in _EXTENDED else 1 for character in text]
    return [2 if ord(character) > 0xFFFF else 1 for character in text]
