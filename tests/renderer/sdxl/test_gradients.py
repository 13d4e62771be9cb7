"""Gradient steps move a latent so that each region's words are looked at in its box."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.regions.gradients import loss
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.sdxl import gradients
from omost_pipeline.renderer.sdxl.guidance import Guidance
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer

OPTIONS = RenderOptions(96, 96, seed=7, steps=4, regions=RegionOptions("guided"))
INSIDE = torch.zeros(2, 8, 8, dtype=torch.bool)
INSIDE[0, 1:5, 1:5] = True
INSIDE[1, 4:8, 4:8] = True


def drawn(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions) -> bytes:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last.images[0].tobytes()


def guidance_of(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions) -> tuple[Guidance, Tensor]:
    like = renderer._noise(7, options)
    with torch.inference_mode():
        return renderer._predictions(renderer._encode(canvas, options), options, like, None), like


def test_maps_that_fill_their_boxes_cost_nothing_and_others_more_the_farther_they_are() -> None:
    wanted = INSIDE.float()
    assert float(loss(wanted, INSIDE)) == pytest.approx(0, abs=1e-6)
    faint, half, elsewhere = 0.5 * wanted, wanted.clone(), wanted.flip(0)
    half[:, :, 3] = 0
    costs = [float(loss(maps, INSIDE)) for maps in (faint, half, elsewhere)]
    assert all(cost > 0 for cost in costs)
    assert costs[2] > max(costs[:2])
    neglected = wanted.clone()
    neglected[1] *= 0.1
    assert float(loss(neglected, INSIDE)) == pytest.approx(0.9), "the most neglected one counts"


def test_going_down_the_gradient_puts_a_map_into_its_box() -> None:
    torch.manual_seed(0)
    logits = torch.randn(3, 8, 8, requires_grad=True)
    optimizer = torch.optim.Adam([logits], 0.3)
    for _ in range(60):
        cost = loss(logits.softmax(0)[:2], INSIDE)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    maps = logits.softmax(0)[:2].detach()
    assert float((maps * INSIDE).sum() / maps.sum()) > 0.9


def test_a_step_on_the_latent_lowers_the_loss_of_the_model_s_maps(
    renderer: SdxlRenderer, canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradients, "_STEP", 0.01)
    guidance, z = guidance_of(renderer, canvas, OPTIONS)
    moving, unet = guidance._moving, renderer._parts.unet
    assert moving is not None
    assert moving.numbers == tuple(range(1, 1 + len(canvas.regions)))
    moved = moving.moved(unet, z, 800.0)
    with torch.no_grad():
        before, after = (moving._loss(unet, each, 800.0) for each in (z, moved))
    assert float(after) < float(before)
    assert all(weight.grad is None for weight in unet.parameters())


def test_it_moves_while_there_is_much_noise_and_never_where_nothing_asks_for_it(
    renderer: SdxlRenderer, canvas: Canvas
) -> None:
    unet = renderer._parts.unet
    guidance, z = guidance_of(renderer, canvas, OPTIONS)
    assert guidance.nudged(unet, z, 900.0) is not z
    assert guidance.nudged(unet, z, 100.0) is z
    for regions in (RegionOptions(), RegionOptions("guided", gradients=0.0)):
        other, _ = guidance_of(renderer, canvas, replace(OPTIONS, regions=regions))
        assert other.nudged(unet, z, 900.0) is z
    empty, _ = guidance_of(renderer, replace(canvas, regions=()), OPTIONS)
    assert empty.nudged(unet, z, 900.0) is z


@pytest.mark.slow
def test_steps_show_alone_on_top_of_a_method_and_for_one_region(renderer: SdxlRenderer, canvas: Canvas) -> None:
    house, *others = canvas.regions
    ways = [RegionOptions("guided", gradients=0.0), RegionOptions("guided"), RegionOptions("bounded")]
    ways += [RegionOptions("bounded", gradients=0.5), RegionOptions("bounded", gradients=1.0)]
    pictures = [drawn(renderer, canvas, replace(OPTIONS, regions=regions)) for regions in ways]
    of_one = replace(canvas, regions=(replace(house, method="guided"), *others))
    pictures.append(drawn(renderer, of_one, replace(OPTIONS, regions=RegionOptions("bounded"))))
    assert len(set(pictures)) == len(pictures)
    assert drawn(renderer, canvas, OPTIONS) == pictures[1]
