"""How the regions of a canvas share a picture, as a user can choose it. Plain data; knows no tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import get_args

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.vocabulary import MethodName
from omost_pipeline.renderer.recipe import Overlap
from omost_pipeline.renderer.spec import GLOBAL_STRENGTH, GRADIENTS, GROUNDING, METHOD, OVERLAP, REGION_STRENGTH

OVERLAPS: tuple[Overlap, ...] = get_args(Overlap)


@dataclass(frozen=True)
class RegionSharing:
    """What holds where regions meet.

    ``overlap``: where they cover each other the nearest alone counts (``overlay``), or all of them (``average``).
    ``global_strength`` and ``region_strength``: how much the whole picture's words, and a region's, weigh beside the
    others. At a global strength of 0 the whole picture's words count only where no region is.
    """

    overlap: Overlap
    global_strength: float
    region_strength: float


_USUAL: Mapping[MethodName, RegionSharing] = MappingProxyType(
    {
        "score": RegionSharing("average", 1.0, 1.0),
        "couple": RegionSharing("overlay", 0.2, 0.8),
        "multidiffusion": RegionSharing("overlay", 0.0, 1.0),
        "bounded": RegionSharing("overlay", 1.0, 1.0),
        "mask": RegionSharing("average", 1.0, 1.0),
        "guided": RegionSharing("overlay", 1.0, 1.0),
        "grounded": RegionSharing("overlay", 1.0, 1.0),
        "plain": RegionSharing("average", 1.0, 1.0),
    }
)
"""What each method does unless it is told otherwise."""


USUAL_GROUNDING = 1.0
"""Share of the noise schedule, from its noisy end, in which grounding tokens count with ``grounded``."""


@dataclass(frozen=True)
class RegionOptions:
    """A region method and what is to differ from its usual ways; ``None`` leaves them.

    ``extra_prompt`` joins the words of the whole picture and of every region. ``gradients`` is how far gradient steps
    move the latent on top of a method; ``guided`` takes them anyway, at 1 unless this says otherwise. ``grounding`` is
    in which share of the noise schedule, from its noisy end, grounding tokens count on top of a method; with
    ``grounded`` they do anyway, in :data:`USUAL_GROUNDING`.
    """

    method: MethodName = "score"
    overlap: Overlap | None = None
    global_strength: float | None = None
    region_strength: float | None = None
    extra_prompt: str = ""
    gradients: float | None = None
    grounding: float | None = None

    def guided(self, own: Sequence[MethodName | None]) -> list[int]:
        """The numbers, from 1, of those regions whose words gradient steps put into their boxes, by methods of their
        own."""
        asked = [name or self.method for name in own]
        return [number for number, name in enumerate(asked, start=1) if self.gradients or self._by_itself(name)]

    def _by_itself(self, name: MethodName) -> bool:
        return name == "guided" and self.gradients != 0

    def grounds(self, own: Sequence[MethodName | None]) -> bool:
        """Whether a model must know grounding tokens, for these options and regions' methods of their own."""
        return bool(self.grounding) or "grounded" in {self.method, *own}

    def grounded(self, own: Sequence[MethodName | None]) -> list[int]:
        """The numbers, from 1, of those regions that have grounding tokens, by methods of their own."""
        if self.grounding == 0:
            return []
        asked = [name or self.method for name in own]
        return [number for number, name in enumerate(asked, start=1) if self.grounding or name == "grounded"]

    @property
    def sharing(self) -> RegionSharing:
        """The method's usual ways with the differences put in."""
        usual = _USUAL[self.method]
        return RegionSharing(
            self.overlap or usual.overlap,
            usual.global_strength if self.global_strength is None else self.global_strength,
            usual.region_strength if self.region_strength is None else self.region_strength,
        )

    def for_canvas(self, canvas: Canvas) -> RegionOptions:
        """With the method of the canvas's own, and its own weight of the whole picture's words, where it has them."""
        scene = canvas.scene
        strength = self.global_strength if scene.strength is None else scene.strength
        return replace(self, method=scene.method or self.method, global_strength=strength)

    def check(self) -> None:
        """Refuse what no method can do.

        Raises:
            OptionsError: names the option, its value and what it may be.
        """
        METHOD.check(self.method)
        for option, value in (
            (OVERLAP, self.overlap),
            (GLOBAL_STRENGTH, self.global_strength),
            (REGION_STRENGTH, self.region_strength),
            (GRADIENTS, self.gradients),
            (GROUNDING, self.grounding),
        ):
            if value is not None:
                option.check(value)
