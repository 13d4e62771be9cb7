"""What edits keep: held-out scenes are drawn, changed in one thing, and drawn from the earlier picture and whole.

Beside each edit stand a whole drawing of the same canvas at the same seed and the composited latents alone, decoded.
The classifier judges the changed thing and the unchanged ones; pixels outside the mask are compared with earlier ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import median
from typing import TypedDict

import numpy as np
import torch
from PIL import Image

from omost_pipeline.bench import full_size
from omost_pipeline.bench.adherence import canvas_of, held_out
from omost_pipeline.bench.full_size import Quarter
from omost_pipeline.bench.pixels import inside_of, last, pixels, psnr, same, seam
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.engine.info import usual_spec
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier, KeepOptions
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.spec import METHOD, SEED
from omost_pipeline.world.classifier import LEAST_VISIBLE, Classifier, load_classifier
from omost_pipeline.world.kinds import COLORS, KINDS
from omost_pipeline.world.scenes import Scene, Thing, visible_share

EDITS = 200
KINDS_OF_EDIT = ("recolor", "replace", "remove", "add", "move", "resize", "nearer")


class Changed(TypedDict):
    """Whether the changed thing is right; of a removed one, whether it is no longer seen."""

    kind: bool
    color: bool


class Beside(TypedDict):
    """Another way to draw the same edit, and what it keeps outside the mask."""

    changed: Changed
    unchanged: float
    kept_pixels: float
    psnr: float


class Edited(TypedDict):
    """One edit. Shares are 0…1, PSNR is in dB, the seam is a ratio of gradients to those of the whole drawing."""

    kind: str
    changed: Changed
    unchanged: float
    """Of the things that did not change and were right before, the share that still is."""
    kept_pixels: float
    """Of the pixels outside the mask, the share that is identical."""
    kept: float
    """Share of the picture outside the mask."""
    psnr_latents_only: float
    seam: float
    seconds_ratio: float
    """Denoising, of the edit over the whole drawing, in the same run."""
    total_ratio: float
    """The same of everything: finding outlines and decoding, too."""
    latents_only: Beside
    """The composited latents, decoded."""
    whole: Beside
    """All of it drawn at the same seed."""


class Way(TypedDict):
    """A way to draw edits: means over some of them, and the least share of identical pixels."""

    kept_pixels: float
    psnr: float
    kind: float
    color: float
    unchanged: float


class Row(TypedDict):
    """Edits of one kind, or all: this way, and two others beside it; the ratios are medians."""

    edits: int
    kept: float
    seam: float
    seconds_ratio: float
    total_ratio: float
    edit: Way
    latents_only: Way
    whole: Way


class Summary(Row):
    """Over all edits, over those of each kind, and what ten edits in a row keep."""

    kinds: dict[str, Row]
    in_a_row: float
    """After ten edits, share of the pixels outside all their masks that are the first picture's."""


class Keep(TypedDict):
    edits: list[Edited]
    summary: Summary
    full_size: dict[str, Quarter]
    """What an edit of a quarter, by its place, costs of a whole drawing with SDXL's own UNet."""


@dataclass(frozen=True)
class Change:
    """A scene after an edit, the thing that changed as it is now, None where it is gone, and as it was."""

    scene: Scene
    now: Thing | None
    before: Thing | None


def run(edits: int = EDITS, options: KeepOptions | None = None, chain: int = 10) -> Keep:
    """Measure so many edits on the bundled renderer, on one thread, and ``chain`` of them one after the other.

    Raises:
        OmostError: if the renderer or the classifier cannot be loaded or fails.
    """
    torch.set_num_threads(1)
    measured = _Measuring(load_renderer(PROFILES["tiny"].renderer), load_classifier(), options or KeepOptions())
    scenes, rows = held_out(edits), list[Edited]()
    for number, scene in enumerate(scenes):
        kind = KINDS_OF_EDIT[number % len(KINDS_OF_EDIT)]
        rows.append(measured.edit(kind, number, scene, changed(kind, scene, Random(f"edit {number}"))))
    summary = _summary(rows, measured.in_a_row(scenes[0], chain))
    return {"edits": rows, "summary": summary, "full_size": full_size.run()}


