"""A draft in layers as a finished picture: each layer again, from what it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from omost_pipeline.canvas.vocabulary import Rgb
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.layered.drawing import finish_layers
from omost_pipeline.renderer.layered.openraster import pack, unpack
from omost_pipeline.renderer.layered.stack import Layer, Stack
from omost_pipeline.renderer.protocol import Highres
from tests.painter import Painter
from tests.renderer.layered.test_layers import CANVAS, FAR, NEAR, OPTIONS, SIDE, drawn, edited, last_of, pixels, shifted

SMALL = replace(OPTIONS, width=SIDE // 2, height=SIDE // 2)
FINISHED = replace(OPTIONS, highres=Highres(steps=OPTIONS.steps, denoise=0.6, size=(SIDE, SIDE)))


@pytest.mark.parametrize("native", [90, SIDE])
def test_the_scene_and_each_thing_begin_with_what_they_were_alone(native: int) -> None:
    draft, painter = drawn(options=SMALL), Painter(native=native)  # of a smaller side things have windows of their own
    earlier = Earlier(CANVAS, draft.images[0], b"", layers=draft.layers[0])
    found = last_of(finish_layers(painter, CANVAS, FINISHED, earlier))
    assert painter.drawn == ["A meadow.", "A red ball.", "A blue cube."]
    scene, *things = painter.begun
    assert isinstance(scene, Image.Image)
    assert (pixels(scene) == unpack(draft.layers[0]).background).all()
    for thing, region, other in zip(things, (FAR, NEAR), (NEAR, FAR), strict=True):
        assert isinstance(thing, Earlier)
        [placed] = thing.canvas.regions
        assert (placed.description, thing.again, thing.options.strength) == (region.description, (0,), 0.6)
        assert _are_there(thing.picture, region.rgb)
        assert not _are_there(thing.picture, other.rgb)
    stack = unpack(found.layers[0])
    assert (stack.size, len(stack.layers)) == ((SIDE, SIDE), 2)
    assert stack.picture().tobytes() == found.images[0].tobytes()


def test_a_layer_that_was_moved_since_it_was_drawn_begins_where_it_is() -> None:
    moved = replace(CANVAS, regions=(shifted(NEAR, 20, 20), FAR))
    draft, painter = edited(drawn(), moved)[0], Painter()
    earlier = Earlier(moved, draft.images[0], b"", layers=draft.layers[0])
    last_of(finish_layers(painter, moved, FINISHED, earlier))
    *_, thing = painter.begun
    assert isinstance(thing, Earlier)
    assert thing.picture.getpixel((140, 140)) == NEAR.rgb, "the middle of the box"
    assert thing.picture.getpixel((90, 90)) == thing.picture.getpixel((0, 0)), "where its middle was"


def test_a_thing_that_is_missing_in_a_draft_is_drawn_from_nothing() -> None:
    far, near = unpack(drawn().layers[0]).layers
    empty = Layer.of(np.zeros((SIDE, SIDE, 4), np.uint8), near.colors[0])
    draft, painter = Stack(unpack(drawn().layers[0]).background, (far, empty)), Painter()
    earlier = Earlier(CANVAS, draft.picture(), b"", layers=pack(draft, "A meadow.", ["far", "near"]))
    found = last_of(finish_layers(painter, CANVAS, FINISHED, earlier))
    *_, thing = painter.begun
    assert isinstance(thing, Earlier)
    assert (thing.canvas.regions, thing.options.strength) == ((), 1.0)
    assert _are_there(found.images[0], NEAR.rgb)


def _are_there(picture: Image.Image, rgb: Rgb) -> bool:
    """Whether there are pixels of a colour."""
    return bool((np.abs(pixels(picture).astype(int) - rgb).max(-1) < 20).any())
