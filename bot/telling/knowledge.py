"""What the bundled models know, as far as people are told. To be said by the engine itself.

The only place in the bot that looks at the bundled models.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.telling.lines import shortened
from omost_pipeline.bundled.glossary import language_of
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.world.kinds import KINDS

_SHORT = 60


@dataclass(frozen=True)
class Beyond:
    """In what a request goes beyond the models: its language ("en" if it does not), and things they have never seen."""

    language: str
    unknown: tuple[str, ...]


def beyond_bundled(words: str, canvas: Canvas) -> Beyond | None:
    """In what a request and its canvas go beyond the bundled models; None where they do not."""
    language, unknown = language_of(words), _unknown(canvas)
    return Beyond(language, unknown) if language != "en" or unknown else None


def _unknown(canvas: Canvas) -> tuple[str, ...]:
    """What the bundled models have never seen, by the regions' descriptions."""
    descriptions = (region.description.strip().rstrip(".") for region in canvas.regions)
    return tuple(shortened(each, _SHORT) for each in descriptions if not any(map(_known, each.lower().split())))


def _known(word: str) -> bool:
    bare = word.strip(",;:!?'\"()")
    return any(name in KINDS for name in (bare, bare.removesuffix("s"), bare.removesuffix("es")))
