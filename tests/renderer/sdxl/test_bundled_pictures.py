"""The controls on the bundled model, whose pictures show what they are for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from PIL.Image import Image, Resampling

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.layers import initial_color_image
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier, Recomposed, Whole
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions, Step
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer
from omost_pipeline.world.classifier import load_classifier

pytestmark = pytest.mark.slow

HOUSE = Region("on the left", "no offset", "a small square area", 2.0, "A red house.", color="red")
CANVAS = Canvas(GlobalDescription("A green meadow under a blue sky.", color="lightskyblue"), (HOUSE,))
OPTIONS = RenderOptions(192, 192, seed=3, steps=6, guidance=3.0, regions=RegionOptions("bounded"))


@pytest.fixture(scope="module")
def bundled() -> SdxlRenderer:
    return load_renderer(PROFILES["tiny"].renderer)


def drawn(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions, picture: Image | None = None) -> Image:
    *_, last = renderer.render(canvas, options, picture)
    assert isinstance(last, Rendered)
    return last.images[0]


def small(image: Image) -> npt.NDArray[np.float64]:
    """A picture's colours on a grid of 12 × 12 cells, 0…255."""
    return np.asarray(image.resize((12, 12), Resampling.BOX), dtype=np.float64)


def distance(one: Image, other: Image) -> float:
    return float(np.abs(small(one) - small(other)).mean())


def test_image_i_of_a_batch_is_the_single_image_of_seed_plus_i(bundled: SdxlRenderer) -> None:
    *_, batch = bundled.render(CANVAS, replace(OPTIONS, steps=3, images=3))
    assert isinstance(batch, Rendered)
    for number, image in enumerate(batch.images):
        single = drawn(bundled, CANVAS, replace(OPTIONS, steps=3, seed=OPTIONS.seed + number))
        assert image.tobytes() == single.tobytes()


def test_the_last_preview_has_the_pictures_colours(bundled: SdxlRenderer) -> None:
    *steps, last = bundled.render(CANVAS, OPTIONS)
    assert isinstance(last, Rendered)
    previews = [step.preview() for step in steps if isinstance(step, Step)]
    assert distance(previews[-1], last.images[0]) < 20
    assert distance(previews[-1], last.images[0]) < distance(previews[0], last.images[0])


@pytest.mark.parametrize("color", ["crimson", "navy"])
def test_the_lower_the_initial_strength_the_nearer_the_layouts_colours(bundled: SdxlRenderer, color: str) -> None:
    canvas = replace(CANVAS, scene=replace(CANVAS.scene, color=color), regions=())
    goal = initial_color_image(canvas, 192, 192)
    options = [replace(OPTIONS, steps=8, initial_strength=strength) for strength in (0.95, 0.99, None)]
    near, farther, free = (distance(drawn(bundled, canvas, each), goal) for each in options)
    assert near < farther < free


def test_a_picture_made_larger_stays_what_it_was(bundled: SdxlRenderer) -> None:
    picture = drawn(bundled, CANVAS, OPTIONS)
    larger = drawn(bundled, CANVAS, replace(OPTIONS, highres=Highres(1.5, 6, 0.4)), picture)
    assert larger.size == (288, 288)
    at_once = drawn(bundled, CANVAS, replace(OPTIONS, width=288, height=288))
    assert distance(larger, picture) < distance(at_once, picture)


@pytest.mark.parametrize("layered", [True, False])
def test_what_is_asked_for_larger_at_once_is_the_finished_picture_made_larger(
    bundled: SdxlRenderer, layered: bool
) -> None:
    car = Region("on the right", "no offset", "a small square area", 3.0, "A red car.", color="red")
    canvas, options = replace(CANVAS, regions=(car,)), replace(OPTIONS, steps=6, layered=layered, details=True)
    highres = replace(options, highres=Highres(1.25, 3, 0.4))
    picture = drawn(bundled, canvas, options)
    *steps, found = bundled.render(canvas, replace(highres, images=2))
    assert isinstance(found, Rendered)
    assert found.images[0].tobytes() == drawn(bundled, canvas, highres, picture).tobytes()
    assert [each.size for each in found.images] == [(256, 256)] * 2
    assert (found.seeds, found.remains, found.layers) == ((OPTIONS.seed, OPTIONS.seed + 1), (), ())
    assert [(each.number, each.total) for each in steps if isinstance(each, Step)] == [
        (number, len(steps)) for number in range(1, len(steps) + 1)
    ]
    *_, before = bundled.render(CANVAS, replace(options, steps=2))
    assert isinstance(before, Rendered)
    earlier = Earlier(CANVAS, before.images[0], b"".join(before.remains), layers=b"".join(before.layers))
    *_, edited = bundled.edit(canvas, highres, earlier)
    assert isinstance(edited, Rendered)
    assert (edited.whole, edited.images[0].tobytes()) == (Whole.LARGER, found.images[0].tobytes())


