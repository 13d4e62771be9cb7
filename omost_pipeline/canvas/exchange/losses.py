"""What another form of a canvas cannot say. Knows no form: each says which of these it lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Loss(StrEnum):
    """One kind of thing that is gone, or coarser, in a form; its value is what catalogues know it by."""

    EDGES = "edges"
    """Edges between two of the form's steps went to the nearer one."""
    PLACES = "places"
    """Free boxes became the nearest of the 729 named places."""
    ORDER = "order"
    """Distances became an order."""
    WORDS = "words"
    """Tags, mood, style and quality became sentences of a description."""
    SHARED = "shared"
    """What things said each for itself of mood and style is said of the whole picture."""
    SCENE = "scene"
    """The scene's own words and colour."""
    HELD = "held"
    """Negatives, region methods, strengths and reference pictures."""


@dataclass(frozen=True)
class Written:
    """A canvas in another form, and what that form could not say, in the order of :class:`Loss`."""

    text: str
    losses: tuple[Loss, ...] = ()


def in_order(losses: set[Loss]) -> tuple[Loss, ...]:
    """Each once, always in the same order."""
    return tuple(loss for loss in Loss if loss in losses)
