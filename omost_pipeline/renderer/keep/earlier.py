"""The picture that an edit begins with, how to keep the rest of it, and why a picture is drawn whole after all.

Plain data; knows no tensors.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from PIL.Image import Image

from omost_pipeline.canvas.elements import Canvas


@dataclass(frozen=True)
class KeepOptions:
    """How an edit keeps the rest.

    ``margin`` and ``context`` are shares of the picture's longer side: how far around what changes may change, too, and
    how much around that the model sees. ``strength``: how far the changed part departs from what was there, 1 for not
    caring. ``steps``: the share of a picture's steps that an edit takes, because most of the picture is known.
    """

    margin: float = 0.03
    strength: float = 1.0
    context: float = 0.1
    steps: float = 0.42
    feather: int = 8
    """Pixels inside the edge of what changed over which an edit fades in."""
    beyond: int = 0
    """Cells around the outline of what came that it may cover, too."""

    def steps_of(self, steps: int) -> int:
        """Steps that an edit takes of a picture that takes so many."""
        return max(round(steps * self.steps), min(FEWEST_STEPS, steps))

    def margin_of(self, cells: int) -> int:
        """Cells around what changes, for a picture of so many on its longer side."""
        return max(round(self.margin * cells), 1)

    def context_of(self, cells: int) -> int:
        """Cells around what may change, for a picture of so many on its longer side."""
        return max(round(self.context * cells), 1)


FEWEST_STEPS = 6
"""An edit takes as many, unless the whole picture takes fewer."""


@dataclass(frozen=True)
class Earlier:
    """The picture that an edit begins with: its canvas, its pixels, and what :func:`~.edit.pack` kept of it."""

    canvas: Canvas
    picture: Image
    remains: bytes
    options: KeepOptions = field(default_factory=KeepOptions)
    again: tuple[int, ...] = ()
    """Numbers of the new canvas's regions that are drawn anew, whether or not they changed."""
    brought: bool = False
    """Whether somebody brought the picture: nothing but its pixels is known, and they are encoded."""
    layers: bytes = b""
    """The layers that it was drawn in; empty where it was drawn in one."""
    seed: int | None = None
    """The seed that it was drawn with: an edit with another one is to look otherwise, where anything can."""


class Whole(StrEnum):
    """Why a picture with an earlier one was drawn whole."""

    SCENE = "scene"
    """The scene changed."""
    ALL = "all"
    """What changed takes up all of the picture."""
    SIZE = "size"
    """The earlier picture has another size."""
    MODEL = "model"
    """Another model drew it."""
    SETTINGS = "settings"
    """It was drawn in other steps, with another guidance or whatever else is set."""
    MISSING = "missing"
    """Nothing is left of it but pixels."""
    LARGER = "larger"
    """The picture is to be made larger, which draws it anew."""


@dataclass(frozen=True)
class Recomposed:
    """What an edit of a picture in layers came to: descriptions of the things that changed exactly as they were, of
    those that were drawn, and of those that are no more; whether the background was drawn, and whether all of it is in
    another style."""

    changed: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    scene: bool = False
    gone: tuple[str, ...] = ()
    restyled: bool = False
