"""Edits of pictures by a whole renderer: what does not change is the same to the pixel, however often one edits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.vocabulary import METHODS, Box
from omost_pipeline.errors import OptionsError, RendererError
from omost_pipeline.renderer.keep.earlier import Earlier, KeepOptions, Whole
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions, Step
from omost_pipeline.renderer.recipe import MethodName
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer

OPTIONS = RenderOptions(192, 128, seed=3, steps=4)
BLUE = "A blue house."


def drawn(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions = OPTIONS) -> Rendered:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last


def edited(
    renderer: SdxlRenderer, before: Canvas, first: Rendered, after: Canvas, options: RenderOptions = OPTIONS
) -> Rendered:
    *steps, last = renderer.edit(after, options, Earlier(before, first.images[0], first.remains[0]))
    assert isinstance(last, Rendered)
    assert all(isinstance(step, Step) for step in steps)
    return last


def with_house(canvas: Canvas, **values: object) -> Canvas:
    return replace(canvas, regions=(replace(canvas.regions[0], **values), *canvas.regions[1:]))  # type: ignore[arg-type]


EVERYWHERE = Region(
    "in the center", "no offset", "a large square area", 1.0, "A red house.", color="red", free_box=Box(0, 0, 90, 90)
)


def kept_pixels(one: Image.Image, other: Image.Image, mask: Image.Image) -> bool:
    return bool((np.asarray(one) == np.asarray(other))[np.asarray(mask) == 0].all())


@pytest.mark.sampled(2)
@pytest.mark.parametrize("method", METHODS)
def test_outside_the_mask_every_pixel_is_the_earlier_one(
    renderer: SdxlRenderer, canvas: Canvas, method: MethodName
) -> None:
    options = replace(OPTIONS, regions=RegionOptions(method))
    first = drawn(renderer, canvas, options)
    found = edited(renderer, canvas, first, with_house(canvas, description=BLUE, color="blue"), options)
    assert found.mask is not None
    assert kept_pixels(first.images[0], found.images[0], found.mask)
    assert found.images[0] != first.images[0]
    assert found.kept == pytest.approx(1 - np.asarray(found.mask).mean() / 255)
    assert 0.3 < found.kept < 1
    assert found.whole is None


@pytest.mark.slow
def test_after_ten_edits_what_never_changed_is_the_first_pictures(renderer: SdxlRenderer, canvas: Canvas) -> None:
    first = drawn(renderer, canvas)
    now, before = first, canvas
    touched = np.zeros((128, 192), dtype=np.bool_)
    for number in range(10):
        after = with_house(
            before, description=f"A house number {'abcdefghij'[number]}.", distance_to_viewer=3.0 + number
        )
        now, before = edited(renderer, before, now, after), after
        assert now.mask is not None
        touched |= np.asarray(now.mask) > 0
    assert not touched.all()
    assert (np.asarray(now.images[0]) == np.asarray(first.images[0]))[~touched].all()
    assert now.images[0] != first.images[0]


def test_an_edit_that_changes_nothing_is_the_earlier_picture(renderer: SdxlRenderer, canvas: Canvas) -> None:
    first = drawn(renderer, canvas)
    shuffled = replace(canvas, regions=canvas.regions[::-1])
    found = edited(renderer, canvas, first, shuffled)
    assert (found.images, found.remains, found.kept) == (first.images, first.remains, 1.0)


@pytest.mark.slow
def test_several_pictures_of_an_edit_keep_the_same_and_are_each_that_of_their_seed(
    renderer: SdxlRenderer, canvas: Canvas
) -> None:
    first = drawn(renderer, canvas)
    after = with_house(canvas, description=BLUE)
    pair = edited(renderer, canvas, first, after, replace(OPTIONS, images=2))
    single = edited(renderer, canvas, first, after, replace(OPTIONS, seed=OPTIONS.seed + 1))
    assert pair.images[1] == single.images[0]
    assert pair.images[0] != pair.images[1]
    assert pair.mask is not None
    assert kept_pixels(pair.images[0], pair.images[1], pair.mask)
    assert len(pair.remains) == 2


@pytest.mark.slow
def test_removed_and_added_things_are_told_by_the_mask(renderer: SdxlRenderer, canvas: Canvas) -> None:
    first = drawn(renderer, canvas)
    without = replace(canvas, regions=canvas.regions[1:])
    gone = edited(renderer, canvas, first, without)
    assert gone.mask is not None
    back = edited(renderer, without, gone, canvas)
    assert back.mask is not None
    assert kept_pixels(gone.images[0], back.images[0], back.mask)


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("after", "options", "earlier", "why"),
    [
        ({"scene": GlobalDescription("A beach.")}, {}, {}, Whole.SCENE),
        ({"regions": (EVERYWHERE,)}, {}, {}, Whole.ALL),
        ({}, {"width": 128}, {}, Whole.SIZE),
        ({}, {}, {"remains": b""}, Whole.MISSING),
        ({}, {}, {"remains": b"rubbish"}, Whole.MISSING),
        ({}, {"highres": Highres(1.25, 2)}, {}, Whole.LARGER),
    ],
)
def test_what_cannot_be_kept_is_drawn_whole_and_it_is_said(
    renderer: SdxlRenderer,
    canvas: Canvas,
    after: dict[str, object],
    options: dict[str, object],
    earlier: dict[str, object],
    why: Whole,
) -> None:
    first = drawn(renderer, canvas)
    new = replace(with_house(canvas, description=BLUE), **after)  # type: ignore[arg-type]
    changed = replace(OPTIONS, **options)  # type: ignore[arg-type]
    begun = replace(Earlier(canvas, first.images[0], first.remains[0]), **earlier)  # type: ignore[arg-type]
    *_, last = renderer.edit(new, changed, begun)
    assert isinstance(last, Rendered)
    assert (last.whole, last.kept, last.mask) == (why, 0.0, None)
    assert last.images == drawn(renderer, new, changed).images


@pytest.mark.slow
def test_what_takes_up_all_of_the_picture_begins_with_what_was_there_where_an_edit_is_to_depart_less(
    renderer: SdxlRenderer, canvas: Canvas
) -> None:
    first, everywhere = drawn(renderer, canvas), replace(canvas, regions=(EVERYWHERE,))
    begun = Earlier(canvas, first.images[0], first.remains[0], KeepOptions(strength=0.1))
    *_, last = renderer.edit(everywhere, OPTIONS, begun)
    assert isinstance(last, Rendered)
    assert last.whole is None
    apart = [
        np.abs(np.asarray(last.images[0], np.int16) - np.asarray(other.images[0])).mean()
        for other in (first, drawn(renderer, everywhere))
    ]
    assert apart[0] < apart[1]


@pytest.mark.slow
def test_unchanged_things_are_as_they_were_where_the_changed_one_did_not_come(renderer: SdxlRenderer) -> None:
    boat = Region("on the right", "no offset", "a large square area", 5.0, "A boat.", color="blue")
    castle = Region("in the center", "no offset", "a large square area", 2.0, "A castle.", color="red")
    before = Canvas(GlobalDescription("A meadow."), (boat,))
    first = drawn(renderer, before)
    begun, after = Earlier(before, first.images[0], first.remains[0]), replace(before, regions=(boat, castle))
    plan = renderer._plan(begun, after, OPTIONS)
    assert not isinstance(plan, Whole)
    assert not plan.is_settled, "their boxes meet"
    settled = plan.settled({plan.come[0]: np.zeros((plan.window.size.height, plan.window.size.width), dtype=np.bool_)})
    assert not (settled.mask & plan.unchanged).any()
    found = edited(renderer, before, first, after)
    assert found.mask is not None
    assert kept_pixels(first.images[0], found.images[0], found.mask)
    assert found.kept >= plan.kept


def test_a_window_is_told_where_it_lies_and_smaller_than_the_picture(renderer: SdxlRenderer) -> None:
    speck = Region("on the left", "slightly to the left", "a small vertical area", 1.0, "A house.")
    before = Canvas(GlobalDescription("A meadow."), (speck,))
    first = drawn(renderer, before)
    begun = Earlier(before, first.images[0], first.remains[0], KeepOptions(context=0.01))
    plan = renderer._plan(begun, with_house(before, description=BLUE), OPTIONS)
    assert not isinstance(plan, Whole)
    assert not plan.window.is_whole
    frame = renderer._frame(OPTIONS, plan)
    assert frame is not None
    assert (frame.width, frame.height) == (192, 128)


def test_wrong_options_are_refused_at_once_and_foreign_latents_by_name(renderer: SdxlRenderer, canvas: Canvas) -> None:
    first = drawn(renderer, canvas)
    with pytest.raises(OptionsError):
        renderer.edit(canvas, replace(OPTIONS, width=7), Earlier(canvas, first.images[0], first.remains[0]))
    with pytest.raises(RendererError, match="missing"):
        renderer.picture_of(b"")
    assert renderer.picture_of(first.remains[0]).size == (192, 128)
