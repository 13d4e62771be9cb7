"""The benchmark of adherence tells methods that draw what was asked for from those that do not."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from random import Random

import pytest
from PIL import Image

from omost_pipeline.bench import adherence
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from omost_pipeline.world.scenes import paint

pytestmark = pytest.mark.slow

SCENES = adherence.held_out(6)
CANVASES = [adherence.canvas_of(scene) for scene in SCENES]


@dataclass
class KnowingRenderer:
    """Paints the scene of a canvas by one method, and nothing by the others."""

    method: str
    size_unit: int = 8
    asked: list[tuple[Canvas, RenderOptions]] = field(default_factory=list)

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        self.asked.append((canvas, options))
        image = Image.new("RGB", (192, 192), "white")
        if options.regions.method == self.method and canvas in CANVASES:
            image = paint(SCENES[CANVASES.index(canvas)], Random(options.seed))
        yield Rendered((image,), (options.seed,))


def test_rows_tell_methods_apart_with_free_and_overlapped_boxes_by_themselves() -> None:
    renderer = KnowingRenderer("bounded")
    models = Models(PROFILES["tiny"], "cpu", load_renderer=lambda *_: renderer)
    found = adherence.run(models, len(SCENES), ["score", "bounded"])
    rows = {(row["method"], row["boxes"]): row for row in found["rows"]}
    assert list(rows) == [(m, boxes) for m in ("score", "bounded", "caption") for boxes in ("free", "overlapped")]
    assert found["classifier"]["kind"] > 0.9
    for boxes in ("free", "overlapped"):
        assert rows["bounded", boxes]["kind"] > 0.9
        assert rows["bounded", boxes]["color"] > 0.9
        assert rows["score", boxes]["kind"] < 0.5
        assert rows["caption", boxes]["kind"] < 0.5
        assert rows["bounded", boxes]["seconds"] > 0
    style = {row["method"]: row for row in found["style"]}
    assert style["bounded"]["color"] < 15 < style["score"]["color"], "white differs from painted pictures"
    assert style["bounded"]["structure"] == pytest.approx(1, abs=0.1)
    assert style["score"]["structure"] == 0


def test_every_method_draws_the_same_scenes_from_the_same_seeds() -> None:
    renderer = KnowingRenderer("score")
    models = Models(PROFILES["tiny"], "cpu", load_renderer=lambda *_: renderer)
    adherence.run(models, 2, ["score", "couple"])
    assert [options.seed for _, options in renderer.asked] == [0, 1] * 3
    assert [options.regions.method for _, options in renderer.asked[:4]] == ["score"] * 2 + ["couple"] * 2
    assert [canvas for canvas, _ in renderer.asked[:4]] == CANVASES[:2] * 2
    assert not any(canvas.regions for canvas, _ in renderer.asked[4:]), "the caption alone"
