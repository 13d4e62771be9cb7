"""The larger world's training data: its table, its drawings, close scenes, and words that a model learns to know."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch

from omost_pipeline.canvas.vocabulary import GRID
from omost_pipeline.training import glyphs as drawings
from omost_pipeline.training.dataset import SmallWorld, numbered_picture, numbered_scene
from omost_pipeline.training.glyphs import Package, downloaded, fitted_size, recolored
from omost_pipeline.training.larger_world import CLOSE_SIDE, LargerWorld, View, words
from omost_pipeline.training.own_glyphs import OWN
from omost_pipeline.training.places import description_of, paint_place, place_words
from omost_pipeline.training.renderer_model import new_model, widened
from omost_pipeline.world.backdrops import PAINTABLE
from omost_pipeline.world.kinds import KINDS, UNKNOWN, glyphs, kind_of
from omost_pipeline.world.scenes import PICTURE_SIDE, Scene
from tests.training.blocks import RED, Blocks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> LargerWorld:
    return LargerWorld(Blocks())


def test_the_larger_world_has_three_hundred_kinds_that_all_have_a_drawing() -> None:
    assert len(KINDS) + len(glyphs()) >= 300
    assert not set(KINDS) & set(glyphs())
    own = [glyph.drawing.removeprefix("own:") for glyph in glyphs().values() if glyph.drawing.startswith("own:")]
    assert set(own) == set(OWN)
    assert all(kind_of(name).name == name for name in (*KINDS, *glyphs()))
    assert kind_of("diensibb") is UNKNOWN


def test_a_close_scene_is_a_window_with_whole_things_in_it(world: LargerWorld) -> None:
    for number in range(60):
        scene = world.scene(number, close=True)
        assert isinstance(scene, View)
        assert world.picture(scene, number).shape == (CLOSE_SIDE, CLOSE_SIDE, 3)
        for thing in scene.things:
            assert 0 <= thing.box.left < thing.box.right <= GRID
            assert 0 <= thing.box.top < thing.box.bottom <= GRID


def test_whole_scenes_come_from_both_worlds_and_repeat(world: LargerWorld) -> None:
    scenes = [world.scene(number, close=False) for number in range(40)]
    assert {isinstance(scene, View) for scene in scenes} == {True, False}
    assert scenes == [world.scene(number, close=False) for number in range(40)]
    for number, scene in enumerate(scenes[:8]):
        picture = world.picture(scene, number)
        assert picture.shape == (PICTURE_SIDE, PICTURE_SIDE, 3)
        assert (picture == world.picture(scene, number)).all()


def test_what_is_not_shown_leaves_the_rest_of_the_picture_as_it_is(world: LargerWorld) -> None:
    number = next(n for n in range(1, 99) if len(world.scene(n, close=False).things) == 2)
    scene = world.scene(number, close=False)
    far, near = scene.far_to_near()
    changed = (world.picture(scene, number) != world.picture(scene, number, (far,))).any(-1)
    box, unit = near.box, PICTURE_SIDE / GRID
    changed[round(box.top * unit) : round(box.bottom * unit), round(box.left * unit) : round(box.right * unit)] = False
    assert not changed.any()
    assert world.outline(near).any()


def test_a_drawing_takes_the_colour_asked_for_where_its_main_colour_was() -> None:
    sprite = np.zeros((10, 10, 4), np.uint8)
    sprite[..., :3], sprite[..., 3] = RED, 255
    sprite[:2, :, :3] = (20, 200, 40)
    blue = recolored(sprite, (30, 60, 220))
    assert (np.abs(blue[5, 5, :3].astype(int) - (30, 60, 220)) < 8).all()
    assert (blue[0, 0] == sprite[0, 0]).all()


def test_faces_keep_their_colour_when_clothes_are_asked_for() -> None:
    person = np.zeros((10, 10, 4), np.uint8)
    person[..., :3], person[..., 3] = (255, 200, 61), 255
    person[7:, :, :3] = RED
    dressed = recolored(person, (30, 60, 220), spare_skin=True)
    assert (dressed[0, 0] == person[0, 0]).all()
    assert dressed[9, 9, 2] > 180


@pytest.mark.parametrize("frame", [(40, 40), (90, 30), (20, 80)])
def test_a_drawing_keeps_within_its_frame_and_near_its_proportions(frame: tuple[int, int]) -> None:
    width, height = fitted_size(Blocks().sprite("cow"), *frame)
    assert width <= frame[0] + 1
    assert height <= frame[1] + 1
    assert 2 / 1.3 < width / height < 2 * 1.3


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.tgz").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"letters\.tgz is not the package"):
        downloaded(Package("letters", "https://example.org/letters.tgz", "AAAA"), tmp_path)
    assert {package.url.split("/")[2] for package in drawings.SETS.values()} == {"registry.npmjs.org"}


def test_every_place_has_a_picture_and_a_description() -> None:
    assert set(PAINTABLE) <= set(place_words())
    for place in place_words()[::4]:
        assert paint_place(place, 48, Random(place)).size == (48, 48)
        assert description_of(place).endswith(".")


def test_a_widened_model_understands_what_it_did_and_more() -> None:
    torch.manual_seed(2)
    model = new_model()
    wide = widened(model, ["dragon", "wyvern", *words()[:20]], {"wyvern": "house"})

    def read(text: str) -> torch.Tensor:
        ids = wide.tokenizer(text, return_tensors="pt", padding="max_length").input_ids
        hidden: torch.Tensor = wide.text_encoder(ids).last_hidden_state
        return hidden

    before_ids = model.tokenizer("A red house.", return_tensors="pt", padding="max_length").input_ids
    with torch.no_grad():
        before = model.text_encoder(before_ids).last_hidden_state
        assert torch.allclose(before[:, :5], read("A red house.")[:, :5], atol=1e-5)
        assert torch.allclose(read("A red wyvern."), read("A red house."), atol=1e-5)
        assert not torch.allclose(read("A red dragon."), read("A red house."), atol=1e-2)
    assert len(wide.tokenizer("dragon", add_special_tokens=False).input_ids) == 1


def test_the_small_worlds_scenes_are_what_they_were() -> None:
    world = SmallWorld()
    scene = world.scene(5, close=False)
    assert isinstance(scene, Scene)
    assert scene == numbered_scene(5)
    assert (world.picture(scene, 5) == numbered_picture(5)).all()
    with pytest.raises(ValueError, match="no close scenes"):
        world.scene(5, close=True)