def changed(kind: str, scene: Scene, rng: Random) -> Change:
    """The scene after an edit of a kind; one that it does not allow is a recolouring."""
    thing = rng.choice(scene.things)
    now = _CHANGES[kind](thing, scene, rng)
    if kind == "remove":
        return Change(_with(scene, thing, None), None, thing)
    if kind == "add":
        return Change(replace(scene, things=(*scene.things, now)), now, None)
    return Change(_with(scene, thing, now), now, thing)


def _with(scene: Scene, old: Thing, new: Thing | None) -> Scene:
    things = (each if each is not old else new for each in scene.things)
    return replace(scene, things=tuple(each for each in things if each is not None))


def _other(names: Sequence[str], name: str, rng: Random) -> str:
    return rng.choice([each for each in names if each != name])


def _recolored(thing: Thing, _scene: Scene, rng: Random) -> Thing:
    return replace(thing, color=_other(tuple(COLORS), thing.color, rng))


def _moved(thing: Thing, _scene: Scene, rng: Random) -> Thing:
    left, top = (rng.choice(range(0, 91 - int(side), 5)) for side in (thing.box.width, thing.box.height))
    return replace(thing, box=Box(left, top, left + thing.box.width, top + thing.box.height))


def _resized(thing: Thing, _scene: Scene, rng: Random) -> Thing:
    box, scale = thing.box, rng.choice((0.7, 1.3))
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    width, height = box.width * scale / 2, box.height * scale / 2
    return replace(thing, box=Box(max(x - width, 0), max(y - height, 0), min(x + width, 90), min(y + height, 90)))


_CHANGES: dict[str, Callable[[Thing, Scene, Random], Thing]] = {
    "recolor": _recolored,
    "remove": _recolored,
    "replace": lambda thing, scene, rng: replace(
        _recolored(thing, scene, rng), kind=_other(tuple(KINDS), thing.kind, rng)
    ),
    "add": lambda thing, scene, rng: replace(
        _moved(thing, scene, rng), kind=_other(tuple(KINDS), thing.kind, rng), distance=0.5
    ),
    "move": _moved,
    "resize": _resized,
    "nearer": lambda thing, _scene, _rng: replace(thing, distance=0.5),
}


