"""How views answer: a page, a page of errors, or the news that something changed meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from scheduling.errors import SlotTaken, WrongState

View = Callable[..., HttpResponse]
INVALID = 422
CONFLICT = 409


@contextmanager
def refusals(form: BaseForm) -> Iterator[None]:
    """What a verb refuses inside this block becomes errors of the form, beside their fields."""
    try:
        yield
    except ValidationError as error:
        for field, sentences in _faults(error).items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, sentence)


def _faults(error: ValidationError) -> dict[str | None, list[str]]:
    """The sentences of an error by field; None is the whole."""
    if not hasattr(error, "error_dict"):
        return {None: error.messages}
    return {field: list(sentences) for field, sentences in error.message_dict.items()}


def page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """Render a page, as a 422 if one of its `forms` was sent and refused."""
    wrong = any(
        form is not None and form.is_bound and not form.is_valid()
        for form in context.get("forms", ())
    )
    return render(request, template, context, status=INVALID if wrong else 200)


def conflict(request: HttpRequest, sentence: str, back: str, **context: Any) -> HttpResponse:
    template = context.pop("template", "409.html")
    return render(
        request, template, {"sentence": sentence, "back": back, **context}, status=CONFLICT
    )


def current(home: str) -> Callable[[View], View]:
    """A verb that comes too late answers 409 with its sentence and a way to the page `home`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except (WrongState, SlotTaken) as late:
                named = {name: kwargs[name] for name in ("reference",) if name in kwargs}
                return conflict(request, str(late), reverse(home, kwargs=named))

        return answer

    return decorate
