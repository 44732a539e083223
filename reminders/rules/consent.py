"""May this be sent this way? The answer with its reason."""

from collections.abc import Collection
from dataclasses import dataclass

from scheduling.rules.procedure import Channel, Purpose

# What the patient agreed to: (what about, through what).
Consent = tuple[Purpose, Channel]
# What the patient refused since: a channel, for one purpose or (None) for all.
OptOut = tuple[Channel, Purpose | None]


@dataclass(frozen=True, slots=True)
class Ruling:
    """True when allowed; `reason` explains a refusal."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


def may(
    purpose: Purpose,
    channel: Channel,
    consents: Collection[Consent],
    opt_outs: Collection[OptOut],
) -> Ruling:
    """Whether this purpose may use this channel.

    Texts and e-mails need consent for the purpose; diary texts are never covered by reminder
    consent, because they are frequent. A call by staff needs none. STOP ends texts, not calls or
    e-mails, unless those were refused too.
    """
    if (channel, None) in opt_outs:
        return Ruling(False, f"the patient asked for no more {_plural(channel)}")
    if (channel, purpose) in opt_outs:
        return Ruling(
            False, f"the patient asked for no more {_plural(channel)} about {_about(purpose)}"
        )
    if channel is not Channel.PHONE and (purpose, channel) not in consents:
        return Ruling(False, f"no consent to {_plural(channel)} about {_about(purpose)}")
    return Ruling(True)


def _plural(channel: Channel) -> str:
    return {Channel.SMS: "texts", Channel.EMAIL: "e-mails", Channel.PHONE: "calls"}[channel]


def _about(purpose: Purpose) -> str:
    return {
        Purpose.REMINDERS: "visits",
        Purpose.DIARY: "frequent check-ins",
        Purpose.WAITLIST: "earlier times",
        Purpose.DETAILED_CONTENT: "details of care",
    }[purpose]
