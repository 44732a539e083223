"""An ID token counts after every check, or not at all."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from clinic.accounts.provider.id_token import claims_of, is_fresh

ISSUER, CLIENT, NONCE = "https://idp.example", "blockwise", "n-1"
OURS, STRANGERS = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in "ab")
KEYS = {
    "keys": [jwt.algorithms.RSAAlgorithm.to_jwk(OURS.public_key(), as_dict=True) | {"kid": "1"}]
}


def token(key=OURS, algorithm="RS256", kid="1", **other):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300}
    claims |= {"nonce": NONCE} | other
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm, headers={"kid": kid})


def read(written):
    return claims_of(written, keys=KEYS, issuer=ISSUER, client_id=CLIENT, nonce=NONCE)


def test_a_token_that_is_as_it_must_be_counts():
    assert read(token())["sub"] == "s-1"


WRONG = {
    "another issuer": {"iss": "https://other.example"},
    "for another client": {"aud": "another client"},
    "for another client too": {"aud": [CLIENT, "another"], "azp": "another"},
    "of long ago": {"exp": 1},
    "of tomorrow": {"iat": 2**40},
    "of another sign-in": {"nonce": "n-2"},
    "of nobody": {"sub": ""},
    "a long subject": {"sub": "s" * 192},
    "a null character": {"sub": "s\x001"},
    **{f"no {name}": {name: None} for name in ("iss", "aud", "sub", "exp", "iat", "nonce")},
    "signed by a stranger": {"key": STRANGERS},
    "signed with an unknown key": {"kid": "2"},
    "not signed": {"key": "", "algorithm": "none"},
    "signed with a word": {"key": "k" * 64, "algorithm": "HS256"},
}


@pytest.mark.parametrize("other", WRONG.values(), ids=WRONG)
def test_a_token_with_one_thing_wrong_does_not(other):
    with pytest.raises(jwt.PyJWTError):
        read(token(**other))


def test_what_is_no_token_does_not_count():
    with pytest.raises(jwt.PyJWTError):
        read("None")


@pytest.mark.parametrize(
    ("auth_time", "fresh"),
    [(1000, True), (941, True), (939, False), ("1000", False), (None, False)],
)
def test_a_proof_is_fresh_if_it_was_given_after_it_was_asked_for(auth_time, fresh):
    assert is_fresh({"auth_time": auth_time}, asked_at=1000) is fresh
