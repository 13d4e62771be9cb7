"""What an edit does to each layer: leaves it, changes it exactly, drops it, or has it drawn. Pure; knows no model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from omost_pipeline.canvas.colors import is_color_word, meant_by
from omost_pipeline.canvas.difference import ChangeKind, RegionChange, difference
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import Rgb
from omost_pipeline.renderer.layered.stack import Layer, Stack

_ORDER = frozenset((ChangeKind.NEARER, ChangeKind.FARTHER))
_EXACT = frozenset((ChangeKind.MOVED, ChangeKind.RESIZED, ChangeKind.RECOLORED)) | _ORDER
"""What a layer can undergo without being drawn."""

_UNSAID = "gray"
"""The colour of a region that says none."""


@dataclass(frozen=True)
class Plan:
    """The layers of a canvas, far to near; None for one that is to be drawn. ``scene``: whether the background is.

    ``changed`` are the descriptions of the things that changed without being drawn, ``gone`` of those that are no more.
    """

    layers: tuple[tuple[Region, Layer | None], ...]
    scene: bool = False
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def drawn(self) -> tuple[str, ...]:
        """The descriptions of what is to be drawn, far to near."""
        return tuple(region.description for region, layer in self.layers if layer is None)

    def varied(self) -> Plan:
        """For a picture that is to be another one: what changed is drawn; all, where nothing else would be."""
        if self.scene or self.drawn:
            return self
        layers = tuple((region, None if region.description in self.changed else layer) for region, layer in self.layers)
        if not self.changed:
            return replace(self, layers=tuple((region, None) for region, _ in layers), scene=True)
        return replace(self, layers=layers, changed=())


def paint_of(region: Region) -> Rgb:
    """The colour that a thing is drawn in, and turned to."""
    return meant_by(region.color) if region.free_rgb is None else region.free_rgb


def says_color(region: Region) -> bool:
    """Whether it is known what colour a thing is drawn in: gray is also what stands where nothing is said."""
    words = region.description.lower().strip(".").split()
    return region.free_rgb is not None or region.color != _UNSAID or any(map(is_color_word, words))


def plan_first(canvas: Canvas) -> Plan:
    """All of it is drawn."""
    return Plan(tuple((region, None) for region in canvas.far_to_near()), scene=True)


def plan_change(earlier: Canvas, stack: Stack, canvas: Canvas, again: Collection[int] = ()) -> Plan:
    """From the layers of the earlier canvas; ``again`` are numbers of regions that are drawn whatever they were.

    Raises:
        ValueError: if these are not the layers of that canvas.
    """
    had = list(zip(earlier.far_to_near(), stack.layers, strict=True))
    found = difference(earlier, canvas).with_anew(again)
    now = [(change.after, _layer(change, had, stack.size), change) for change in found.regions]
    wanted = [(after, layer) for after, layer, _ in now if after is not None]
    changed = tuple(after.description for after, layer, change in now if after and layer and change.kinds)
    gone = tuple(before.description for before in (each.before for each in found.regions if not each.after) if before)
    return Plan(tuple(_taken(wanted, region) for region in canvas.far_to_near()), found.scene, changed, gone)


def _taken(among: list[tuple[Region, Layer | None]], region: Region) -> tuple[Region, Layer | None]:
    """The first pair of a region, which is taken out: of two that are equal, each has its own."""
    return among.pop(next(number for number, (other, _) in enumerate(among) if other is region))


def _layer(change: RegionChange, had: Sequence[tuple[Region, Layer]], size: tuple[int, int]) -> Layer | None:
    """The layer of a thing as it now is; None where it is to be drawn."""
    before, after = change.before, change.after
    if before is None or after is None or not change.kinds <= _EXACT:
        return None
    layer = next(layer for region, layer in had if region is before)
    if change.kinds <= _ORDER:
        return layer
    if layer.is_empty:
        return None
    if change.kinds & {ChangeKind.MOVED, ChangeKind.RESIZED}:
        layer = layer.at(before.box, after.box, size)
    if ChangeKind.RECOLORED in change.kinds:
        if before.rgb == after.rgb:  # it is called by another colour, of which nothing is known but its name
            return None
        layer = layer.colored(paint_of(after))
    return None if layer.is_too_large or layer.is_cut(size) else layer
