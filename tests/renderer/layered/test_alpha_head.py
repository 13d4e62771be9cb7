"""What of a picture is a thing's own, as a small network tells it, and what becomes of that."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.errors import WeightsError
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.layered.alpha_head import (
    FILE,
    FOLDER,
    AlphaHead,
    load_alpha_head,
    places_in,
    save_alpha_head,
)
from omost_pipeline.renderer.layered.drawing import draw_layers
from omost_pipeline.renderer.layered.matte import Pixels, resized, within
from omost_pipeline.renderer.layered.openraster import unpack
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.training.dataset import SmallWorld, region_of
from omost_pipeline.world.backdrops import paint_backdrop
from omost_pipeline.world.scenes import Thing
from tests.painter import Painter

SIDE, WIDTH = 192, 10
WORDS = torch.linspace(-1, 1, WIDTH)[None]
BOX = Box(20, 30, 70, 80)
BALL = placed_at(Region("", "", "", 3.0, "A red ball.", color="red"), Box(20, 20, 70, 70))
CANVAS = Canvas(GlobalDescription("A meadow.", color="green"), (BALL,))


def head_of(seed: int = 1) -> AlphaHead:
    torch.manual_seed(seed)
    return AlphaHead((8, 16), WIDTH).eval()


def drawing(side: int, seed: int = 2) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (side, side + 6, 3), np.uint8)


def test_a_head_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert load_alpha_head(tmp_path, WIDTH) is None
    head = head_of().half().float()
    save_alpha_head(tmp_path, head)
    found = load_alpha_head(tmp_path, WIDTH)
    assert found is not None
    drawn, bare = drawing(20), drawing(20, 3)
    assert (found.thing(drawn, bare, BOX, WORDS) == head.thing(drawn, bare, BOX, WORDS)).all()
    assert not any(weight.requires_grad for weight in found.parameters())


@pytest.mark.parametrize("damage", ["cut off", "another", "nothing said"])
def test_a_damaged_head_is_refused_by_its_name(tmp_path: Path, damage: str) -> None:
    save_alpha_head(tmp_path, head_of())
    path = tmp_path / FOLDER / FILE
    content = path.read_bytes()
    if damage == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "another":
        path.write_bytes(content.replace(b'"8 16"', b'"4 16"'))
    else:
        path.write_bytes(content.replace(b"widths", b"depths"))
    with pytest.raises(WeightsError, match=rf"The alpha head .*{FILE} is damaged"):
        load_alpha_head(tmp_path, WIDTH)


def test_a_head_for_other_words_is_refused(tmp_path: Path) -> None:
    save_alpha_head(tmp_path, head_of())
    with pytest.raises(WeightsError, match="takes words of width 10, but the text encoder writes 128"):
        load_alpha_head(tmp_path, 128)


def test_what_the_thing_is_called_counts() -> None:
    head, drawn, bare = head_of(), drawing(20), drawing(20, 3)
    assert (head.thing(drawn, bare, BOX, WORDS) != head.thing(drawn, bare, BOX, -WORDS)).any()


def test_where_its_box_lies_counts() -> None:
    head, drawn, bare = head_of(), drawing(20), drawing(20, 3)
    assert (head.thing(drawn, bare, BOX, WORDS) != head.thing(drawn, bare, Box(0, 30, 50, 80), WORDS)).any()


def test_what_a_name_stands_for_is_laid_into_the_box() -> None:
    head, drawn, bare = head_of(), drawing(160), drawing(160, 3)
    torch.nn.init.zeros_(head.told_words.weight)  # so that a name says nothing of pictures as a whole
    box = Box(0, 0, 30, 90)
    changed = (head.thing(drawn, bare, box, WORDS) != head.thing(drawn, bare, box, -WORDS)).any((0, 2))
    assert changed[:100].mean() > 0.9
    assert not changed[200:].any()


def test_places_are_told_from_the_middle_of_a_box_to_a_half_beyond_its_edges() -> None:
    places = places_in(Box(30, 0, 60, 90), 9, 18)
    assert places.shape == (2, 9, 18)
    right, down = places
    assert torch.allclose(right[4, 6:12], torch.tensor((-2.5, -1.5, -0.5, 0.5, 1.5, 2.5)) / 3)
    assert right[0, 0] == -1.5, "no farther"
    assert torch.allclose(down[:, 3], (torch.arange(9) - 4) / 4.5)


def test_pictures_may_have_any_size_and_what_is_found_is_twice_as_large() -> None:
    head, drawn, bare = head_of(), drawing(33), drawing(33, 3)
    found = head.thing(drawn, bare, BOX, WORDS)
    assert found.shape == (66, 78, 4)
    beside = [np.pad(each, ((0, 3), (0, 1), (0, 0)), mode="edge") for each in (drawn, bare)]
    wider = Box(BOX.left * 39 / 40, BOX.top * 33 / 36, BOX.right * 39 / 40, BOX.bottom * 33 / 36)
    again = head.thing(beside[0], beside[1], wider, WORDS)[:66, :78]
    assert np.abs(again.astype(int) - found).max() <= 1, "but for rounding of places"


def test_outside_of_the_mask_is_nothing_and_no_colour_comes_from_there() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[2:6, 2:6] = True
    thing = np.full((16, 16, 4), 255, np.uint8)
    thing[..., 1:3] = 40
    kept = within(thing, mask)
    assert (kept[4:12, 4:12] == (255, 40, 40, 255)).all()
    assert (kept.reshape(-1, 4).sum(0) == (64 * np.array((255, 40, 40, 255)))).all()
    for side in (5, 16, 24):
        small = resized(kept, side, side)
        assert small.shape == (side, side, 4)
        seen = small[small[..., 3] > 8]
        assert np.abs(seen[:, :3].astype(int) - (255, 40, 40)).max() <= 2, "black beside it darkens no edge"
        assert not small[small[..., 3] == 0].any()


def test_crumbs_are_none_of_a_thing_and_what_is_thin_is() -> None:
    thing = np.zeros((192, 192, 4), np.uint8)
    thing[60:120, 60:120] = thing[120:180, 88:91] = thing[20:24, 150:170] = 255  # a balloon, its string, and a crumb
    everywhere = np.ones((96, 96), np.bool_)
    kept = within(thing, everywhere)[..., 3] > 0
    assert (kept == (thing[..., 3] > 0) & (np.arange(192)[:, None] > 50)).all()
    thing[60:120, 60:120] = 0
    assert (within(thing, everywhere) == thing).all(), "thin things have nothing broad"


@pytest.mark.parametrize("native", [180, 90])
def test_a_layer_is_what_the_head_says(native: int) -> None:
    seen: list[tuple[Pixels, Pixels, Box]] = []

    def left_half(drawn: Pixels, bare: Pixels, box: Box) -> Pixels:
        seen.append((drawn, bare, box))
        height, width = drawn.shape[:2]
        found = np.zeros((2 * height, 2 * width, 4), np.uint8)
        found[:, :width] = (10, 20, 30, 255)
        return found

    painter = Painter(native=native, head=left_half)
    *_, last = draw_layers(painter, CANVAS, RenderOptions(180, 180, seed=5, steps=4, layered=True))
    assert isinstance(last, Rendered)
    [(drawn, bare, box)] = seen
    assert drawn.shape == bare.shape == (native, native, 3)
    assert (bare == bare[0, 0]).all(), "the scene alone"
    assert (drawn != bare).any()
    changed = (drawn != bare).any(-1).nonzero()
    middles = [GRID / native * (each.min() + each.max() + 1) / 2 for each in (changed[1], changed[0])]
    assert middles == pytest.approx([(box.left + box.right) / 2, (box.top + box.bottom) / 2], abs=1)
    picture, scene = np.asarray(last.images[0]), unpack(last.layers[0]).background
    changed = np.abs(picture.astype(int) - scene).max(-1) > 2
    assert (picture[60:120, 50:88] == (10, 20, 30)).all()
    assert not changed[:, 92:].any()
    assert not changed[:30].any(), "nothing beyond what was drawn, though the head says so"


def test_of_what_the_head_does_not_see_all_is_set_in() -> None:
    painter = Painter(native=90, head=lambda *_: np.zeros((180, 180, 4), np.uint8))
    *_, last = draw_layers(painter, CANVAS, RenderOptions(180, 180, seed=5, steps=4, layered=True))
    assert isinstance(last, Rendered)
    assert np.abs(np.asarray(last.images[0])[100, 60].astype(int) - BALL.rgb).max() < 20


@pytest.mark.parametrize("profile", ["tiny", "tiny-world"])
def test_the_bundled_heads_tell_things_from_scenes(profile: str) -> None:
    renderer = load_renderer(PROFILES[profile].renderer)
    overlaps = []
    for kind, color, background, around in (
        ("house", "red", "meadow", "meadow"),
        ("dog", "brown", "room", "room"),
        ("star", "yellow", "night", "night"),
        ("apple", "red", "snow", "meadow"),  # a scene that the model draws otherwise around the thing
        ("fish", "orange", "beach", "beach"),
    ):
        bare, beside = (np.asarray(paint_backdrop(each, SIDE, Random(4))) for each in (background, around))
        thing, own = Thing(kind, color, Box(20, 15, 75, 70), 3.0), Image.new("RGBA", (2 * SIDE, 2 * SIDE))
        own.paste(*SmallWorld().patch(thing, 2 * SIDE, 0))
        drawn = bare.copy()
        drawn[32:150, 42:160] = beside[32:150, 42:160]
        picture, small = Image.fromarray(drawn), own.convert("RGBa").reduce(2).convert("RGBA")
        picture.paste(small, mask=small)
        told, wanted = renderer.thing_of(region_of(thing), np.asarray(picture), bare), np.asarray(own)
        assert told is not None
        one, other = told[..., 3] > 127, wanted[..., 3] > 127
        overlaps.append((one & other).sum() / (one | other).sum())
        assert np.abs(told[one & other][:, :3].astype(int) - wanted[one & other][:, :3]).mean() < 12
    assert min(overlaps) > 0.85
    assert np.mean(overlaps) > 0.95
