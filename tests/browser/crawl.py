"""Every page a person can reach by following links, one or a few of each kind."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import APIRequestContext

WAY = re.compile(r'(?:href|hx-get|src|action)="([^"]+)"')
FEW = 12  # of one kind: more than a demo clinic has visits, so that each state is met


@dataclass(frozen=True)
class Found:
    """One page that answered. `page` is its name in the table of roles."""

    page: str
    url: str
    status: int
    html: bool


def crawl(request: APIRequestContext, start: str) -> Iterator[Found]:
    """Walk from `start` through links, fragments and pictures; nothing is ever sent."""
    ahead, known, kinds = deque([start]), {start}, Counter[str]()
    while ahead:
        url = ahead.popleft()
        page = page_at(url)
        if page is None or kinds[page] == FEW:
            continue
        kinds[page] += 1
        response = request.get(url)
        is_html = response.headers.get("content-type", "").startswith("text/html")
        yield Found(page, url, response.status, is_html)
        for way in ways(response.url, response.text()) if is_html else ():
            if way not in known:
                known.add(way)
                ahead.append(way)


def ways(url: str, text: str) -> Iterator[str]:
    """Addresses of the same site that a page names, without their fragments."""
    for found in WAY.finditer(text):
        way = urljoin(url, html.unescape(found[1])).partition("#")[0]
        if urlsplit(way).netloc == urlsplit(url).netloc:
            yield way


def page_at(url: str) -> str | None:
    """The name of the page; None for files and what does not exist."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return None
