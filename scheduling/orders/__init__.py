"""What physicians want done, and the decisions signed with it. The only writer of these rows."""

from scheduling.orders.anticoagulants import decide_anticoagulant
from scheduling.orders.cosigning import cosign, decline
from scheduling.orders.placement import amend, place, withdraw

__all__ = ["amend", "cosign", "decide_anticoagulant", "decline", "place", "withdraw"]