@pytest.mark.parametrize("details", [True, False])
def test_of_a_picture_in_layers_another_method_keeps_the_rest(bundled: SdxlRenderer, details: bool) -> None:
    car = Region("on the right", "no offset", "a small square area", 3.0, "A red car.", color="red")
    before, options = replace(CANVAS, regions=(HOUSE, car)), replace(OPTIONS, layered=True)
    *_, first = bundled.render(before, options)
    assert isinstance(first, Rendered)
    earlier = Earlier(before, first.images[0], b"", layers=first.layers[0])
    *_, found = bundled.edit(CANVAS, replace(options, layered=False, details=details), earlier)
    assert isinstance(found, Rendered)
    assert (found.whole, found.mask is None) == (None, False)
    assert found.kept > 0.5
    same = (np.asarray(found.images[0]) == np.asarray(first.images[0])).all(-1)
    assert same[np.asarray(found.mask) == 0].all()


CAR = Region("on the right", "no offset", "a small square area", 3.0, "A blue car.", color="blue")


def test_a_draft_in_layers_is_finished_in_layers_which_an_edit_changes_exactly(bundled: SdxlRenderer) -> None:
    canvas = replace(CANVAS, regions=(HOUSE, CAR))
    options = replace(OPTIONS, steps=4, layered=True, details=True)
    *_, draft = bundled.render(canvas, options)
    assert isinstance(draft, Rendered)
    finishing = replace(options, highres=Highres(steps=6, denoise=0.6, size=(256, 256)))
    earlier = Earlier(canvas, draft.images[0], b"", layers=draft.layers[0])
    *steps, found = bundled.edit(canvas, finishing, earlier)
    assert isinstance(found, Rendered)
    assert [(each.number, each.total) for each in steps if isinstance(each, Step)] == [
        (number, len(steps)) for number in range(1, len(steps) + 1)
    ]
    assert (found.images[0].size, found.whole, found.kept) == ((256, 256), None, 0.0)
    assert load_classifier().judge(found.images[0], [HOUSE.box, CAR.box]) == [("house", "red"), ("car", "blue")]
    green = replace(canvas, regions=(HOUSE, replace(CAR, description="A green car.", color="green")))
    full = replace(options, width=256, height=256)
    *_, edited = bundled.edit(green, full, Earlier(canvas, found.images[0], b"", layers=found.layers[0]))
    assert isinstance(edited, Rendered)
    assert edited.recomposed == Recomposed(changed=("A green car.",))
    *_, in_one = bundled.edit(canvas, finishing, replace(earlier, layers=b"rubbish"))
    assert isinstance(in_one, Rendered)
    assert (in_one.images[0].tobytes(), in_one.layers) == (
        drawn(bundled, canvas, finishing, draft.images[0]).tobytes(),
        (),
    )


def test_a_picture_that_was_drawn_in_one_gets_layers_where_all_of_it_is_drawn_anew(bundled: SdxlRenderer) -> None:
    options = replace(OPTIONS, steps=4, details=True)
    *_, first = bundled.render(CANVAS, options)
    assert isinstance(first, Rendered)
    earlier, layered = Earlier(CANVAS, first.images[0], first.remains[0]), replace(options, layered=True)
    everywhere = replace(CANVAS, regions=(replace(HOUSE, free_box=Box(0, 0, 90, 90), description="A blue wall."),))
    night = replace(CANVAS, scene=GlobalDescription("A dark night.", color="black"))
    for canvas, begun, why in (
        (night, earlier, Whole.SCENE),
        (night, Earlier(CANVAS, first.images[0], b"", brought=True), Whole.SCENE),
        (everywhere, earlier, Whole.ALL),
        (CANVAS, replace(earlier, remains=b""), Whole.MISSING),
    ):
        *_, found = bundled.edit(canvas, layered, begun)
        *_, anew = bundled.render(canvas, layered)
        assert isinstance(found, Rendered)
        assert isinstance(anew, Rendered)
        assert (found.whole, found.kept, found.layers, found.remains) == (why, 0.0, anew.layers, ())
    *_, kept = bundled.edit(replace(CANVAS, regions=(HOUSE, CAR)), layered, earlier)
    assert isinstance(kept, Rendered)
    assert (kept.whole, kept.layers, len(kept.remains)) == (None, (), 1)
    assert kept.kept > 0.5


FAR = Region("on the left", "slightly to the upper", "a medium-sized square area", 8.0, "A blue house.")
NEAR = Region("in the center", "slightly to the lower-right", "a small square area", 2.0, "A red car.")


def test_of_two_things_that_overlap_both_show(bundled: SdxlRenderer) -> None:
    image = drawn(bundled, replace(CANVAS, regions=(NEAR, FAR)), replace(OPTIONS, steps=10))
    assert load_classifier().judge(image, [FAR.box, NEAR.box]) == [("house", "blue"), ("car", "red")]


def test_under_bounded_less_of_what_is_behind_shows_in_a_nearer_thing_than_under_score(bundled: SdxlRenderer) -> None:
    shows = {}
    for method in ("score", "bounded"):
        options = replace(OPTIONS, regions=RegionOptions(method))
        alone, before = (
            np.asarray(drawn(bundled, replace(CANVAS, regions=regions), options), np.float64)[102:182, 74:160]
            for regions in ((NEAR,), (FAR, NEAR))
        )
        shows[method] = float(np.abs(alone - before).mean())
    assert shows["bounded"] < shows["score"]
