"""One message about to leave: everything that decides about it, and everything it may say."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

from reminders.protocols import facility_policy
from reminders.rules.plan.eligibility import (
    Decision,
    MessageFacts,
    Route,
    decide,
    gives_way,
    wait,
)
from reminders.rules.policy import Policy
from reminders.rules.text.replies import AnswerText
from scheduling.rules.procedure import Channel, Purpose
from scheduling.sql import statement

log = structlog.get_logger(__name__)
BUG = "an error of ours, see the log"
AFTER_A_BUG = timedelta(minutes=1)  # until a message that could not be judged is looked at again

Limit = tuple[str, bool, bool]
"""An address, whether it is for texts of the diary, and whether for those that give way."""
NO_ROUTE = ("", "", 0, False)


class OutgoingMessage(NamedTuple):
    """The columns of facts.sql, then the route once it has been decided. Times are aware.

    `attempts_made` counts the claim that this is read for, and names it. `made_for` is the revision
    it was planned for, `revision` the injection's. `zone` is the clinic's, `home` the patient's,
    `today` the patient's last midnight; `policy` is the location's own settings as JSON. `contact`
    is the ContactPoint used, `first` whether no text has gone to it before.
    """

    message: int
    reference: UUID
    step: str
    slot: str
    number: int
    total: int
    reply: bool
    preparation: bool
    purpose: str
    sms_key: str
    email_key: str
    send_at: datetime
    expires_at: datetime
    attempts_made: int
    made_for: int
    states: list[str]
    language: str
    injection: int
    visit: UUID
    revision: int
    visit_state: str
    changed_at: datetime
    start: datetime
    end: datetime
    sedation: str
    clinic: str
    clinic_phone: str
    clinic_address: str
    zone: str
    home: str
    policy: str
    protocol: int
    deceased: bool
    planned: bool
    today: datetime
    routes: list[Any]
    channel: str
    address: str
    contact: int
    first: bool

    @property
    def key(self) -> str:
        """The text that this channel says."""
        return self.sms_key if self.channel == "sms" else self.email_key

    @property
    def counts(self) -> bool:
        """Whether it counts against the daily limit of texts to its number."""
        return self.channel == "sms" and not self.reply

    @property
    def limit(self) -> Limit:
        """What its daily limit is counted by."""
        return self.address, self.is_diary, self.gives_way

    @property
    def gives_way(self) -> bool:
        """Whether it takes no place of the day's texts from another."""
        return gives_way(preparation=self.preparation, slot=self.slot)

    @property
    def is_diary(self) -> bool:
        """Whether it belongs to the diary, whose texts have a daily limit of their own."""
        return self.purpose == Purpose.DIARY

    def through(self, route: Route) -> "OutgoingMessage":
        """The same with the route it takes."""
        channel, address, contact, first, *_ = next(
            each for each in self.routes if each[0] == route.channel
        )
        return self._replace(channel=channel, address=address, contact=contact, first=first)


def read_due(limit: int, now: datetime) -> list[OutgoingMessage]:
    """At most `limit` due messages, locked until the transaction ends, the oldest first."""
    # The planner must know how few rows there will be, so the limit is no parameter.
    due = statement(__file__, "due").replace("{limit}", str(int(limit)))
    return sorted(_from_rows(due, {"now": now}), key=lambda each: each.message)


def read_queued(injection: int, now: datetime) -> list[OutgoingMessage]:
    """What is queued for one injection, without a lock."""
    return _from_rows(statement(__file__, "queued"), {"injection": injection, "now": now})


def _from_rows(chosen: str, values: Mapping[str, Any]) -> list[OutgoingMessage]:
    """The messages that the statement `chosen` names, with their facts, in one query."""
    with connection.cursor() as cursor:
        # Django's own way of reading times is slow, and only needed for zones other than UTC.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(statement(__file__, "facts").replace("{chosen}", chosen), values)
        rows = cursor.fetchall()
    return [OutgoingMessage._make((*row[:-1], json.loads(row[-1]), *NO_ROUTE)) for row in rows]


def decide_about(
    message: OutgoingMessage,
    now: datetime,
    resting: Collection[str] = (),
    rested: datetime | None = None,
    sent: Mapping[Limit, int] = MappingProxyType({}),
    counted: tuple[int, int] | None = None,
) -> Decision:
    """What the rule says of one message; `sent` texts by `limit` count beside those that were read,
    or that were `counted` since, see `facts_of`.

    One that cannot be judged is logged and holds up no other. It is looked at again until it is
    useless, so that it too comes to an end that a person hears of.
    """
    try:
        facts = facts_of(message, resting, rested, counted)
        routes = (_and_sent(each, message.is_diary, sent) for each in facts.routes)
        return decide(facts._replace(routes=tuple(routes)) if sent else facts, now)
    except Exception:
        log.exception("message_not_decided", message=str(message.reference))
        return wait(message.expires_at, now + AFTER_A_BUG, BUG, BUG)


def _and_sent(route: Route, diary: bool, sent: Mapping[Limit, int]) -> Route:
    """The route with the texts counted that go beside this one."""
    light, others = (sent.get((route.address, diary, light), 0) for light in (True, False))
    return route._replace(
        texts_today=route.texts_today + light + others, gave_way=route.gave_way + light
    )


def facts_of(
    message: OutgoingMessage,
    resting: Collection[str] = (),
    rested: datetime | None = None,
    counted: tuple[int, int] | None = None,
) -> MessageFacts:
    """The facts as the rule of eligibility reads them.

    `counted` replaces the texts of today that were read with the message: all, and those that give
    way.
    """
    policy = facility_policy(message.protocol, message.policy)
    return MessageFacts(
        send_at=message.send_at,
        expires_at=message.expires_at,
        purpose=Purpose(message.purpose),
        answers=message.reply,
        after_opt_out=message.reply and message.sms_key == AnswerText.OPTED_OUT,
        revision=message.made_for,
        states=message.states,
        injection_revision=message.revision,
        injection_state=message.visit_state,
        planned=message.planned,
        deceased=message.deceased,
        zone=message.home,
        waking_from=policy.waking_from,
        waking_until=policy.waking_until,
        routes=_routes(message, policy, counted),
        resting=resting,
        rested=rested,
        by_phone=message.reply and AnswerText.NEW_LINK in (message.sms_key, message.email_key),
        gives_way=message.gives_way,
    )


def _routes(
    message: OutgoingMessage, policy: Policy, counted: tuple[int, int] | None
) -> tuple[Route, ...]:
    limit = policy.diary_per_day if message.is_diary else policy.reminders_per_day
    return tuple(
        Route(
            channel=Channel(channel),
            address=address or "",
            consent=consent,
            opted_out=opted_out,
            refused=refused or "",
            unavailable=unavailable,
            texts_today=texts,
            gave_way=light,
            daily_limit=limit if channel == "sms" and not message.reply else None,
        )
        for channel, address, _, _, consent, opted_out, *tried in message.routes
        for refused, unavailable, *read in [tried]
        for texts, light in [counted or read]
    )
