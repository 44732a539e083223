"""Diaries for tests: a completed injection with its check-ins, and answers to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from reminders import protocols
from reminders.followup import slots, surveys
from reminders.messaging.content import links
from reminders.messaging.planning.facts import facts_by_injection
from reminders.models import (
    AnswerChannel,
    Context,
    EnteredBy,
    Link,
    LinkPurpose,
    Preparation,
    Reading,
    Survey,
)
from scheduling import bookings
from scheduling.bookings import JointFacts
from scheduling.models import Injection
from scheduling.rules.procedure import Side
from tests import world

T0 = world.local("2026-03-16 09:20")
BIRTH = {"month": "4", "day": "12", "year": "1960"}


def at(hours: float) -> datetime:
    """So many hours after T0."""
    return T0 + timedelta(minutes=round(60 * hours))


def a_diary(
    *,
    baseline: int | Mapping[Side, int] | None = 7,
    agents: Any = (world.BUPIVACAINE,),
    side: Side = Side.LEFT,
    index_activity: str = "getting up from a chair",
    **ordered: Any,
) -> Injection:
    """An injection completed at T0 with its diary laid out; the needle was in the joint."""
    injection = world.a_booking(start=world.START, side=side, **ordered)
    given = baseline if isinstance(baseline, Mapping) else dict.fromkeys(side.joints, baseline)
    bookings.complete(
        injection=injection,
        t0=T0,
        side=side,
        agents=agents,
        joints=[
            JointFacts(
                joint,
                given[joint],
                baseline_at=T0 - timedelta(minutes=15),
                index_activity=index_activity,
                intra_articular=True,
            )
            for joint in side.joints
        ],
        by=None,
        at=at(0.1),
    )
    return laid_out(injection)


def laid_out(injection: Injection, now: datetime | None = None) -> Injection:
    """Fix the protocol and make the survey rows agree with it, as the outbox does."""
    now = now or at(0.1)
    version = protocols.current(now)
    Preparation.objects.get_or_create(injection=injection, defaults={"protocol": version})
    facts = facts_by_injection([injection.pk])[injection.pk]
    slots.update_surveys(injection, facts=facts, protocol=slots.protocol_of(injection), at=now)
    return injection


def slot(injection: Injection, name: str) -> Survey:
    return Survey.objects.get(injection=injection, slot=name)


def answered(
    injection: Injection, name: str, *scores: int, now: datetime | None = None, **facts: Any
) -> list[Reading]:
    """One slot answered at its due time, while moving, through the link; scores left then right."""
    survey = slot(injection, name)
    now = now or survey.due_at
    sides = injection.effective_side.joints
    known = {
        "context": Context.MOVEMENT,
        "activity_done": True,
        "observed_at": now,
        "channel": AnswerChannel.LINK,
        "entered_by": EnteredBy.PATIENT,
        "by": None,
        "at": now,
    }
    return surveys.answer(
        survey=survey, scores=dict(zip(sides, scores, strict=False)), **(known | facts)
    )


def scored(injection: Injection, minute: int, *scores: int, **facts: Any) -> list[Reading]:
    """Scores at any minute after T0, each under a slot of its own."""
    survey, _ = Survey.objects.get_or_create(
        injection=injection,
        slot=f"at{minute}",
        defaults={
            "due_at": T0 + timedelta(minutes=minute),
            "tolerance": timedelta(minutes=10),
            "closes_at": T0 + timedelta(minutes=minute + 10),
        },
    )
    return answered(injection, survey.slot, *scores, **facts)


def a_link(
    injection: Injection,
    slot: str = "",
    *,
    purpose: LinkPurpose | None = None,
    token: str = "A" * 22,
    expires_at: datetime | None = None,
    **fields: Any,
) -> str:
    """A link of this injection and its token; one for a slot leads to the questions."""
    Link.objects.create(
        token_sha256=links.digest(token),
        purpose=purpose or (LinkPurpose.SURVEY if slot else LinkPurpose.PREPARE),
        injection=injection,
        slot=slot,
        created_at=world.NOW,
        expires_at=expires_at or at(24 * 365),
        **fields,
    )
    return token


def opened(token: str, birth: Mapping[str, str] = BIRTH) -> Client:
    """A browser in which the link was opened with the birth date."""
    browser = Client()
    response = browser.post(f"/p/{token}/open", birth)
    assert response.status_code == 302, response.content.decode()
    return browser
