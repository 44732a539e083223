"""Who signs an order that somebody else has entered, and what waits for the signature.

42 CFR 482.24(c)(2) wants every order, verbal ones included, authenticated promptly by the ordering
practitioner, or by another who is responsible for the care of the patient where State law and the
policies of the facility allow it. It names no hours.
"""

from scheduling.rules.procedure import Word


class Signature(Word):
    """Whether a physician stands behind what an order says now."""

    NOT_ASKED = "not_asked"  # entered before co-signatures were asked: unknown
    WAITING = "waiting"
    SIGNED = "signed"
    DECLINED = "declined"


class CosignBefore(Word):
    """What does not go ahead while an order waits for its co-signature."""

    BOOKING = "booking"  # and so the procedure as well
    PROCEDURE = "procedure"


class Cosigner(Word):
    """Who may co-sign: the ordering physician alone, or any physician of the clinic."""

    ORDERING = "ordering"
    ANY_PHYSICIAN = "any_physician"


def at_entry(by_ordering_physician: bool) -> Signature:
    """Whoever orders and enters in one has signed; what others enter waits."""
    return Signature.SIGNED if by_ordering_physician else Signature.WAITING


def booking_fault(signature: Signature, before: CosignBefore) -> str:
    """Why an order cannot be booked yet, or nothing."""
    if signature is Signature.WAITING and before is CosignBefore.BOOKING:
        return "The order waits for the physician's co-signature: it is booked once it is signed."
    return ""


def procedure_fault(signature: Signature, cosigner: Cosigner, physician: str) -> str:
    """Why the procedure cannot go ahead, or nothing; says who signs, and how."""
    if signature is not Signature.WAITING:
        return ""
    wanted = f"The order waits for the co-signature of {physician}"
    if cosigner is Cosigner.ORDERING:
        return f"{wanted}, and of nobody else: open the order and co-sign it there."
    return (
        f"{wanted}: open the order and co-sign it there. "
        "In an emergency the physician who is present co-signs."
    )


def signer_fault(is_ordering_physician: bool, cosigner: Cosigner, physician: str) -> str:
    """Why this physician may not co-sign, or nothing."""
    if is_ordering_physician or cosigner is Cosigner.ANY_PHYSICIAN:
        return ""
    return f"Only {physician} co-signs this order."
