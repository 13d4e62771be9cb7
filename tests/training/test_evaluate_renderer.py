"""The judge of the larger world's pictures: what it learns from, and what it counts."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.errors import WeightsError
from omost_pipeline.training.evaluate_renderer import canvas_of, examples, figures, held_out, judge_in, new_judge
from omost_pipeline.training.larger_world import MORE_COLORS, LargerWorld
from omost_pipeline.world.classifier import SIDE, Classifier, sights
from omost_pipeline.world.kinds import COLORS, KINDS, glyphs
from omost_pipeline.world.scenes import Scene
from tests.training.blocks import Blocks

pytestmark = pytest.mark.slow


class Certain(Classifier):
    """Is three quarters sure of a house in red, whatever it is shown."""

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        kinds, colors = (torch.full((len(crops), len(names)), 1e-9) for names in (self.kinds, self.colors))
        kinds[:, self.kinds.index("house")], kinds[:, self.kinds.index("tree")] = 0.75, 0.25
        colors[:, self.colors.index("red")] = 1.0
        return kinds.log(), colors.log()


@pytest.fixture(scope="module")
def world() -> LargerWorld:
    return LargerWorld(Blocks())


def test_it_learns_all_kinds_and_colours_from_crops_of_drawn_scenes(world: LargerWorld) -> None:
    judge = new_judge()
    assert (len(judge.kinds), len(judge.colors)) == (len(KINDS) + len(glyphs()), len(COLORS) + len(MORE_COLORS))
    found = list(islice(examples(judge, world, 1), 60))
    assert all(pixels.shape == (3, SIDE, SIDE) for pixels, _, _ in found)
    assert len({kind for _, kind, _ in found}) > 20
    assert {judge.colors[color] for _, _, color in found if color >= 0} & set(COLORS)
    assert any(color < 0 for _, _, color in found), "in the colour of its drawing"
    again = list(islice(examples(judge, world, 1), 60))
    assert all(torch.equal(one[0], other[0]) and one[1:] == other[1:] for one, other in zip(found, again, strict=True))


def test_a_judge_is_trained_once(world: LargerWorld, tmp_path: Path) -> None:
    first = judge_in(tmp_path, world, steps=1).state_dict()
    again = judge_in(tmp_path, world, steps=5).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    weights = tmp_path / "judge.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"judge\.safetensors cannot be loaded .*; delete it"):
        judge_in(tmp_path, world, steps=1)


def test_shares_and_certainty_are_of_the_boxes_that_can_be_judged(world: LargerWorld) -> None:
    scenes = held_out(world, 30)
    assert all(scene.things for scene, _ in scenes)
    judge = Certain(new_judge().kinds, new_judge().colors)
    seen: list[int] = []

    def picture(scene: Scene, number: int) -> Image.Image:
        seen.append(number)
        return Image.fromarray(world.picture(scene, number))

    found = figures(judge, scenes, picture)
    assert seen == [number for _, number in scenes]
    free = [each.thing for scene, _ in scenes for each in sights(scene) if not each.overlapped]
    assert found["free kind"] == pytest.approx(np.mean([thing.kind == "house" for thing in free]))
    colored = [thing.color == "red" for thing in free if thing.color]
    assert found["free color"] == pytest.approx(np.mean(colored))
    sure = {"house": 0.75, "tree": 0.25}
    assert found["free certainty"] == pytest.approx(np.mean([sure.get(thing.kind, 0.0) for thing in free]), abs=1e-6)


def test_a_scene_is_asked_for_as_a_canvas(world: LargerWorld) -> None:
    scene, _ = held_out(world, 1)[0]
    canvas = canvas_of(scene)
    assert isinstance(canvas, Canvas)
    assert canvas.scene.description == scene.description
    assert [(each.description, each.box) for each in canvas.regions] == [(t.description, t.box) for t in scene.things]
