"""Who a request comes from, and whether it came by https, when proxies stand in front.

Read once, before Django sees the request, as proxies write it: `1.2.3.4`, `1.2.3.4:5678`,
`[2001:db8::1]:443`, `2001:db8::1`, `unknown` (RFC 7239, section 6). What cannot be read is unknown,
which is the empty address, and no error.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
Address = IPv4Address | IPv6Address
FORWARDED = "HTTP_X_FORWARDED_"
SCHEMES = ("http", "https")


def behind_proxies(application: Application, trusted: Iterable[str]) -> Application:
    """The application, told the visitor's own address by proxies in these networks alone."""
    networks = [ip_network(name) for name in trusted]

    def is_trusted(address: Address | None) -> bool:
        return address is not None and any(address in network for network in networks)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        said = {name: environ.pop(name) for name in list(environ) if name.startswith(FORWARDED)}
        peer = address_of(environ.get("REMOTE_ADDR", ""))
        if is_trusted(peer):
            hops = said.get(f"{FORWARDED}FOR", "")
            peer = visitor(hops, is_trusted) if hops.strip() else peer
            scheme = said.get(f"{FORWARDED}PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in SCHEMES:
                environ[f"{FORWARDED}PROTO"] = scheme
        environ["REMOTE_ADDR"] = str(peer or "")
        return application(environ, start_response)

    return answer


def visitor(hops: str, is_trusted: Callable[[Address | None], bool]) -> Address | None:
    """The last address of X-Forwarded-For that is no proxy of ours: each proxy adds at the end.

    None if that one cannot be read; whatever stands before it, anybody may have written.
    """
    address = None
    for hop in reversed(hops.split(",")):
        address = address_of(hop.strip())
        if not is_trusted(address):
            break
    return address


def address_of(text: str) -> Address | None:
    """The address in one node as proxies write it, its port and brackets left out; else None."""
    for candidate in (text, _host(text)):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        mapped = getattr(address, "ipv4_mapped", None)  # how a dual socket spells an IPv4 visitor
        return mapped or address
    return None


def _host(text: str) -> str:
    """`1.2.3.4` of `1.2.3.4:5678`, `2001:db8::1` of `[2001:db8::1]:443`."""
    try:
        node = urlsplit(f"//{text}")
        _ = node.port  # which is no number in garbage
        return node.hostname or ""
    except ValueError:
        return ""
