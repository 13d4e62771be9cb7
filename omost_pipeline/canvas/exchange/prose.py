"""One running text ↔ a description and its details, and what a scene and regions say beside them. Knows no form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from omost_pipeline.canvas.elements import GlobalDescription, Region
from omost_pipeline.canvas.fields import MAX_TEXTS

_BETWEEN = re.compile(r"(?<=[.!?。！？])\s+")
_ENDS = tuple(".!?。！？")
_WRITING = re.compile(r'Text "(.*)"\.?', re.DOTALL)


def running(texts: Iterable[str]) -> str:
    """Texts as one, in sentences that :func:`sentences` takes apart again; the last one ends as it did."""
    said = [stripped for text in texts if (stripped := text.strip())]
    return " ".join([*(text if text.endswith(_ENDS) else f"{text}." for text in said[:-1]), *said[-1:]])


def sentences(text: str) -> list[str]:
    """A text's sentences, as many as a canvas may hold of texts; the last one holds the rest."""
    found = [part for part in _BETWEEN.split(text.strip()) if part]
    return [*found[: MAX_TEXTS - 1], running(found[MAX_TEXTS - 1 :])] if len(found) > MAX_TEXTS else found


def beside(element: GlobalDescription | Region) -> tuple[str, ...]:
    """What an element says beside description and details."""
    more = (element.atmosphere, element.style, element.quality_meta) if isinstance(element, Region) else ()
    return tuple(text for text in (element.tags, *more) if text.strip())


def distinct(texts: Iterable[str]) -> str:
    """Texts that things share, each once, as a list in words."""
    return ", ".join(dict.fromkeys(said for text in texts if (said := text.strip().rstrip("."))))


def writing_in(description: str) -> str | None:
    """The letters that a region shows, where it is writing: a canvas has no other word for that than its own."""
    found = _WRITING.fullmatch(description.strip())
    return None if found is None else found[1]


def as_writing(letters: str) -> str:
    """The description of a region that shows letters."""
    return f'Text "{letters}"'


def strings(values: Sequence[object]) -> list[str]:
    """The texts among values, without empty ones."""
    return [value for value in values if isinstance(value, str) and value.strip()]
