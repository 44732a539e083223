"""What no person means: values, bodies and headers that a form, a parser or a table may choke on.

Each is bytes, because what is no text can be sent all the same.
"""

import random
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote_from_bytes

MEGABYTE = b"x" * 1_000_000
VALUES: Sequence[bytes] = (
    b"",
    b" ",
    b"\x00",
    b"Ann\x00",
    b"\xed\xa0\x80",  # a lone surrogate
    b"Ann\xed\xb0\x80",
    b"\xff\xfe",
    "\u202eAnn\u2066\u200f".encode(),  # bidi controls
    "🙃".encode(),
    "١٢".encode(),  # digits that are no ASCII
    "²".encode(),
    "\u2028\x85".encode(),
    b"Ann\r\nSet-Cookie: a=b",
    b"-1",
    b"0",
    b"1",
    b"+5",
    b"5.5",
    b"1e999",
    b"1e-400",
    b"NaN",
    b"sNaN",
    b"-Infinity",
    b"1_000",
    b"0x10",
    b"32768",
    b"2147483648",
    b"9223372036854775808",
    b"9" * 40,
    b"9" * 400,
    b"9" * 5000,
    b"x" * 5000,
    b"true",
    b"null",
    b"[]",
    b"{}",
    b'{"room_min": "\\u0000"}',
    b'{"\\ud800": 1}',
    b"[" * 20_000,
    b"1" * 6000,
    b"' OR 1=1 --",
    b"../../../etc/passwd",
    b"{{ settings.SECRET_KEY }}",
    b"%00%ff%",
    b"//elsewhere.example",
    b"http://[",
    b"javascript:alert(1)",
    b"a" * 300 + b"@example.com",
    b"ann@" + b"a." * 120 + b"com",
    "ann@exämple.com".encode(),
    b"+" + b"9" * 300,
    b"tel:+1-202-555-0101;ext=1",
    b"00000000-0000-0000-0000-000000000000",
    b"__all__",
)
TIMES: Sequence[bytes] = (
    *(
        day + clock + offset
        for day in (b"0001-01-01", b"1880-01-01", b"2026-03-16", b"2200-12-31", b"9999-12-31")
        for clock in (b"", b"T00:00", b" 23:59:59.999999")
        for offset in ((b"", b"Z", b"+23:59", b"-23:59") if clock else (b"",))
    ),
    b"99999-01-01",
    b"99999-01-01T00:00",
    b"-0001-01-01T00:00",
    b"2026-02-30",
    b"2026-03-08T02:30",  # the hour that clocks skip
    b"2026-11-01T01:30",  # the hour that they repeat
    b"2026-W12-1",
    b"20260316T110000+2359",
    b"12/31/9999",
    b"24:00",
    b"23:59:60",
    b"[2026-03-16T11:00+23:59,)",
)
HEADERS: Sequence[tuple[str, str]] = (
    ("HTTP_ACCEPT", "\xff" * 40),
    ("HTTP_ACCEPT_LANGUAGE", "x" * 3000 + ",*;q=nan"),
    ("HTTP_ACCEPT_ENCODING", "gzip;q=9e999, \xed\xa0\x80"),
    ("HTTP_USER_AGENT", "\xed\xa0\x80" + "x" * 5000),
    ("HTTP_REFERER", "http://[::1"),
    ("HTTP_REFERER", "\xe2\x80\xae//\xff"),
    ("HTTP_ORIGIN", "null"),
    ("HTTP_ORIGIN", "http://["),
    ("HTTP_HOST", "elsewhere.example"),
    ("HTTP_HOST", "localhost:99999999"),
    ("HTTP_HOST", "\xed\xa0\x80[]"),
    ("HTTP_IF_MODIFIED_SINCE", "Mon, 99 Foo 99999 99:99:99 GMT"),
    ("HTTP_IF_NONE_MATCH", '"' * 501),
    ("HTTP_RANGE", "bytes=9-1,-"),
    ("HTTP_HX_REQUEST", "true"),
    ("HTTP_HX_CURRENT_URL", "http://[\xed\xa0\x80"),
    ("HTTP_HX_CURRENT_URL_URI_AUTOENCODED", "true"),
    ("HTTP_HX_TRIGGER", "{" * 100),
    ("HTTP_HX_TARGET", "%ed%a0%80"),
    ("HTTP_AUTHORIZATION", "Basic \xff"),
    ("HTTP_X_REQUEST_ID", "x" * 3000 + "\xed\xa0\x80"),
    ("HTTP_X_REQUESTED_WITH", "XMLHttpRequest"),
    ("HTTP_X_HTTP_METHOD_OVERRIDE", "DELETE"),
    ("HTTP_X_TWILIO_SIGNATURE", "\xf1" * 28),
    ("HTTP_COOKIE", r'blockwise="abcdefgh\000"; blockwise-csrf="\355\240\200"'),
    ("HTTP_COOKIE", "blockwise=" + "x" * 5000 + ";;=; =; \xed\xa0\x80"),
    ("HTTP_COOKIE", "blockwise=\xed\xa0\x80abcdefgh; blockwise-csrf=\xff; messages=e30:x:y"),
    ("HTTP_COOKIE", "blockwise-csrf=short; django_language=\xed\xa0\x80"),
    ("HTTP_X_CSRFTOKEN", "\xed\xa0\x80"),
    ("CONTENT_LENGTH", ""),
    ("CONTENT_LENGTH", "-5"),
    ("CONTENT_LENGTH", "7"),
    ("CONTENT_LENGTH", "99999999"),
)
TIME = re.compile(rb"\d\d:\d\d|\d{4}-\d\d-\d\d")
BOUNDARY = b"edge"
MULTIPART = "multipart/form-data; boundary=edge"
URLENCODED = "application/x-www-form-urlencoded"
CONTENT_TYPES: Sequence[str] = (
    *(f"{URLENCODED}; charset={name}" for name in ("utf-7", "idna", "utf-16", "rot13", "none")),
    *(f"{MULTIPART}; charset={name}" for name in ("utf-7", "idna", "punycode", "hex", "undefined")),
    "application/json",
    "application/json; charset=idna",
    "text/plain; charset=utf-16",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=\xff\xed\xa0\x80",
    "multipart/mixed; boundary=edge",
    "\xff/\xed\xa0\x80; charset=\x7f",
    "",
)


