"""Every address of the site, from the URL list itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# A gap in a route, as `path` and as `re_path` write it: <uuid:reference>, (?P<key>[-:\w]+).
GAP = re.compile(r"<(?:\w+:)?(?P<name>\w+)>|\(\?P<(?P<group>\w+)>[^)]*\)")


@dataclass(frozen=True)
class Address:
    """One pattern. `page` is its name as the table of roles knows it."""

    page: str
    route: str

    @property
    def gaps(self) -> tuple[str, ...]:
        return tuple(gap["name"] or gap["group"] for gap in GAP.finditer(self.route))

    def filled(self, values: Mapping[str, Any]) -> str:
        """A path of this pattern, with a value for each gap."""
        return GAP.sub(lambda gap: str(values[gap["name"] or gap["group"]]), self.route)


def every() -> list[Address]:
    """All of them, in the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, "/", ()))


def _walk(patterns: list[Any], prefix: str, namespaces: tuple[str, ...]) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            inner = (*namespaces, *filter(None, [pattern.namespace]))
            yield from _walk(pattern.url_patterns, route, inner)
        else:
            yield Address(_page(pattern, namespaces), route)


def _page(pattern: URLPattern, namespaces: tuple[str, ...]) -> str:
    """As Django itself names the view of a request."""
    view = getattr(pattern.callback, "view_class", pattern.callback)
    own = view if hasattr(view, "__name__") else type(view)
    return ":".join([*namespaces, pattern.name or f"{own.__module__}.{own.__name__}"])
