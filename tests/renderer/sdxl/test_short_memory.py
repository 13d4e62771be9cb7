"""Drawing where the device's memory is short: layer by layer, and decoding in tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.memory import Placement
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.weights import load_renderer

OPTIONS = RenderOptions(128, 192, seed=7, steps=2)


class Full:
    """The memory of a device that has some bytes left."""

    def __init__(self, left: float) -> None:
        self._left = left

    def free(self) -> float:
        return self._left

    def release(self) -> None:
        pass


def drawn(renderer: SdxlRenderer, canvas: Canvas) -> Rendered:
    *_, last = renderer.render(canvas, OPTIONS)
    assert isinstance(last, Rendered)
    return last


def test_layer_by_layer_the_same_picture_comes(checkpoint: Path, renderer: SdxlRenderer, canvas: Canvas) -> None:
    layered = load_renderer(str(checkpoint), placement=Placement.LAYERS)
    assert {weight.device.type for weight in layered._parts.unet.parameters()} == {"meta"}, "between layers it is away"
    first = drawn(layered, canvas).images[0]
    assert first.tobytes() == drawn(renderer, canvas).images[0].tobytes()
    assert drawn(layered, canvas).images[0].tobytes() == first.tobytes()


@pytest.mark.parametrize(("left", "tiled"), [(1e12, False), (1e6, True)])
def test_a_picture_is_decoded_in_tiles_only_where_memory_is_short(
    checkpoint: Path, renderer: SdxlRenderer, canvas: Canvas, left: float, tiled: bool
) -> None:
    sparing = load_renderer(str(checkpoint), memory=Full(left))
    sizes: list[int] = []
    sparing._parts.vae.decoder.register_forward_hook(lambda _module, inputs, _output: sizes.append(inputs[0].shape[-2]))
    image = drawn(sparing, canvas).images[0]
    assert (max(sizes) < 192 // 8) is tiled
    assert (len(sizes) > 1) is tiled
    whole = drawn(renderer, canvas).images[0]
    difference = np.abs(np.asarray(image).astype(int) - np.asarray(whole))
    assert (difference.max() == 0) is not tiled
    assert image.size == (128, 192)
