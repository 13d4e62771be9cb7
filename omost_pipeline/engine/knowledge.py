"""In what a request goes beyond the models that drew it, as far as people should be told. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from omost_pipeline.bundled.glossary import in_english, is_understood, language_of
from omost_pipeline.bundled.stepwise import foreign_steps
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.world.kinds import KINDS, glyphs


@dataclass(frozen=True)
class Beyond:
    """A request's language, whether all of it was put into the models' English, and things that they never saw."""

    language: str
    understood: bool
    unknown: tuple[str, ...]

    @property
    def is_worth_saying(self) -> bool:
        """Whether people should be told."""
        return bool(self.unknown) or not self.understood


def beyond_models(profile: str, words: str, canvas: Canvas) -> Beyond | None:
    """In what a request and its canvas go beyond a profile's models; None where they do not, as with large models.

    Of what stands on the canvas only that counts which the request names: the rest was told of when it came.
    """
    if profile not in _WORLDS:
        return None
    edits = foreign_steps(words) or [words]
    said = " ".join(map(in_english, edits)).lower()
    unknown = tuple(each for each in _unknown(canvas, _WORLDS[profile]()) if each and each.split()[-1].lower() in said)
    language = language_of(words)
    understood = all(map(is_understood, edits))
    return Beyond(language, understood, unknown) if language != "en" or unknown else None


def _larger_world() -> frozenset[str]:
    return frozenset(name.replace("-", " ") for name in (*KINDS, *glyphs()))


def _small_world() -> frozenset[str]:
    return frozenset(KINDS)


_WORLDS: dict[str, Callable[[], frozenset[str]]] = {
    "tiny": _small_world,
    "tiny-klein": _small_world,
    "tiny-world": _larger_world,
}
"""By profile: the names of what its models have seen."""


def _unknown(canvas: Canvas, kinds: frozenset[str]) -> tuple[str, ...]:
    """What the bundled models have never seen, by the regions' descriptions."""
    descriptions = (region.description.strip().rstrip(".") for region in canvas.regions)
    return tuple(each for each in descriptions if not _is_known(each.lower(), kinds))


def _is_known(description: str, kinds: frozenset[str]) -> bool:
    words = [word.strip(",;:!?'\"()") for word in description.replace("-", " ").split()]
    phrases = (*words, *(" ".join(pair) for pair in pairwise(words)))
    return any(name in kinds for each in phrases for name in (each, each.removesuffix("s"), each.removesuffix("es")))
