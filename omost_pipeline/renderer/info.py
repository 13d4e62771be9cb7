"""What the bot is told of a renderer: plain data, so that nobody has to load a model to ask.

Knows no model and no profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from omost_pipeline.renderer.option import DrawingOption
from omost_pipeline.renderer.options import SizeLimits
from omost_pipeline.renderer.spec import OPTIONS, SIZE, Spec


@dataclass(frozen=True)
class RendererInfo:
    """A renderer as people and follow-ups need to know it.

    ``name`` is what is shown under a picture; of two renderers with one ``fingerprint`` the same options are right.
    ``usual`` is what a picture gets unless it is asked for otherwise: at least a size, steps and guidance. ``options``
    are those that this renderer has: a distilled one has no guidance, say. With ``refers`` regions can look like
    pictures, and with ``follows`` their shapes can be led by pictures.
    """

    profile: str
    name: str
    fingerprint: str
    sizes: SizeLimits
    usual: Spec
    options: tuple[DrawingOption[Any], ...] = OPTIONS
    refers: bool = False
    follows: bool = False

    def with_its_own(self, spec: Spec) -> Spec:
        """A spec without the options that this renderer does not have; those of its usual ones are as usual."""
        own = {option.name for option in self.options}
        missing = [option for option in OPTIONS if option.name not in own]
        usual = {option.name: self.usual.values[option.name] for option in missing if option.name in self.usual.values}
        return spec.without(*missing) | Spec(usual)

    @property
    def size(self) -> tuple[int, int]:
        """The usual width and height in pixels."""
        return self.usual.of(SIZE)

    def draws(self, size: tuple[int, int]) -> bool:
        """Whether a picture of that size comes out well: within the limits, and not far smaller than usual."""
        fits = all(self.sizes.smallest <= side <= self.sizes.largest and side % self.sizes.unit == 0 for side in size)
        return fits and size[0] * size[1] * 4 >= self.size[0] * self.size[1]
