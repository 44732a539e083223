"""The ID token of the identity provider: taken for true after every check, or not at all.

The login library does not look at the signature of a token that came by TLS, and knows no nonce.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import jwt

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
ALGORITHMS += ["ES256", "ES384", "ES512", "EdDSA"]  # all with a key that the provider alone has
NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
CLOCKS_DIFFER = 60  # seconds
LONGEST_SUBJECT = 191  # characters; of the column that keeps it


def claims_of(
    token: str, *, keys: dict[str, Any], issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """What an ID token says, or `jwt.PyJWTError` if anything about it is not as it must be."""
    claims: dict[str, Any] = jwt.decode(
        token,
        _key_of(token, keys),
        algorithms=ALGORITHMS,
        issuer=issuer,
        audience=client_id,
        leeway=CLOCKS_DIFFER,
        options={"require": NEEDED},
    )
    if not secrets.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise jwt.InvalidTokenError("The nonce is another one")
    if claims.get("azp", client_id) != client_id:
        raise jwt.InvalidTokenError("The token is for somebody else")
    if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT or "\x00" in claims["sub"]:
        raise jwt.InvalidTokenError("The subject is none")
    return claims


def _key_of(token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    """The key that the token names; one that names none is of the only key there is."""
    name = jwt.get_unverified_header(token).get("kid")
    found = [key for key in jwt.PyJWKSet.from_dict(keys).keys if name in (None, key.key_id)]
    if len(found) != 1:
        raise jwt.InvalidTokenError("The provider has no such key")
    return found[0]


def is_fresh(claims: Mapping[str, Any], asked_at: float) -> bool:
    """Whether somebody proved who they are after they were asked, in seconds since 1970."""
    at = claims.get("auth_time")
    return isinstance(at, int | float) and at >= asked_at - CLOCKS_DIFFER
