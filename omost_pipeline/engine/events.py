"""What an engine says while it works. Plain frozen data: an event may cross from another process as JSON (:mod:`wire`).

A request's events end with one :class:`Composed`, :class:`Drawn`, :class:`Looked` or :class:`Failed`; nothing comes
after it. Pictures are assets: an event carries their ids, and the engine's ``assets`` their content.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from omost_pipeline.canvas.elements import Canvas, Correction, Outline
from omost_pipeline.renderer.keep.earlier import Recomposed, Whole


class Activity(StrEnum):
    """What a model is doing before it can work."""

    LOADING = "loading"
    DOWNLOADING = "downloading"
    LOST = "lost"
    """The machines that have it cannot be reached; it is waited for them."""


class Part(StrEnum):
    """Which of an engine's two models."""

    COMPOSER = "composer"
    RENDERER = "renderer"


@dataclass(frozen=True)
class Preparing:
    """A model is being loaded, or fetched: ``done`` of ``total`` bytes, 0 where that is not known."""

    part: Part
    activity: Activity
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Outlined:
    """There is more of the canvas to see than before."""

    outline: Outline


@dataclass(frozen=True)
class Composed:
    """The canvas is written.

    ``corrections`` is what was put right in the model's text, and ``cut`` tells that it ended early. ``remembered`` is
    how many of the newest turns the model was told, where older ones had to be left out. It wrote ``tokens`` in so many
    forward ``passes``; 0 where nobody counts.
    """

    canvas: Canvas
    corrections: tuple[Correction, ...] = ()
    cut: bool = False
    remembered: int | None = None
    tokens: int = 0
    passes: int = 0


@dataclass(frozen=True)
class Stepped:
    """``number`` of ``total`` denoising steps is done. ``preview`` is the asset of a small picture, empty without."""

    number: int
    total: int
    preview: str = ""


@dataclass(frozen=True)
class DrawnPicture:
    """A finished picture: its asset, the seed that drew it, and its size in pixels.

    ``latents`` is the asset that an edit of it begins with, or ``layers``, where it was drawn in layers; empty where
    there is none. ``scores`` is how sure the profile's image classifier is of each of its labels, 0 to 1; empty without
    one.
    """

    asset: str
    seed: int
    width: int
    height: int
    latents: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    layers: str = ""

    @property
    def assets(self) -> tuple[str, ...]:
        """All of its assets that there are."""
        return tuple(filter(None, (self.asset, self.latents, self.layers)))


@dataclass(frozen=True)
class Drawn:
    """The pictures are finished. ``seconds`` is where the time went, by part.

    ``kept`` is the share of pixels that are exactly the earlier picture's, and ``mask`` the asset of a picture that is
    white where they may be others; or ``whole`` says why it was drawn whole although there was an earlier one.
    ``recomposed`` tells of an edit of a picture in layers what of it was drawn.
    """

    pictures: tuple[DrawnPicture, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    kept: float = 0.0
    mask: str = ""
    whole: Whole | None = None
    recomposed: Recomposed | None = None


@dataclass(frozen=True)
class Looked:
    """A picture was looked at: ``scores`` as :class:`DrawnPicture` has them."""

    scores: dict[str, float]


class Failure(StrEnum):
    """Why a request failed."""

    CANVAS = "canvas"
    """The language model wrote no canvas, twice."""
    BUDGET = "budget"
    """The words alone do not fit the language model's context."""
    COMPOSER = "composer"
    OPTIONS = "options"
    """An option is out of the model's range."""
    RENDERER = "renderer"
    WEIGHTS = "weights"
    """A model's files are missing or damaged."""
    MEMORY = "memory"
    """The device ran out of memory, after every fallback."""
    DEVICE = "device"
    """The device is lost: this engine can do nothing more until its process starts anew."""
    UNEXPECTED = "unexpected"
    """A mistake in the program; ``message`` is for the log, not for users."""


@dataclass(frozen=True)
class Failed:
    """The request failed. ``message`` is one or two English sentences that name the value and say what to do."""

    failure: Failure
    message: str


Event = Preparing | Outlined | Composed | Stepped | Drawn | Looked | Failed