def value(dice: random.Random, plausible: bytes = b"") -> bytes:
    """One junk value, mostly a time where one belongs; a million bytes are rare, for they cost."""
    if dice.random() < 0.004:
        return MEGABYTE
    time_belongs = TIME.match(plausible) is not None
    return dice.choice(TIMES if dice.random() < (0.8 if time_belongs else 0.15) else VALUES)


def gap(dice: random.Random) -> str:
    """A junk part of a path."""
    return quote_from_bytes(value(dice)[:2000], safe="") or "%20"


def urlencoded(fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    pairs = (f"{quote_from_bytes(name)}={quote_from_bytes(said)}" for name, said in fields)
    return "&".join(pairs).encode()


def part(name: bytes, said: bytes, more: bytes = b"") -> bytes:
    head = b'Content-Disposition: form-data; name="' + name + b'"' + more
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + said + b"\r\n"


def multipart(fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join(part(*each) for each in fields) + b"--" + BOUNDARY + b"--\r\n"


def as_files(fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Every field an attachment instead of a text."""
    named = b"".join(part(*each, b'; filename="\xed\xa0\x80/../a.txt"') for each in fields)
    return named + b"--" + BOUNDARY + b"--\r\n"


BROKEN: Sequence[Callable[[bytes], bytes]] = (
    lambda body: body[: len(body) // 2],
    lambda body: body.replace(b"\r\n\r\n", b"\r\n", 1),
    lambda body: body.replace(b'"\r\n', b"\r\nContent-Transfer-Encoding: base64\r\n", 1),
    lambda body: body.replace(b"form-data", b"form-data; filename*=idna''x; name*=utf-7''%ff", 1),
    lambda body: body.replace(b"Content-Disposition", b"X" * 5000, 1),
    lambda body: body.replace(b"--edge", b"--ed\x00e"),
    lambda body: b"",
)
WHOLE: Sequence[tuple[str, bytes]] = (
    (URLENCODED, b"&".join(b"field%d=1" % number for number in range(1001))),
    (MULTIPART, multipart([(b"field%d" % number, b"1") for number in range(1001)])),
    (MULTIPART, as_files([(b"field%d" % number, b"1") for number in range(101)])),
    (URLENCODED, b"a=" + b"x" * 3_000_000),
    (MULTIPART, multipart([(b"a", b"x" * 3_000_000)])),
    (URLENCODED, b"&" * 5000 + b"=;%;%ff%"),
    (URLENCODED, b"\x00\xff\xed\xa0\x80"),
    ("application/json", b'{"data": {"event_type": "\\ud800", "payload": {"id": 1e999}}}'),
    ("application/json", b"[" * 100_000),
)
