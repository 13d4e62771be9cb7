"""What an engine can be asked for. Plain frozen data: a request may cross to another process as JSON (:mod:`wire`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.renderer.keep.earlier import KeepOptions
from omost_pipeline.renderer.protocol import RenderOptions
from omost_pipeline.renderer.spec import TEMPERATURE, TOKENS, TOP_P, Spec


def compose_options_of(spec: Spec, usual: ComposeOptions) -> ComposeOptions:
    """How the language model writes: as is usual, but for what somebody asked for."""
    temperature, top_p, tokens = spec.get(TEMPERATURE), spec.get(TOP_P), spec.get(TOKENS)
    return replace(
        usual,
        temperature=usual.temperature if temperature is None else temperature,
        top_p=usual.top_p if top_p is None else top_p,
        max_new_tokens=usual.max_new_tokens if tokens is None else tokens,
    )


@dataclass(frozen=True)
class ComposeRequest:
    """Write the canvas for some words. ``history`` is oldest first; ``id`` names the request in logs.

    With a ``picture``, an asset, the profile's vision model writes the canvas of what it sees; words say nothing then.
    """

    id: str
    words: str
    history: tuple[Turn, ...] = ()
    options: ComposeOptions = field(default_factory=ComposeOptions)
    picture: str = ""


@dataclass(frozen=True)
class EarlierPicture:
    """The picture that a drawing begins with: its canvas, and the assets of its pixels and of its latents or layers."""

    canvas: Canvas
    picture: str
    latents: str
    options: KeepOptions = field(default_factory=KeepOptions)
    again: tuple[int, ...] = ()
    """Numbers of the canvas's regions that are drawn anew, whether or not they changed."""
    brought: bool = False
    """Whether somebody brought the picture; it has no latents then."""
    layers: str = ""
    """The asset of the layers that it was drawn in; it has no latents then either."""
    seed: int | None = None
    """The seed that it was drawn with, if that is known."""

    @property
    def assets(self) -> tuple[str, ...]:
        """All of them that there are."""
        return tuple(filter(None, (self.picture, self.latents, self.layers)))


@dataclass(frozen=True)
class DrawRequest:
    """Draw a canvas.

    ``picture`` is the asset that the highres fix makes larger; empty where the options' own picture is meant.
    What ``earlier`` shows stays to the pixel wherever the canvas does, if the renderer can do that.
    ``references`` are the assets of pictures, by the names that the canvas's elements call them.
    A preview goes along with a step at most once in ``preview_every`` seconds; None asks for no previews.
    """

    id: str
    canvas: Canvas
    options: RenderOptions
    picture: str = ""
    preview_every: float | None = None
    earlier: EarlierPicture | None = None
    references: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LookRequest:
    """Have the profile's image classifier look at a picture that was not drawn here, by its asset."""

    id: str
    picture: str


Request = ComposeRequest | DrawRequest | LookRequest
