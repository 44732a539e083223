"""Whom to page about a warning sign at a location, in turn, and which number patients are given."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model

from scheduling.models import Location, OnCallShift, Resource, ResourceKind
from scheduling.rules.on_call import on_duty
from scheduling.rules.procedure import Channel


@dataclass(frozen=True, slots=True)
class OnCallContact:
    """Somebody who can be paged. `user` is the id of the login, if it is one person's."""

    name: str
    user: int | None
    phone: str
    email: str

    @property
    def addresses(self) -> dict[Channel, str]:
        """Where pages go, by channel."""
        both = {Channel.SMS: self.phone, Channel.EMAIL: self.email}
        return {channel: address for channel, address in both.items() if address}


def turns(location: Location, at: datetime) -> list[list[OnCallContact]]:
    """Who is paged first, who next if nobody answers, and at last every physician of the place."""
    shifts = _on_duty(location, at)
    in_turn = [
        [_contact(shift) for shift in same_turn]
        for _, same_turn in groupby(shifts, key=lambda shift: shift.turn)
    ]
    return [*in_turn, physicians(location)]


def physicians(location: Location) -> list[OnCallContact]:
    """Every physician who works at a location, or of the clinic where none is entered there."""
    every = get_user_model().objects.who_may("give_orders")
    here = Resource.objects.filter(location=location, kind=ResourceKind.PHYSICIAN, active=True)
    working = every.filter(pk__in=here.values("user"))
    phones = dict(OnCallShift.objects.exclude(phone="").values_list("user", "phone"))
    found = [
        OnCallContact(user.display_name, user.pk, phones.get(user.pk, ""), user.email)
        for user in working or every
    ]
    return [each for each in found if each.addresses]


def patience(location: Location) -> timedelta:
    """How long a page may wait for an answer; settings that cannot be read hold up no page."""
    return timedelta(minutes=location.usable_policy.page_next_after_min)


def number_for_patients(location: Location, at: datetime) -> str:
    """The telephone number, in E.164, that somebody answers at this hour as far as we know."""
    answering = (shift for shift in _on_duty(location, at) if shift.answers_patients)
    return next((shift.phone for shift in answering), location.phone)


def _on_duty(location: Location, at: datetime) -> list[OnCallShift]:
    return on_duty(location.on_call.all(), at.astimezone(ZoneInfo(location.zone)))


def _contact(shift: OnCallShift) -> OnCallContact:
    return OnCallContact(shift.name, shift.user_id, shift.phone, shift.email)
