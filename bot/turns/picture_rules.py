"""What becomes of a picture by what an image classifier sees in it: hidden, blurred or not shown, by score and place.

Pure; knows no classifier and no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from PIL.Image import Image, Resampling

from omost_pipeline.errors import OmostError

_LEFT = 6
"""Pixels of a blurred picture's longer side: colours are left, and no shape."""


class Veil(StrEnum):
    """What is done with a picture, from the mildest on. What is shown as it is has none."""

    SPOILER = "spoiler"
    BLUR = "blur"
    BLOCK = "block"


_ORDER = tuple(Veil)


class UncheckedError(OmostError):
    """A picture was not looked at in the way that a rule asks for; names the label."""


@dataclass(frozen=True)
class PictureRule:
    """From which ``score`` of a ``label`` on something is done, and where: everywhere, or in ``places``; never in
    ``except_in``.
    """

    label: str
    score: float
    veil: Veil
    places: frozenset[str] = frozenset()
    except_in: frozenset[str] = frozenset()

    def holds(self, places: Iterable[str]) -> bool:
        """Whether it holds in a place that goes by these names."""
        names = frozenset(places)
        return not (self.except_in & names) and (not self.places or bool(self.places & names))


@dataclass(frozen=True)
class PictureRules:
    """All rules."""

    rules: Sequence[PictureRule] = ()

    def holding(self, places: Iterable[str]) -> PictureRules:
        """Those that hold in a place that goes by these names."""
        names = frozenset(places)
        return PictureRules(tuple(rule for rule in self.rules if rule.holds(names)))

    def veil(self, scores: Mapping[str, float]) -> Veil | None:
        """What is done with a picture: the strictest of what its scores ask for.

        Raises:
            UncheckedError: if there is no score for a rule's label.
        """
        found = []
        for rule in self.rules:
            if rule.label not in scores:
                raise UncheckedError(f"the image classifier has no label {rule.label!r}; it has {', '.join(scores)}")
            if scores[rule.label] >= rule.score:
                found.append(rule.veil)
        return max(found, key=_ORDER.index, default=None)


def blurred(image: Image) -> Image:
    """The picture with so little left of it that nobody can tell what it shows."""
    scale = _LEFT / max(image.size)
    few = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.convert("RGB").resize(few, Resampling.BOX).resize(image.size, Resampling.BICUBIC)
