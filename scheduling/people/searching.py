"""Find a patient by what the caller knows: names, birth date, MRN, or the end of a phone number."""

import re
from datetime import date, datetime

from django.db.models import Q, QuerySet

from scheduling.models import ContactPoint, Patient
from scheduling.people.patients import likely_same

NOTATIONS = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y%m%d",
    "%b %d %Y",
    "%B %d %Y",
    "%d %b %Y",
    "%d %B %Y",
)
ENOUGH = 20
EVERYBODY = Q()


def search(text: str, among: Q = EVERYBODY, limit: int = ENOUGH) -> QuerySet[Patient]:
    """Patients for which every word of `text` fits something; none for an empty text."""
    words = text.replace(",", " ").split()
    born, words = _birth_date(words)
    if not (words or born):
        return Patient.objects.none()
    found = Patient.objects.filter(among, **({"birth_date": born} if born else {}))
    for each in words:
        found = found.filter(_fits(each))
    return found[:limit]


def identified(text: str) -> QuerySet[Patient]:
    """Whom `text` names as their papers do: by record number, or by full name and birth date.

    Who can say that much knows the person; parts of it find nobody.
    """
    words = text.replace(",", " ").split()
    born, names = _birth_date(words)
    found = Patient.objects.filter(mrn__iexact=" ".join(words))
    if born is None:
        return found
    for length in range(1, len(names)):
        first, last = " ".join(names[:length]), " ".join(names[length:])
        found |= likely_same(family_name=first, given_name=last, birth_date=born)
    return found


def _birth_date(words: list[str]) -> tuple[date | None, list[str]]:
    """The first date among the words, and the words that are left."""
    for length in (1, 3):
        for start in range(len(words) - length + 1):
            found = _as_date(" ".join(words[start : start + length]))
            if found:
                return found, words[:start] + words[start + length :]
    return None, words


def _as_date(text: str) -> date | None:
    """A date in a notation that has four digits of year; two would be a guess."""
    for notation in NOTATIONS:
        try:
            return datetime.strptime(text, notation).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            continue
    return None


def _fits(word: str) -> Q:
    """Match a part of a name, an MRN, or the last digits (4 or more) of a telephone number."""
    found = Q(family_name__icontains=word) | Q(given_name__icontains=word) | Q(mrn__iexact=word)
    digits = re.sub(r"[()\-. +]", "", word)
    if digits.isdecimal() and len(digits) >= 4:
        contacts = ContactPoint.objects.filter(value__endswith=digits, active=True)
        found |= Q(pk__in=contacts.values("patient_id"))
    return found
