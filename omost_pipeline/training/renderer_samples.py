"""What one training sample of the bundled renderer sees, and of which picture.

Each is conditioned as some call of a render is: with a box for each thing, as the method ``score`` asks; with pixels
owned by the nearest outline, or with things that do not meet alone before the background, as ``bounded`` asks in its
later and earlier steps; by a plain caption; or by nothing, for guidance. Knows no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from omost_pipeline.renderer.regions.protocol import nearer
from omost_pipeline.renderer.regions.spans import Span, box_mask
from omost_pipeline.renderer.spec import DEFAULT_NEGATIVE_PROMPT
from omost_pipeline.renderer.subprompts import Condition, plain_condition
from omost_pipeline.world.scenes import Scene, Thing, silhouette, visible_share

NOTHING = plain_condition("")
_NEGATIVE = plain_condition(DEFAULT_NEGATIVE_PROMPT)


@dataclass(frozen=True)
class Shares:
    """How much of the training (0…1) is conditioned how; the rest is by nothing."""

    boxes: float = 0.2
    outlines: float = 0.35
    alone: float = 0.22
    caption: float = 0.12


@dataclass(frozen=True)
class Sample:
    """``conditions``, the whole picture's first. ``seen``: [G, G] bool for each where it is not all of its box.

    ``shown``: the things that the picture to learn shows although the noisy one shows all; ``None`` for all.
    """

    conditions: tuple[Condition, ...]
    seen: tuple[Tensor | None, ...] = ()
    shown: tuple[Thing, ...] | None = None

    def spans(self, encoded: Sequence[Span]) -> tuple[Span, ...]:
        """The conditions' spans, seen where this sample has it."""
        if not self.seen:
            return tuple(encoded)
        return tuple(replace(span, seen=mask) for span, mask in zip(encoded, self.seen, strict=True))


def boxes(scene: Scene, things: Sequence[Thing] | None = None) -> Sample:
    """The background for the whole picture, then background and thing for each box, as the canvas's paths are.

    ``things``: which, and in which order; by default the scene's.
    """
    chosen = scene.things if things is None else things
    regions = [Condition((scene.description, thing.description), (), thing.box) for thing in chosen]
    return Sample((Condition((scene.description,), (), None), *regions))


Outline = Callable[[Thing], npt.NDArray[np.bool_]]
"""What of the grid a thing covers: [GRID, GRID]."""


def outlines(scene: Scene, outline: Outline = silhouette) -> Sample:
    """Boxes, in which no thing is seen where a nearer one covers it."""
    order = scene.far_to_near()
    if not order:
        return boxes(scene)
    hidden = nearer(torch.stack([torch.from_numpy(outline(thing)) for thing in order]))
    within = torch.stack([box_mask(thing.box) for thing in order]) & ~hidden
    return replace(boxes(scene, order), seen=(None, *within))


def alone(scene: Scene, rng: Random) -> Sample:
    """Some things whose boxes do not meet, or none, before the background: the others are to be taken for noise."""
    left = list(scene.things)
    rng.shuffle(left)
    chosen: list[Thing] = []
    for thing in left[: rng.choice((0, *[len(left)] * 4))]:
        if visible_share(thing.box, [other.box for other in chosen]) == 1.0:
            chosen.append(thing)
    return replace(boxes(scene, chosen), shown=tuple(chosen))


def caption(scene: Scene, rng: Random) -> Sample:
    """One caption of everything, things in any order, so that it says nothing of places."""
    things = [thing.description for thing in scene.things]
    rng.shuffle(things)
    return Sample((Condition((), (scene.description, *things), None),))


def draw_sample(scene: Scene, shares: Shares, rng: Random, outline: Outline = silhouette) -> Sample:
    """What one sample of ``scene`` sees."""
    draw = rng.random()
    if (draw := draw - shares.boxes) < 0:
        return boxes(scene)
    if (draw := draw - shares.outlines) < 0:
        return outlines(scene, outline)
    if (draw := draw - shares.alone) < 0:
        return alone(scene, rng)
    if draw < shares.caption:
        return caption(scene, rng)
    return Sample((NOTHING if rng.random() < 0.5 else _NEGATIVE,))
