"""The language of whoever looks at a page, as their browser asks for it."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text


def browser_language() -> str:
    """The tag of the first language that the current page's browser asks for; empty if it names none."""
    try:
        request = ui.context.client.request
    except RuntimeError:  # a page that no browser has asked for
        return ""
    return language_in(request.headers)


def language_in(headers: Mapping[str, str]) -> str:
    """The tag of the first language that a request's headers ask for; empty if they name none."""
    return headers.get("accept-language", "").partition(",")[0].partition(";")[0].strip()[:32]


def worded(text: Text) -> str:
    """A text in the language of the current page."""
    return say(text, browser_language())
