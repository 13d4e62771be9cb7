"""Boxes without names are drawn where they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, placed_at
from omost_pipeline.canvas.vocabulary import METHODS, Box
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.recipe import MethodName
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer

SLIVER = Box(40.2, 40.2, 40.4, 40.3)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("method", METHODS)
def test_a_box_between_cells_is_drawn_by_every_method(
    renderer: SdxlRenderer, canvas: Canvas, method: MethodName
) -> None:
    options = RenderOptions(64, 64, steps=2, regions=RegionOptions(method))

    def drawn(*boxes: Box) -> bytes:
        regions = (placed_at(region, box) for region, box in zip(canvas.regions, boxes, strict=True))
        *_, last = renderer.render(replace(canvas, regions=tuple(regions)), options)
        assert isinstance(last, Rendered)
        return last.images[0].tobytes()

    whole = drawn(Box(0, 15, 35, 75), Box(50, 0, 90, 40))
    same = drawn(Box(0, 15.2, 35.3, 75), Box(50, 0, 90, 40.4)) == whole
    assert same == (method != "grounded"), "the same cells have their centres in both; a token has the box itself"
    farther = drawn(Box(0, 15.2, 60.7, 75), Box(50, 0, 90, 40.4))
    assert (farther == whole) == (method == "plain"), "to that one alone it is all the same where things stand"
    drawn(SLIVER, Box(50, 0, 90, 40))  # covers no cell's centre
