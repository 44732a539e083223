"""The carrier's refusals, each with Twilio's status and code."""

from typing import Any


class Refusal(Exception):
    """A request the carrier does not serve."""

    def __init__(self, status: int, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence

    def as_json(self) -> dict[str, Any]:
        """The body of Twilio's answer."""
        return {
            "code": self.code,
            "message": self.sentence,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def unauthorised() -> Refusal:
    return Refusal(401, 20003, "Authenticate")


def not_found(path: str) -> Refusal:
    return Refusal(404, 20404, f"The requested resource {path} was not found")


def wrong_method() -> Refusal:
    return Refusal(405, 20004, "Method not allowed")


def unreadable(what: str) -> Refusal:
    return Refusal(400, 20001, f"{what} could not be read")


def throttled() -> Refusal:
    return Refusal(429, 20429, "Too Many Requests")


def broken() -> Refusal:
    return Refusal(500, 20500, "An internal server error has occurred")


def down() -> Refusal:
    return Refusal(503, 20503, "Service unavailable")


def no_recipient() -> Refusal:
    return Refusal(400, 21604, "A 'To' phone number is required.")


def bad_recipient(number: str) -> Refusal:
    return Refusal(400, 21211, f"Invalid 'To' Phone Number: {number}")


def no_sender() -> Refusal:
    return Refusal(400, 21603, "A 'From' phone number is required.")


def bad_sender(number: str) -> Refusal:
    return Refusal(
        400, 21606, f"The 'From' phone number provided ({number}) is not valid for this account"
    )


def no_body() -> Refusal:
    return Refusal(400, 21602, "Message body is required.")


def long_body(limit: int) -> Refusal:
    return Refusal(400, 21617, f"The concatenated message body exceeds the {limit} character limit")


def bad_callback(url: str) -> Refusal:
    return Refusal(400, 21609, f"The 'StatusCallback' URL {url} is not a valid URL.")


def opted_out() -> Refusal:
    return Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
