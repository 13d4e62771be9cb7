"""Where what somebody wears, holds or rides can be seen, and they, too."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from omost_pipeline.canvas.elements import Region
from omost_pipeline.canvas.vocabulary import GRID, LOCATIONS, OFFSETS
from omost_pipeline.world.stage import NEAREST, Hold

_OVER = 11
"""How far above somebody's box the middle of what they wear is, in grid units; a hat's lower half covers the head."""

_SADDLE = 8
"""How far below the top of a mount's box the middle of its rider is."""

_ASIDE = 10
"""How far from the picture's middle somebody stands at most who holds something beside them, not before them."""


def carried(thing: Region, by: Region, hold: Hold) -> Region:
    """``thing``, small and a step nearer, at the place of a canvas that is nearest to where ``by`` would have it.

    Of who rides, the rider is the thing that is carried, ``by`` the mount.
    """
    x, y = _middle(by, hold)
    location, offset = min(product(LOCATIONS, OFFSETS), key=lambda place: _apart(place, x, y))
    area = f"a small {thing.area.rsplit(' ', 2)[1]} area"
    distance = max(by.distance_to_viewer - 1.0, NEAREST)
    return replace(thing, location=location, offset=offset, area=area, distance_to_viewer=distance, free_box=None)


def _middle(by: Region, hold: Hold) -> tuple[float, float]:
    box = by.box
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    if hold == "wearing":
        return x, box.top - _OVER
    if hold == "riding":
        return x, box.top + _SADDLE
    return (box.right, y) if abs(x - GRID / 2) <= _ASIDE else (x, box.bottom)


def _apart(place: tuple[str, str], x: float, y: float) -> float:
    left, top = LOCATIONS[place[0]]
    right, down = OFFSETS[place[1]]
    return (left + right - x) ** 2 + (top + down - y) ** 2
