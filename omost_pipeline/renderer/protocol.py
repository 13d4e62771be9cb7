"""What a renderer is: a canvas and options in, steps with previews and then pictures out.

Knows no model library; each model family is a folder with an implementation (:mod:`sdxl`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from PIL.Image import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.keep.earlier import Earlier, Recomposed, Whole
from omost_pipeline.renderer.recipe import Prompts
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.spec import DEFAULT_DENOISE, DEFAULT_NEGATIVE_PROMPT, DEFAULT_SCALE, DEFAULT_SEED


@dataclass(frozen=True)
class Highres:
    """The highres fix: a finished picture, ``scale`` times as large, denoised once more (:mod:`highres`).

    With a ``size``, width and height in pixels, it becomes exactly as large; so drafts become finished pictures.
    ``steps`` are those really taken, ``denoise`` is the share of the noise schedule they go through. A ``guidance`` of
    None stands for the other options'.
    """

    scale: float = DEFAULT_SCALE
    steps: int = 20
    denoise: float = DEFAULT_DENOISE
    guidance: float | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class RenderOptions:
    """What a picture is made with. Sizes are in pixels; a model's own size unit (64 for SDXL) must divide them.

    Image *i* of a batch is the single image of ``seed + i``. ``initial_strength`` is the share of the noise schedule
    to go through from the canvas's coarse colours (:mod:`initial`); None begins with nothing but noise.
    """

    width: int
    height: int
    seed: int = DEFAULT_SEED
    steps: int = 25
    guidance: float = 5.0
    negative_prompt: str = DEFAULT_NEGATIVE_PROMPT
    images: int = 1
    initial_strength: float | None = None
    highres: Highres | None = None
    prompts: Prompts = "words"
    regions: RegionOptions = field(default_factory=RegionOptions)
    layered: bool = False
    """Whether each region is a layer of its own, drawn by itself upon the scene (:mod:`layered`)."""
    details: bool = False
    """Whether small things are drawn enlarged and set into the picture (:mod:`small`)."""


@dataclass(frozen=True)
class Step:
    """``number`` of ``total`` denoising steps is done; ``preview()`` makes a cheap picture of the estimate so far.

    Ask for it on the thread that draws, before or after the next step; it costs a wait for the device.
    """

    number: int
    total: int
    preview: Callable[[], Image]


@dataclass(frozen=True)
class Rendered:
    """The finished pictures, image *i* made with ``seeds[i]``, and where the time went.

    ``left_out``: sub-prompts of the canvas that were too many for one picture; the last ones of the longest elements.
    """

    images: tuple[Image, ...]
    seeds: tuple[int, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall-clock seconds by part: ``encode``, ``denoise``, ``decode``."""
    remains: tuple[bytes, ...] = ()
    """Of each picture, what an edit of it begins with (:mod:`keep.edit`); nothing where it was made larger."""
    kept: float = 0.0
    """Share of the pixels that are exactly those of the earlier picture."""
    mask: Image | None = None
    """Where an edit changed the picture, in black and white; the black pixels are those that were kept."""
    whole: Whole | None = None
    """Why it was drawn whole although there was an earlier picture."""
    left_out: tuple[str, ...] = ()
    layers: tuple[bytes, ...] = ()
    """Of each picture that was drawn in layers, these (:mod:`layered.openraster`); it has no ``remains`` then."""
    recomposed: Recomposed | None = None
    """Of an edit of such a picture, what was drawn of it."""


class Renderer(Protocol):
    """Draws canvases. Closing the generator stops the drawing at the next step."""

    @property
    def size_unit(self) -> int:
        """Pixels that must divide both sides of a picture."""
        ...

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        """Yield one :class:`Step` for each denoising step and last one :class:`Rendered`.

        ``picture`` is what the options' highres fix makes larger; without one it is what they draw.

        Raises:
            OptionsError: if an option is out of its range.
            RendererError: if the model fails.
            MemoryShortError: if the device's memory does not suffice.
            DeviceLostError: if the device failed; only a new process can draw again.
        """
        ...


@runtime_checkable
class Editor(Protocol):
    """Draws a canvas from an earlier picture, of which every pixel stays that the canvas does not change."""

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        """As :meth:`Renderer.render`; where keeping is not possible, it draws all of it and says why."""
        ...


class Keeping(Renderer, Editor, Protocol):
    """Draws, and keeps the rest of an earlier picture."""


@runtime_checkable
class Referring(Protocol):
    """Draws elements that are to look like a picture."""

    def referring(self, pictures: Mapping[str, Image]) -> Renderer:
        """The same renderer, which knows these pictures by the names that elements call them (``reference``)."""
        ...
