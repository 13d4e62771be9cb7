"""Drafts and what is made of them: held-out scenes drawn as a draft, finished from it, and drawn in full at once.

The classifier judges the things of each; structure is how alike two pictures are when only coarse light and dark, or
only coarse edges, are looked at. Beside it stands how alike the full picture is to that of another seed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import mean, median
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from omost_pipeline.bench.adherence import canvas_of, held_out
from omost_pipeline.bench.pixels import last
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.drafts import as_drawn
from omost_pipeline.renderer.options import options_of
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.renderer.spec import DRAFT, ENHANCE, GUIDANCE, METHOD, SEED, SIZE, STEPS, Spec
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
    other_seed: Way
    """Beside the full picture."""


def run(scenes: int = SCENES) -> Drafts:
    """Measure the bundled renderer.

    Raises:
        OmostError: if the renderer or the classifier cannot be loaded or fails.
    """
    profile = PROFILES["tiny"]
    renderer, classifier = load_renderer(profile.renderer), load_classifier()
    usual = Spec().having(SIZE, (profile.width, profile.height)).having(STEPS, profile.steps)
    usual = usual.having(GUIDANCE, profile.guidance).having(METHOD, profile.method)
    rows: dict[str, list[tuple[float, float, float, float, float]]] = {}
    for number, scene in enumerate(held_out(scenes)):
        canvas, seen = canvas_of(scene), [sight.thing for sight in sights(scene)]
        spec = usual.having(SEED, number)
        sketch = spec.having(DRAFT, "on")
        full, whole = _timed(lambda: last(renderer.render(canvas, options_of(spec))).images[0])  # noqa: B023 - now
        drawn: dict[str, tuple[Image.Image, Image.Image, float]] = {"full": (full, full, whole)}
        draft, took = _timed(
            lambda: last(renderer.render(canvas, options_of(as_drawn(sketch, renderer.sizes)))).images[0]  # noqa: B023 - now
        )
        drawn["draft"] = draft, full, took
        finishing = options_of(as_drawn(sketch.having(ENHANCE, spec.of(SIZE)), renderer.sizes))
        finished, took = _timed(lambda: last(renderer.render(canvas, finishing, draft)).images[0])  # noqa: B023 - now
        drawn["finished"] = finished, draft, took
        another = replace(options_of(spec), seed=number + _OTHER)
        other, took = _timed(lambda: last(renderer.render(canvas, another)).images[0])  # noqa: B023 - now
        drawn["other_seed"] = other, full, took
        for name, (picture, beside, seconds) in drawn.items():
            judged = classifier.judge(picture, [thing.box for thing in seen]) if seen else []
            right = [
                (thing.kind == kind, thing.color == color) for thing, (kind, color) in zip(seen, judged, strict=True)
            ]
            likeness = structure(picture, beside)
            rows.setdefault(name, []).extend((*each, seconds / whole, *likeness) for each in right)
    return Drafts(
        full=_way(rows["full"]),
        draft=_way(rows["draft"]),
        finished=_way(rows["finished"]),
        other_seed=_way(rows["other_seed"]),
    )


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


def _timed(draw: Callable[[], Image.Image]) -> tuple[Image.Image, float]:
    start = time.process_time()
    return draw(), time.process_time() - start


def _way(rows: list[tuple[float, float, float, float, float]]) -> Way:
    kind, color, seconds, light, edges = zip(*rows, strict=True)
    return Way(kind=mean(kind), color=mean(color), seconds_ratio=median(seconds), light=mean(light), edges=mean(edges))
