"""How many years of school a text asks for (Flesch-Kincaid), with our own count of syllables."""

import re

_SENTENCE = re.compile(r"[.!?]+(?=\s|$)|[:;](?=\s)|\n+")
_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|\d[\d:./-]*")
_GROUP = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """US school grade; 0 for a text without words. Links and numbers count as short words."""
    plain = re.sub(r"https?://\S+", "link", text)
    words = _WORD.findall(plain)
    if not words:
        return 0.0
    sentences = sum(1 for part in _SENTENCE.split(plain) if _WORD.search(part))
    syllables = sum(map(_syllables, words))
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    """Groups of vowels, less the silent endings; capitals of an abbreviation are spoken apart."""
    if word[0].isdigit():
        return 1
    if word.isupper() and len(word) <= 3:
        return len(word)
    return sum(_one(part) for part in re.split("['-]", word.lower()) if part)


def _one(part: str) -> int:
    count = len(_GROUP.findall(part))
    silent_e = part.endswith("e") and not re.search(r"([aeiouy]|[^aeiouy]l)e$", part)
    silent_ed = re.search(r"[^aeioudty]ed$", part)
    silent_es = re.search(r"[^aeiouycsxzg]es$|[^aeiouy]les$", part) and not part.endswith("les")
    split = len(re.findall(r"ia|io(?!n|us)|eo|[aeiou]ing$|uou", part))
    return max(1, count - bool(silent_e) - bool(silent_ed) - bool(silent_es) + split)
