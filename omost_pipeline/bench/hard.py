"""Scenes in which regions are in each other's way, and who is seen in front where two of them meet.

Three to six things, each over or under another by a third of the smaller one or more; two of them are of one kind in
two colours, and small ones stand beside large ones. Knows no renderer.
"""

from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image

from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.world.classifier import LEAST_VISIBLE
from omost_pipeline.world.kinds import BACKGROUNDS, COLORS, KINDS
from omost_pipeline.world.scenes import Scene, Thing, silhouette, visible_share

SCENES = 200

_COVERED = 1 / 3
"""Of the smaller of two things, what they share at least."""

_LARGE, _SMALL = (42, 60), (22, 36)
"""Sides of boxes, in cells of the grid."""

_FEWEST_CELLS = 12
"""Cells of the grid that both things have, and each has alone, for their order to be judged."""

_TRIES = 60


def hard_scenes(count: int) -> list[Scene]:
    """Scenes that no training has seen."""
    rng, found = Random("hard scenes"), list[Scene]()
    while len(found) < count:
        scene = _sampled(rng)
        if scene is not None:
            found.append(scene)
    return found


def in_order(scene: Scene, picture: Image.Image) -> list[bool]:
    """For each two things that meet, in colours of their own, whether the nearer one is seen in front.

    Where the outlines of both are, pixels look more like those of the nearer alone than like those of the farther.
    """
    pixels = np.asarray(picture.convert("RGB").resize((GRID, GRID), Image.Resampling.BOX), np.float32)
    order = scene.far_to_near()
    outlines = [silhouette(thing) for thing in order]
    seen = [_free_of(outline, outlines[number + 1 :]) for number, outline in enumerate(outlines)]
    found = []
    for far, near in combinations(range(len(order)), 2):
        both = outlines[far] & seen[near]
        alone = seen[far] & ~outlines[near], seen[near] & ~outlines[far]
        enough = min(int(cells.sum()) for cells in (both, *alone)) >= _FEWEST_CELLS
        if enough and order[far].color != order[near].color:
            there, behind, before = (np.median(pixels[cells], 0) for cells in (both, *alone))
            found.append(bool(np.abs(there - before).sum() < np.abs(there - behind).sum()))
    return found


def _free_of(outline: npt.NDArray[np.bool_], nearer: list[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    for other in nearer:
        outline = outline & ~other
    return outline


def _sampled(rng: Random) -> Scene | None:
    things: list[Thing] = []
    count = rng.randint(3, 6)
    for place in range(count):
        for _ in range(_TRIES):
            thing = _thing(rng, things, place, count)
            if thing is not None and _all_show([*things, thing]):
                things.append(thing)
                break
        else:
            return None
    return Scene(rng.choice(list(BACKGROUNDS)), tuple(things))


def _thing(rng: Random, before: list[Thing], place: int, count: int) -> Thing | None:
    """The next thing, in the way of an earlier one; the second is of the first one's kind in another colour."""
    sides = _LARGE if place == 0 or (place == 1 and count < 5) else _SMALL
    width, height = rng.randint(*sides), rng.randint(*sides)
    left, top = rng.randint(0, GRID - width), rng.randint(0, GRID - height)
    where = Box(left, top, left + width, top + height)
    if before and not any(_shared(where, other.box) >= _COVERED for other in before):
        return None
    kinds = [name for name in KINDS if name not in {thing.kind for thing in before}]
    kind = before[0].kind if place == 1 else rng.choice(kinds)
    colors = [name for name in COLORS if place != 1 or name != before[0].color]
    return Thing(kind, rng.choice(colors), where, float(10 - place) if rng.random() < 0.8 else 9.5)


def _shared(one: Box, other: Box) -> float:
    """What two boxes have in common, as a share of the smaller one."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    smaller = min(box.width * box.height for box in (one, other))
    return max(across, 0) * max(down, 0) / smaller


def _all_show(things: list[Thing]) -> bool:
    order = Scene("", tuple(things)).far_to_near()
    return all(
        visible_share(thing.box, [other.box for other in order[number + 1 :]]) >= LEAST_VISIBLE
        for number, thing in enumerate(order)
    )
