"""What region methods are worth: the share of boxes that show the asked-for thing in the asked-for colour.

A bundled renderer draws held-out scenes, once by each method with a region for each thing and once from the plain
caption alone, on the same seeds; the small classifier judges each box, after it has been judged itself on drawn
pictures of the scenes. Boxes that nearer ones cover in part count apart (at least half of such a box is visible). Of
hard scenes (:mod:`hard`) all boxes count together, and besides who is seen in front where two things meet. How the
pictures look (:mod:`style`) is told beside the painted scenes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import NotRequired, TypedDict, cast

import torch
from PIL import Image

from omost_pipeline.bench.hard import SCENES as HARD_SCENES
from omost_pipeline.bench.hard import hard_scenes, in_order
from omost_pipeline.bench.style import Look, Style, look_of, style_of
from omost_pipeline.bench.timing import seconds
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import METHODS
from omost_pipeline.engine.families import Family
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.options import WITHIN_LAYERS
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.renderer.recipe import MethodName
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.spec import LAYERED
from omost_pipeline.world.classifier import Classifier, load_classifier, sights
from omost_pipeline.world.kinds import BACKGROUNDS
from omost_pipeline.world.scenes import Scene, paint, sample_scene

SCENES = 300


class Judged(TypedDict):
    """Shares (0…1) of boxes whose kind, and whose colour, was seen right."""

    kind: float
    color: float


class Row(Judged):
    """One method's shares on one sort of boxes, and its mean seconds a picture (:mod:`timing`).

    Of hard scenes also ``order``, the share of meetings in which the nearer thing is seen in front.
    """

    method: str
    boxes: str
    seconds: float
    order: NotRequired[float]


class Adherence(TypedDict):
    """The classifier's own shares on drawn pictures, and a row for each method and sort of boxes.

    ``style``: how each method's pictures look beside the painted scenes.
    """

    classifier: Judged
    rows: list[Row]
    style: list[Style]
    order: NotRequired[float]


_OF_UNETS = ("guided", "grounded")
"""Methods that follow cross-attention or want layers of a UNet's, which a family without it lacks."""


def run(
    models: Models | None = None,
    scenes: int | None = None,
    methods: Sequence[str] | None = None,
    *,
    family: Family = Family.SDXL,
    hard: bool = False,
    gradients: float | None = None,
    grounding: float | None = None,
    grounding_file: str = "",
    details: bool = False,
    profile: str = "",
) -> Adherence:
    """Measure ``methods`` and the plain caption on ``models``, by default all on the bundled ones of ``family``.

    ``profile`` names other bundled ones, and ``grounding_file`` has grounding layers for them. ``gradients`` are
    gradient steps on top of each method, ``grounding`` the share in which there are grounding tokens on top of it;
    with ``details`` small things are drawn enlarged. ``hard`` scenes are others.

    Raises:
        OmostError: if the renderer or the classifier cannot be loaded or fails.
    """
    chosen = PROFILES[profile or ("tiny-klein" if family is Family.FLUX2 else "tiny")]
    models = models or Models(replace(chosen, grounding=grounding_file or chosen.grounding))
    methods = _methods_of(models, family) if methods is None else methods
    classifier = load_classifier()
    kept_back = hard_scenes(scenes or HARD_SCENES) if hard else held_out(scenes or SCENES)
    painted: list[Look] = []

    def paint_anew(scene: Scene, number: int) -> Image.Image:
        picture = paint(scene, Random(f"held-out paint {number}"))
        painted.append(look_of(picture))
        return picture

    drawn = _tally(classifier, kept_back, paint_anew)
    rows: list[Row] = []
    style: list[Style] = []

    def measure(method: str, drawer: _Drawer) -> None:
        rows.extend(_rows(method, classifier, kept_back, drawer, hard=hard))
        style.append(style_of(method, drawer.looks, painted))

    for method in methods:
        layered = method == LAYERED
        name: MethodName = WITHIN_LAYERS if layered else cast("MethodName", method)
        options = RegionOptions(name, gradients=gradients, grounding=grounding)
        measure(method, _Drawer(models, canvas_of, options, layered=layered, details=details))
    measure("caption", _Drawer(models, caption_of, RegionOptions()))
    judged = _shares(drawn.boxes["free"] + drawn.boxes["overlapped"])
    found: Adherence = {"classifier": judged, "rows": rows, "style": style}
    if hard:
        found["order"] = _share(drawn.order)
    return found


