"""The bundled FLUX.2-klein, loaded as the published one is: regions, edits that keep the rest, what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from omost_pipeline.bench.adherence import canvas_of, held_out
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.errors import OptionsError
from omost_pipeline.profiles import BUNDLED, PROFILES
from omost_pipeline.renderer.flux2.loop import Flux2Renderer
from omost_pipeline.renderer.flux2.weights import load_renderer
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.world.classifier import load_classifier

pytestmark = pytest.mark.slow

TINY = PROFILES["tiny-klein"]
OPTIONS = RenderOptions(
    TINY.width, TINY.height, seed=3, steps=TINY.steps, guidance=1.0, regions=RegionOptions(TINY.method)
)


@pytest.fixture(scope="module")
def renderer() -> Flux2Renderer:
    return load_renderer(TINY.renderer)


def drawn(renderer: Flux2Renderer, canvas: Canvas, options: RenderOptions = OPTIONS) -> Rendered:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last


def ball(color: str, place: str) -> Region:
    return Region(place, "no offset", "a medium-sized square area", 2.0, f"A {color} ball.", color=color)


def canvas(*regions: Region) -> Canvas:
    return Canvas(GlobalDescription("A green meadow under a blue sky.", color="lightskyblue"), regions)


def test_each_region_has_its_colour_on_its_side(renderer: Flux2Renderer) -> None:
    judge = load_classifier()
    for first, second in (("red", "purple"), ("yellow", "black")):
        both = canvas(ball(first, "on the left"), ball(second, "on the right"))
        seen = judge.judge(drawn(renderer, both).images[0], [region.box for region in both.regions])
        assert [color for _, color in seen] == [first, second]


def test_an_edit_keeps_every_other_pixel(renderer: Flux2Renderer) -> None:
    before = canvas(ball("red", "on the left"), ball("purple", "on the right"))
    after = canvas(ball("red", "on the left"), ball("yellow", "on the right"))
    first = drawn(renderer, before)
    *_, edited = renderer.edit(after, OPTIONS, Earlier(before, first.images[0], first.remains[0]))
    assert isinstance(edited, Rendered)
    assert edited.mask is not None
    kept = np.asarray(edited.mask) == 0
    assert kept.mean() > 0.3, "of cells of 32 pixels"
    old, new = (np.asarray(each.images[0])[kept] for each in (first, edited))
    assert (old == new).all()
    assert [color for _, color in load_classifier().judge(edited.images[0], [after.regions[1].box])] == ["yellow"]


def test_it_has_no_guidance(renderer: Flux2Renderer) -> None:
    with pytest.raises(OptionsError, match="guidance is 3; this model is distilled"):
        drawn(renderer, canvas(), replace(OPTIONS, guidance=3.0))


def test_all_bundled_weights_stay_small() -> None:
    def megabytes(*folders: str) -> float:
        files = [file for folder in folders for file in (BUNDLED / folder).rglob("*") if file.is_file()]
        return sum(file.stat().st_size for file in files) / 1e6

    assert megabytes("klein") <= 25
    assert megabytes(".") <= 80


def test_most_regions_of_held_out_scenes_have_their_colour(renderer: Flux2Renderer) -> None:
    judge, right = load_classifier(), list[bool]()
    for number, scene in enumerate(held_out(8)):
        picture = drawn(renderer, canvas_of(scene), replace(OPTIONS, seed=number)).images[0]
        boxes: list[Box] = [thing.box for thing in scene.things]
        seen = judge.judge(picture, boxes)
        right += [color == thing.color for (_, color), thing in zip(seen, scene.things, strict=True)]
    assert sum(right) / len(right) > 0.6
