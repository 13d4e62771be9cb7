"""Drafts and what is made of them: held-out scenes drawn as a draft, finished from it, and drawn in full at once.

All in layers, as the bundled renderer draws; a draft is finished layer by layer, and beside that in one drawing.

The classifier judges the things of each; structure is how alike two pictures are when only coarse light and dark, or
only coarse edges, are looked at. Beside it stands how alike the full picture is to that of another seed.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from statistics import mean, median
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omost_pipeline.bench.adherence import canvas_of, held_out
from omost_pipeline.bench.hard import hard_scenes
from omost_pipeline.bench.pixels import begun_with, last
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.drafts import as_drawn
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.protocol import Rendered, Step
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.spec import DETAILS, DRAFT, ENHANCE, GUIDANCE, LAYERED, METHOD, SEED, SIZE, STEPS, Spec
from omost_pipeline.world.classifier import load_classifier, sights

SCENES = 20
_SIDE = 48
"""Pixels of a side at which structure is compared."""
_OTHER = 1000


class Way(TypedDict):
    """One way to come to a picture: shares of things of the right kind and colour, time, likeness of structure."""

    kind: float
    color: float
    seconds_ratio: float
    """Processor time over that of drawing in full, at the median."""
    light: float
    edges: float


class Drafts(TypedDict):
    full: Way
    draft: Way
    """Beside the full picture."""
    finished: Way
    """Beside its draft."""
    in_one: Way
    """The draft finished in one drawing, beside the draft."""
    other_seed: Way
    """Beside the full picture."""


def run(scenes: int = SCENES, *, hard: bool = False) -> Drafts:
    """Measure the bundled renderer; ``hard`` scenes are others (:mod:`hard`).

    Raises:
        OmostError: if the renderer or the classifier cannot be loaded or fails.
    """
    profile = PROFILES["tiny"]
    renderer, classifier = load_renderer(profile.renderer), load_classifier()
    usual = Spec().having(SIZE, (profile.width, profile.height)).having(STEPS, profile.steps)
    usual = usual.having(GUIDANCE, profile.guidance).having(METHOD, LAYERED).having(DETAILS, "on")
    rows: dict[str, list[_Row]] = {}
    for number, scene in enumerate((hard_scenes if hard else held_out)(scenes)):
        seen = [sight.thing for sight in sights(scene)]
        for name, (picture, beside, seconds) in _ways(renderer, canvas_of(scene), usual.having(SEED, number)).items():
            judged = classifier.judge(picture, [thing.box for thing in seen]) if seen else []
            likeness = structure(picture, beside)
            rows.setdefault(name, []).extend(
                (thing.kind == kind, thing.color == color, seconds, *likeness)
                for thing, (kind, color) in zip(seen, judged, strict=True)
            )
    return Drafts(
        full=_way(rows["full"]),
        draft=_way(rows["draft"]),
        finished=_way(rows["finished"]),
        in_one=_way(rows["in_one"]),
        other_seed=_way(rows["other_seed"]),
    )


_Row = tuple[float, float, float, float, float]
"""Of a thing: whether its kind and its colour are right; and of its picture, time, light and edges."""


def _ways(renderer: SdxlRenderer, canvas: Canvas, spec: Spec) -> dict[str, tuple[Image.Image, Image.Image, float]]:
    """Each way's picture, what it is compared with, and its processor time over that of drawing in full."""
    sketch = spec.having(DRAFT, "on")
    finishing = options_of(as_drawn(sketch.having(ENHANCE, spec.of(SIZE)), renderer.sizes))
    full, whole = _timed(renderer.render(canvas, options_of(spec)))
    draft, took = _timed(renderer.render(canvas, options_of(as_drawn(sketch, renderer.sizes))))
    finished, long = _timed(renderer.edit(canvas, finishing, begun_with(canvas, draft)))
    in_one, short = _timed(renderer.render(canvas, finishing, draft.images[0]))
    other, again = _timed(renderer.render(canvas, options_of(spec.having(SEED, spec.of(SEED) + _OTHER))))
    return {
        "full": (full.images[0], full.images[0], 1.0),
        "draft": (draft.images[0], full.images[0], took / whole),
        "finished": (finished.images[0], draft.images[0], long / whole),
        "in_one": (in_one.images[0], draft.images[0], short / whole),
        "other_seed": (other.images[0], full.images[0], again / whole),
    }


def structure(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """How alike coarse light and dark, and coarse edges, of two pictures are: correlations, 1 for the same."""
    lights = [_light(each) for each in (one, other)]
    edges = [np.hypot(*np.gradient(each)) for each in lights]
    return _correlation(*lights), _correlation(*edges)


def _light(picture: Image.Image) -> NDArray[np.float64]:
    small = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    if not one.std() or not other.std():
        return float(np.array_equal(one, other))
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _timed(news: Generator[Step | Rendered, None, None]) -> tuple[Rendered, float]:
    """What is drawn, and the processor time that takes in seconds."""
    start = time.process_time()
    return last(news), time.process_time() - start


def _way(rows: list[_Row]) -> Way:
    kind, color, seconds, light, edges = zip(*rows, strict=True)
    return Way(kind=mean(kind), color=mean(color), seconds_ratio=median(seconds), light=mean(light), edges=mean(edges))
