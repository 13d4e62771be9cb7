"""The language of whoever looks at a page, as their browser asks for it."""

from __future__ import annotations

from nicegui import ui

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text


def browser_language() -> str:
    """The tag of the first language that the current page's browser asks for; empty if it names none."""
    try:
        request = ui.context.client.request
    except RuntimeError:  # a page that no browser has asked for
        return ""
    asked = request.headers.get("accept-language", "")
    return asked.partition(",")[0].partition(";")[0].strip()[:32]


def worded(text: Text) -> str:
    """A text in the language of the current page."""
    return say(text, browser_language())
