"""Approved protocols, as rows and as the rules read them."""

import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

import structlog
from django.db import transaction

from reminders.models import Preparation, ProtocolTexts, ProtocolVersion
from reminders.protocols.reading import SHIPPED, protocol_from, text_files
from reminders.protocols.upgrades import upgraded, upgraded_texts
from reminders.rules.policy import Policy
from reminders.rules.protocol import Protocol

log = structlog.get_logger(__name__)


@transaction.atomic
def current(at: datetime) -> ProtocolVersion:
    """The version for injections that have none yet: the shipped one, stored when first used.

    What is stored stands: a shipped file that changed, or a language that came, without a new
    version number is not taken.
    """
    document = SHIPPED.read_text(encoding="utf-8")
    version, new = ProtocolVersion.objects.get_or_create(
        version=tomllib.loads(document)["version"],
        defaults={
            "document": document,
            "approved_by": "Shipped with Blockwise",
            "approved_at": at,
        },
    )
    if new:
        ProtocolTexts.objects.bulk_create(_shipped_texts(version))
    elif version.document != document:
        log.warning("protocol_changed_without_new_version", version=version.version)
    return version


def _shipped_texts(version: ProtocolVersion) -> Iterator[ProtocolTexts]:
    for path in text_files(SHIPPED):
        document = path.read_text(encoding="utf-8")
        language = tomllib.loads(document)["language"]
        yield ProtocolTexts(version=version, language=language, document=document)


@lru_cache(maxsize=64)
def by_id(version_id: int) -> Protocol:
    """The version of this key as the rules read it; read once a process, for it never changes."""
    row = ProtocolVersion.objects.get(pk=version_id)
    texts = {str(each): upgraded_texts(tomllib.loads(each.document)) for each in row.texts.all()}
    return protocol_from(upgraded(tomllib.loads(row.document)), texts, row.version)


def by_injection(injection_ids: Iterable[int]) -> dict[int, Protocol]:
    """The protocol each injection is prepared under; injections never prepared are left out."""
    rows = Preparation.objects.filter(injection_id__in=list(injection_ids))
    return {
        injection_id: by_id(version_id)
        for injection_id, version_id in rows.values_list("injection_id", "protocol_id")
    }


@lru_cache(maxsize=4096)
def facility_policy(version_id: int, overrides: str) -> Policy:
    """A version's policy with a location's own values, given as JSON; bad ones are ValueErrors."""
    return by_id(version_id).policy.but(json.loads(overrides))
