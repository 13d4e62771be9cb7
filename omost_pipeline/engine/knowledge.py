"""In what a request goes beyond the models that drew it, as far as people should be told. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from omost_pipeline.bundled.glossary import language_of
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.world.kinds import KINDS


@dataclass(frozen=True)
class Beyond:
    """A request's language ("en" if it does not go beyond the models), and things that they have never seen."""

    language: str
    unknown: tuple[str, ...]


def beyond_models(profile: str, words: str, canvas: Canvas) -> Beyond | None:
    """In what a request and its canvas go beyond a profile's models; None where they do not, as with large models."""
    if profile != "tiny":
        return None
    language, unknown = language_of(words), _unknown(canvas)
    return Beyond(language, unknown) if language != "en" or unknown else None


def _unknown(canvas: Canvas) -> tuple[str, ...]:
    """What the bundled models have never seen, by the regions' descriptions."""
    descriptions = (region.description.strip().rstrip(".") for region in canvas.regions)
    return tuple(each for each in descriptions if not any(map(_known, each.lower().split())))


def _known(word: str) -> bool:
    bare = word.strip(",;:!?'\"()")
    return any(name in KINDS for name in (bare, bare.removesuffix("s"), bare.removesuffix("es")))