@dataclass
class _Measuring:
    renderer: SdxlRenderer
    classifier: Classifier
    keep: KeepOptions

    def edit(self, kind: str, number: int, scene: Scene, change: Change) -> Edited:
        options = self._options(number)
        before, after = _canvas(scene), _canvas(change.scene)
        first = last(self.renderer.render(before, options))
        earlier = Earlier(before, first.images[0], first.remains[0], self.keep)
        edited = last(self.renderer.edit(after, options, earlier))
        whole = last(self.renderer.render(after, options))
        latents_only = self._latents_only(edited)
        inside, before_it = inside_of(edited), first.images[0]
        stays = [thing for thing in scene.things if thing in change.scene.things and thing is not change.now]

        def beside(picture: Image.Image) -> Beside:
            return {
                "changed": self._right(picture, change),
                "unchanged": self._still(stays, scene, change.scene, before_it, picture),
                "kept_pixels": same(pixels(before_it), pixels(picture), ~inside),
                "psnr": psnr(pixels(before_it), pixels(picture), ~inside),
            }

        ours, theirs = beside(edited.images[0]), beside(latents_only)
        return {
            "kind": kind,
            "changed": ours["changed"],
            "unchanged": ours["unchanged"],
            "kept_pixels": ours["kept_pixels"],
            "kept": edited.kept,
            "psnr_latents_only": theirs["psnr"],
            "seam": seam(pixels(edited.images[0]), pixels(whole.images[0]), inside),
            "seconds_ratio": edited.seconds.get("denoise", 0.0) / whole.seconds["denoise"],
            "total_ratio": sum(edited.seconds.values()) / sum(whole.seconds.values()),
            "latents_only": theirs,
            "whole": beside(whole.images[0]),
        }

    def _latents_only(self, edited: Rendered) -> Image.Image:
        return self.renderer.picture_of(edited.remains[0])

    def in_a_row(self, scene: Scene, count: int) -> float:
        """So many edits, each of the picture before: the share of pixels outside all masks still the first's."""
        rng, options = Random("ten"), self._options(0)
        canvas = _canvas(scene)
        drawn = first = last(self.renderer.render(canvas, options))
        touched = np.zeros((options.height, options.width), dtype=np.bool_)
        for number in range(count):
            change = changed(("recolor", "replace", "resize")[number % 3], scene, rng)
            earlier = Earlier(canvas, drawn.images[0], drawn.remains[0], self.keep)
            scene, canvas = change.scene, _canvas(change.scene)
            drawn = last(self.renderer.edit(canvas, options, earlier))
            touched |= inside_of(drawn)
        return same(pixels(first.images[0]), pixels(drawn.images[0]), ~touched)

    def _options(self, seed: int) -> RenderOptions:
        tiny = PROFILES["tiny"]
        return options_of(usual_spec(tiny).having(METHOD, tiny.method).having(SEED, seed))

    def _right(self, picture: Image.Image, change: Change) -> Changed:
        if change.now is not None:
            [(kind, color)] = self.classifier.judge(picture, [change.now.box])
            return {"kind": kind == change.now.kind, "color": color == change.now.color}
        assert change.before is not None
        seen = self.classifier.judge(picture, [change.before.box])[0]
        gone = seen != (change.before.kind, change.before.color)
        return {"kind": gone, "color": gone}

    def _still(self, stays: list[Thing], scene: Scene, later: Scene, before: Image.Image, after: Image.Image) -> float:
        judged = [thing for thing in stays if _visible(thing, scene) and _visible(thing, later)]
        if not judged:
            return 1.0
        boxes, right = [thing.box for thing in judged], [(thing.kind, thing.color) for thing in judged]
        then = [seen == known for seen, known in zip(self.classifier.judge(before, boxes), right, strict=True)]
        now = [seen == known for seen, known in zip(self.classifier.judge(after, boxes), right, strict=True)]
        known = [still for still, was in zip(now, then, strict=True) if was]
        return sum(known) / len(known) if known else 1.0


def _canvas(scene: Scene) -> Canvas:
    return canvas_of(scene)


def _visible(thing: Thing, scene: Scene) -> bool:
    order = scene.far_to_near()
    return visible_share(thing.box, [other.box for other in order[order.index(thing) + 1 :]]) >= LEAST_VISIBLE


def _summary(rows: Sequence[Edited], in_a_row: float) -> Summary:
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in KINDS_OF_EDIT}
    by_kind = {kind: _row(found) for kind, found in kinds.items() if found}
    return {**_row(rows), "kinds": by_kind, "in_a_row": in_a_row}


def _row(rows: Sequence[Edited]) -> Row:
    return {
        "edits": len(rows),
        "kept": _mean([row["kept"] for row in rows]),
        "seam": _mean([row["seam"] for row in rows]),
        "seconds_ratio": median(row["seconds_ratio"] for row in rows),
        "total_ratio": median(row["total_ratio"] for row in rows),
        "edit": _way([_own(row) for row in rows]),
        "latents_only": _way([row["latents_only"] for row in rows]),
        "whole": _way([row["whole"] for row in rows]),
    }


def _own(row: Edited) -> Beside:
    kept = row["kept_pixels"]
    return {"changed": row["changed"], "unchanged": row["unchanged"], "kept_pixels": kept, "psnr": 99.0}


def _way(found: Sequence[Beside]) -> Way:
    return {
        "kept_pixels": min(each["kept_pixels"] for each in found),
        "psnr": _mean([each["psnr"] for each in found]),
        "kind": _mean([each["changed"]["kind"] for each in found]),
        "color": _mean([each["changed"]["color"] for each in found]),
        "unchanged": _mean([each["unchanged"] for each in found]),
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
