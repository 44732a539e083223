"""One message about to leave: everything the words and the channel need, and nothing clinical."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class OutgoingMessage(NamedTuple):
    """Fields in the order in which `claims.CLAIM` returns them; times are aware.

    `cap` is how many texts of this kind the number may get since `today` began for the patient;
    None for e-mails and answers. `contact` is the ContactPoint used, `first` whether no text has
    gone to it before; `zone` is the clinic's and `home` the patient's; `policy` is the location's
    own settings as JSON.
    """

    message: int
    reference: UUID
    step: str
    slot: str
    number: int
    total: int
    reply: bool
    purpose: str
    sms_key: str
    email_key: str
    expires_at: datetime
    attempts_made: int
    channel: str
    address: str
    cap: int | None
    today: datetime
    contact: int
    first: bool
    language: str
    injection: int
    visit: UUID
    revision: int
    visit_state: str
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

    @property
    def key(self) -> str:
        """The text that this channel says."""
        return self.sms_key if self.channel == "sms" else self.email_key
