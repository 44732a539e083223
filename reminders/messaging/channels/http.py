"""What an exchange over HTTP tells of a message, the same for every carrier that has an API."""

from reminders.messaging.channels.base import Refused, Unavailable, Unknown

TIMEOUT_S = 8  # seconds a carrier may take to answer; well inside a lease

# Nothing was taken, and it is not the patient's fault: authentication, a wrong address of the API,
# an empty account, throttling, out of service.
NOT_NOW = {401, 402, 403, 404, 408, 429, 503}


def outcome_for(status: int) -> type[Refused | Unavailable | Unknown]:
    """What an answer means that is no success."""
    if status in NOT_NOW:
        return Unavailable
    return Refused if 400 <= status < 500 else Unknown


def was_sent(problem: BaseException | None) -> bool:
    """Whether the request may have left: a connection that was never made carried nothing."""
    reason = getattr(problem.args[0] if problem and problem.args else None, "reason", None)
    connecting = ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError")
    return type(reason).__name__ not in connecting
