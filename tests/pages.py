"""Pages as a browser reads them."""

from django.http import HttpResponse


def read(answer: HttpResponse) -> str:
    """The HTML of a page, each run of white space one space."""
    return " ".join(answer.content.decode().split())
