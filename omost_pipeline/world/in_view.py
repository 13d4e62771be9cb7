"""Whoever stands in front of something leaves it in view.

The world has what is in front of another at the other's place, a step nearer; with boxes of one size the farther one
would be hidden. So the nearer one stands a step lower, where that place is free.
"""

from __future__ import annotations

from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, Region, in_names
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.stage import NO_OFFSET, neighbour

_STEP = 1.0
"""How much nearer the world has what is in front."""

_HIDDEN = 0.27
"""Share of a box that shows at most where the thing in it is as good as hidden; around a smaller one shows more."""


def in_view(canvas: Canvas, before: Canvas | None = None) -> Canvas:
    """The canvas with nobody right in front of another thing; what stood so ``before``, too, stays where it is."""
    regions = list(canvas.regions)
    stood = set() if before is None else {_stand(region) for region in in_names(before).regions}
    for number, near in enumerate(regions):
        if _stand(near) not in stood and any(_hides(near, far) for far in regions):
            lower = neighbour(near.location, "below")
            if all(other.location != lower for other in regions):
                regions[number] = replace(near, location=lower)
    return replace(canvas, regions=tuple(regions))


def _stand(region: Region) -> tuple[object, ...]:
    return region.location, region.offset, region.area, region.distance_to_viewer


def _hides(near: Region, far: Region) -> bool:
    here = (near.location, near.offset, NO_OFFSET) == (far.location, NO_OFFSET, far.offset)
    free = near.free_box is not None or far.free_box is not None
    in_front = far.distance_to_viewer - near.distance_to_viewer == _STEP
    return here and in_front and not free and visible_share(far.box, [near.box]) <= _HIDDEN
