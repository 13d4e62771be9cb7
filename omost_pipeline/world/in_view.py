"""Whoever stands in front of something, or carries something, is left in view.

The world has what is in front of another, or is worn, held or riding, at the other's place, a step nearer; with boxes
of about one size the farther one would be hidden. So who stands in front stands a step lower, or what came behind a
step higher, where that place is free, or half beside it if it is no larger; what is worn sits on top, what is held is
at the side, and a rider, drawn small, above the mount. Two things alone stand side by side or one on the other, each
whole, and a third in front of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas, Region, in_names
from omost_pipeline.world.behind import named_behind
from omost_pipeline.world.carried import carried
from omost_pipeline.world.kinds import kind_of
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.stage import NEAREST, NO_OFFSET, Hold, head_of, neighbour

_STEP = 1.0
"""How much nearer the world has what is in front."""

_HIDDEN = 0.27
"""Share of a box that shows at most where the thing in it is as good as hidden; around a smaller one shows more."""

_SEEN = 0.4
"""Share of a box that is to show of what was put behind something."""

_HOLDS: dict[tuple[str, bool], Hold] = {
    ("slightly to the upper", True): "wearing",
    ("slightly to the right", True): "holding",
    ("slightly to the upper", False): "riding",
}
"""Offset by which the world has something carried, and whether it is small (a rider is not) → how it is carried."""


def in_view(canvas: Canvas, before: Canvas | None = None) -> Canvas:
    """The canvas with nothing right in front of another thing; what stood so ``before``, too, stays where it is."""
    regions = list(canvas.regions)
    earlier = () if before is None else in_names(before).regions
    stood, places = set(map(_stand, earlier)), set(map(_place, earlier))
    for number, near in enumerate(regions):
        if _stand(near) in stood:
            regions = [_behind(far, near, regions, places) if _stand(far) not in stood else far for far in regions]
            continue
        carrier = next((far for far in regions if _carries(far, near)), None)
        if carrier is not None:
            regions[number] = carried(near, carrier, _HOLDS[near.offset, _is_small(near)])
        elif (
            before is not None and (under := next((far for far in regions if _is_set_on(near, far)), None)) is not None
        ):
            regions[number] = replace(carried(near, under, "riding"), distance_to_viewer=near.distance_to_viewer)
        elif any(_hides(near, far) for far in regions):
            lower = neighbour(near.location, "below")
            if all(other.location != lower for other in regions):
                regions[number] = replace(near, location=lower)
    return replace(canvas, regions=tuple(regions))


def side_by_side(canvas: Canvas) -> Canvas:
    """A first canvas with its two or three things beside each other, where they are all and nobody said where.

    They stand in the order in which they were written, left and right of the middle, unless two have a side each; the
    nearest of three, or the last, in front of the others.
    """
    regions = list(canvas.regions)
    places = {region.location for region in regions}
    if len(regions) not in (2, 3) or len(places) < len(regions) or not all(map(_stands_anywhere, regions)):
        return canvas
    nearest = min(region.distance_to_viewer for region in regions)
    front = (
        None if len(regions) == 2 else max(n for n, each in enumerate(regions) if each.distance_to_viewer == nearest)
    )
    one, other = (number for number in range(len(regions)) if number != front)
    sides = list(_INWARDS)[:: -1 if len(regions) == 2 and regions[one].location == "on the right" else 1]
    regions[one], regions[other] = _small(regions[one], sides[0]), _small(regions[other], sides[1])
    if front is not None:
        near = _small(regions[front], "on the bottom")
        regions[front] = replace(near, distance_to_viewer=max(nearest - _STEP, NEAREST))
    return replace(canvas, regions=tuple(regions))


def whole(canvas: Canvas) -> Canvas:
    """A first canvas with its two things, where one is above and the other below, each small enough to be all there."""
    if len(canvas.regions) != 2 or {region.location for region in canvas.regions} != {"on the top", "on the bottom"}:
        return canvas
    if not all(map(_is_plain, canvas.regions)):
        return canvas
    return replace(canvas, regions=tuple(_small(region, region.location) for region in canvas.regions))


_INWARDS = {"on the left": "slightly to the right", "on the right": "slightly to the left"}
_OFFSETS = {**_INWARDS, "on the bottom": "slightly to the upper", "on the top": "slightly to the lower"}


def _stands_anywhere(region: Region) -> bool:
    return (region.location == "in the center" or region.location in _INWARDS) and _is_plain(region)


def _is_plain(region: Region) -> bool:
    """Whether nobody said how large it is, and it stands right at its place."""
    return region.area.startswith("a medium-sized ") and region.offset == NO_OFFSET and region.free_box is None


def _small(region: Region, location: str) -> Region:
    area = region.area.replace("medium-sized", "small")
    return replace(region, location=location, offset=_OFFSETS[location], area=area)


def _behind(far: Region, near: Region, regions: list[Region], taken: Collection[object]) -> Region:
    """What came behind something that stays where it is: above it if it is larger, else half beside it.

    Whose place was ``taken`` before has only another size.
    """
    above = _above(far, near, regions)
    if not _is_right_behind(near, far) or _place(far) in taken:
        return above
    there, before = kind_of(head_of(far)), kind_of(head_of(near))
    if "sky" in (there.habitat, before.habitat) or (there.distance > before.distance and above != far):
        return above
    return named_behind(far, near, (each for each in regions if each not in (far, near)))


def _is_right_behind(near: Region, far: Region) -> bool:
    """Whether the world has one thing behind the other, where hardly anything of it shows."""
    here = (near.location, NO_OFFSET) == (far.location, far.offset)
    free = near.free_box is not None or far.free_box is not None
    one_step = far.distance_to_viewer - near.distance_to_viewer == _STEP
    return here and one_step and not free and visible_share(far.box, [near.box]) < _SEEN


def _above(far: Region, near: Region, regions: list[Region]) -> Region:
    """What came behind something that stays where it is: a step higher, where that place is free."""
    upper = neighbour(far.location, "above")
    behind = _hides(near, far) or _sets_behind(near, far)
    return replace(far, location=upper) if behind and all(e.location != upper for e in regions) else far


def _sets_behind(near: Region, far: Region) -> bool:
    """Whether what belongs in the sky is hidden by something that is nearer, by however much."""
    in_sky = kind_of(head_of(far)).habitat == "sky" and far.free_box is None
    nearer = far.distance_to_viewer - near.distance_to_viewer >= _STEP
    return in_sky and nearer and visible_share(far.box, [near.box]) <= _HIDDEN


def _carries(far: Region, near: Region) -> bool:
    same = (near.location, NO_OFFSET) == (far.location, far.offset) and (near.offset, _is_small(near)) in _HOLDS
    free = near.free_box is not None or far.free_box is not None
    return same and not free and near.distance_to_viewer == max(far.distance_to_viewer - _STEP, NEAREST)


def _is_small(region: Region) -> bool:
    return region.area.startswith("a small ")


def _stand(region: Region) -> tuple[object, ...]:
    return region.location, region.offset, region.area, region.distance_to_viewer


def _is_set_on(near: Region, far: Region) -> bool:
    """Whether one thing stands where another at the top edge is, which it would hide: "put the girl on the moon"."""
    here = near.location == far.location and (near.offset, far.offset) == (NO_OFFSET, NO_OFFSET)
    free = near.free_box is not None or far.free_box is not None
    kinds = kind_of(head_of(near)).habitat, kind_of(head_of(far)).habitat
    at_the_top = near.location.startswith("on the top") and kinds == ("ground", "sky")
    return here and at_the_top and not free and near.distance_to_viewer < far.distance_to_viewer - _STEP


def _place(region: Region) -> tuple[object, ...]:
    return region.location, region.offset, region.distance_to_viewer


def _hides(near: Region, far: Region) -> bool:
    here = (near.location, near.offset, NO_OFFSET) == (far.location, NO_OFFSET, far.offset)
    free = near.free_box is not None or far.free_box is not None
    in_front = far.distance_to_viewer - near.distance_to_viewer == _STEP
    return here and in_front and not free and visible_share(far.box, [near.box]) <= _HIDDEN