def _methods_of(models: Models, family: Family) -> list[str]:
    """All that these models can be drawn with."""
    without = () if family is Family.SDXL else _OF_UNETS
    without = without if models.profile.grounding else (*without, "grounded")
    return [name for name in (*METHODS, LAYERED) if name not in without]


def canvas_of(scene: Scene) -> Canvas:
    """The scene as a canvas: the background for the whole picture and a region for each thing."""
    regions = tuple(
        placed_at(Region("", "", "", thing.distance, thing.description, color=thing.color), thing.box)
        for thing in scene.things
    )
    return Canvas(_global(scene, ()), regions)


def caption_of(scene: Scene) -> Canvas:
    """The scene as one caption without places: what a model without regions is told."""
    return Canvas(_global(scene, tuple(thing.description for thing in scene.things)))


def _global(scene: Scene, details: tuple[str, ...]) -> GlobalDescription:
    return GlobalDescription(scene.description, details, color=BACKGROUNDS[scene.background].color)


def held_out(count: int) -> list[Scene]:
    """Scenes that no training has seen; none of them is empty."""
    rng, found = Random("held-out scenes"), list[Scene]()
    while len(found) < count:
        scene = sample_scene(rng)
        if scene.things:
            found.append(scene)
    return found


@dataclass
class _Drawer:
    """Draws scenes, adds up the seconds that takes, and keeps how the pictures look."""

    models: Models
    to_canvas: Callable[[Scene], Canvas]
    regions: RegionOptions
    layered: bool = False
    details: bool = False
    seconds: float = 0.0
    looks: list[Look] = field(default_factory=list)

    def __call__(self, scene: Scene, number: int) -> Image.Image:
        profile, renderer, drawn = self.models.profile, self.models.renderer(), list[Step | Rendered]()
        usual = profile.width, profile.height, number, profile.steps, profile.guidance
        options = RenderOptions(*usual, regions=self.regions, layered=self.layered, details=self.details)
        device = torch.device(self.models.device)
        self.seconds += seconds(lambda: drawn.extend(renderer.render(self.to_canvas(scene), options)), device)
        assert isinstance(drawn[-1], Rendered)
        picture = drawn[-1].images[0]
        self.looks.append(look_of(picture))
        return picture


def _rows(
    method: str, classifier: Classifier, scenes: list[Scene], drawer: _Drawer, *, hard: bool = False
) -> list[Row]:
    made = _tally(classifier, scenes, drawer)
    mean = drawer.seconds / len(scenes)
    if hard:
        judged = _shares([mark for marks in made.boxes.values() for mark in marks])
        row: Row = {
            "method": method,
            "boxes": "hard",
            "kind": judged["kind"],
            "color": judged["color"],
            "seconds": mean,
        }
        row["order"] = _share(made.order)
        return [row]
    return [_row(method, boxes, made, mean) for boxes in ("free", "overlapped")]


def _row(method: str, boxes: str, made: _Tally, mean: float) -> Row:
    judged = _shares(made.boxes[boxes])
    return {"method": method, "boxes": boxes, "kind": judged["kind"], "color": judged["color"], "seconds": mean}


_Marks = list[tuple[bool, bool]]


@dataclass(frozen=True)
class _Tally:
    """For free and for overlapped boxes: (kind right, colour right) of each; and of each meeting, order right."""

    boxes: dict[str, _Marks]
    order: list[bool]


def _tally(classifier: Classifier, scenes: list[Scene], picture_of: Callable[[Scene, int], Image.Image]) -> _Tally:
    marks: dict[str, _Marks] = {"free": [], "overlapped": []}
    order: list[bool] = []
    for number, scene in enumerate(scenes):
        seen, picture = sights(scene), picture_of(scene, number)
        judged = classifier.judge(picture, [sight.thing.box for sight in seen]) if seen else []
        order += in_order(scene, picture)
        for sight, (kind, color) in zip(seen, judged, strict=True):
            boxes = "overlapped" if sight.overlapped else "free"
            marks[boxes].append((kind == sight.thing.kind, color == sight.thing.color))
    return _Tally(marks, order)


def _shares(marks: _Marks) -> Judged:
    count = max(len(marks), 1)
    return {"kind": sum(kind for kind, _ in marks) / count, "color": sum(color for _, color in marks) / count}


def _share(right: list[bool]) -> float:
    return sum(right) / max(len(right), 1)
