"""Pixels put back, cells that become free with time, and what is kept with a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.renderer.keep.compositing import fading, put_back
from omost_pipeline.renderer.keep.earlier import Earlier, Whole
from omost_pipeline.renderer.keep.edit import Edit, pack, plan_edit, unpack
from omost_pipeline.renderer.keep.freeing import Freeing, keeping, known_at_start
from omost_pipeline.renderer.keep.masks import Cells, Mask
from omost_pipeline.renderer.keep.windows import Window
from omost_pipeline.renderer.recipe import Sampler
from omost_pipeline.renderer.sampling import sample

CPU = torch.device("cpu")
SIGMAS = [10.0, 5.0, 2.0, 1.0, 0.5, 0.0]


def square(size: int, low: int, high: int) -> Mask:
    mask = np.zeros((size, size), dtype=np.bool_)
    mask[low:high, low:high] = True
    return mask


def noisy(size: int, seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8))


def test_outside_the_mask_every_pixel_stays_and_deep_inside_every_one_is_drawn() -> None:
    mask, earlier, drawn = square(8, 2, 6), noisy(64, 0), noisy(48, 1)
    window = Window(1, 1, 7, 7, Cells(8, 8))
    found = np.asarray(put_back(earlier, drawn, mask, window, feather=4))
    before = np.asarray(earlier)
    assert (found[:16] == before[:16]).all()
    assert (found[:, 48:] == before[:, 48:]).all()
    tone = np.median(before[8:56, 8:56][pixels(window)] - np.asarray(drawn, dtype=np.float64)[pixels(window)], axis=0)
    deep = np.asarray(drawn, dtype=np.float64)[16:32, 16:32] + tone
    assert np.abs(found[24:40, 24:40] - deep.clip(0, 255)).max() <= 0.5


def pixels(window: Window) -> Mask:
    """What of the window lies outside the mask."""
    return ~square(48, 8, 40) if window.size == Cells(6, 6) else square(48, 0, 0)


def test_fading_goes_inwards_and_not_at_the_pictures_edge() -> None:
    inside = np.zeros((1, 10), dtype=np.bool_)
    inside[0, 4:] = True
    assert fading(inside, 3).tolist() == [[0, 0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]]
    assert fading(inside, 0).tolist() == [[0, 0, 0, 0, 1, 1, 1, 1, 1, 1]]


def test_the_mask_widens_with_time_and_ends_as_the_whole_mask() -> None:
    mask = square(10, 1, 9)
    freeing = Freeing.of(mask, CPU, rim=2)
    seen = [freeing.free(share)[0, 0].numpy() for share in (0.0, 0.2, 0.4, 1.0)]
    assert (seen[0] == square(10, 3, 7)).all()
    assert (seen[1] == square(10, 2, 8)).all()
    assert (seen[2] == mask).all()
    assert (seen[3] == mask).all()
    thin = Freeing.of(square(10, 4, 6), CPU, rim=4)
    assert thin.free(0.0).any()


@pytest.mark.parametrize("sampler", ["dpmpp_2m", "euler", "lcm"])
def test_every_sampler_leaves_the_rest_at_the_earlier_latents_at_every_level(sampler: Sampler) -> None:
    mask, generator = square(8, 2, 6), torch.Generator().manual_seed(0)
    earlier, noise = (torch.randn(1, 4, 8, 8, generator=generator) for _ in range(2))
    freeing = Freeing.of(mask, CPU, rim=1)

    def model(x: Tensor, sigma: float) -> Tensor:
        return x / (1 + sigma)

    x = known_at_start(earlier, freeing, strength=1.0) + SIGMAS[0] * noise
    denoise = keeping(model, earlier, freeing, SIGMAS)
    outside = torch.from_numpy(~mask)
    for number, estimate in enumerate(sample(sampler, denoise, x, SIGMAS, lambda _: noise), start=1):
        expected = earlier + SIGMAS[number] * noise
        assert torch.allclose(estimate.x[..., outside], expected[..., outside], atol=1e-4)
    assert not torch.allclose(estimate.x[..., ~outside], earlier[..., ~outside])


def test_at_a_lower_strength_the_changed_part_begins_with_what_was_there() -> None:
    mask = square(8, 2, 6)
    earlier = torch.ones(1, 4, 8, 8)
    freeing = Freeing.of(mask, CPU, rim=1)
    assert (known_at_start(earlier, freeing, strength=0.5) == 1).all()
    assert (known_at_start(earlier, freeing, strength=1.0)[..., 3:5, 3:5] == 0).all()


@pytest.mark.parametrize("shape", [(1, 4, 3, 5), (1, 16, 2, 2)])
def test_latents_are_kept_in_half_precision_with_the_models_mark(shape: Sequence[int]) -> None:
    latents = torch.randn(*shape)
    kept = pack(latents, "this")
    again = unpack(kept, "this")
    assert isinstance(again, Tensor)
    assert torch.equal(again, latents.half().float())
    assert pack(again, "this") == kept, "packing again loses nothing more"
    assert unpack(kept, "another") is Whole.MODEL
    assert unpack(b"", "this") is Whole.MISSING
    assert unpack(kept[:20], "this") is Whole.MISSING
    assert unpack(b"\xff" * 100, "this") is Whole.MISSING


def test_of_a_thing_drawn_into_a_brought_picture_only_what_it_covers_is_drawn() -> None:
    thing = placed_at(Region("", "", "", 2.0, "A red apple.", color="red"), Box(30, 30, 60, 60))
    scene = GlobalDescription("A quilt.")
    earlier = Earlier(Canvas(scene), noisy(64, 0), b"", brought=True)
    latents = torch.zeros(1, 4, 18, 18)
    edit = plan_edit(earlier, Canvas(scene, (thing,)), (64, 64), "m", 8, 2, lambda *_: {}, lambda _: latents)
    assert isinstance(edit, Edit)
    assert edit.mask[5:13, 5:13].all(), "it may come anywhere in its box"
    came = square(18, 8, 10)[edit.window.rows, edit.window.columns]
    settled = edit.settled({thing: came})
    assert (settled.mask == square(18, 8, 10)).all()
    assert edit.come == (thing,)
    patchy = square(18, 6, 12) & ~square(18, 8, 10)
    settled = edit.settled({thing: patchy[edit.window.rows, edit.window.columns]})
    assert (settled.mask == square(18, 6, 12)).all(), "attention has holes, an apple has none"
