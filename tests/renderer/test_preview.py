"""The linear preview finds the colours that a VAE hides in its latents."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from omost_pipeline.renderer.preview import fit_preview, preview_image, to_image
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer


class LinearVae:
    """Mixes mean colours into four channels, over cells of eight pixels, and back."""

    def __init__(self) -> None:
        self.mixing = torch.tensor([[1.0, 2.0, 0.5], [0.0, 1.0, -1.0], [2.0, 0.0, 1.0], [1.0, 1.0, 1.0]])

    def encode(self, pixels: Tensor) -> Tensor:
        means = nn.functional.avg_pool2d(pixels, 8)
        return torch.einsum("ck,bkhw->bchw", self.mixing, means) + 0.3

    def decode(self, latents: Tensor) -> Tensor:
        means = torch.einsum("kc,bchw->bkhw", torch.linalg.pinv(self.mixing), latents - 0.3)
        return nn.functional.interpolate(means, scale_factor=8)


def test_colors_come_back_through_the_fitted_map() -> None:
    vae = LinearVae()
    to_rgb = fit_preview(vae.encode, vae.decode, 8)
    pixels = torch.empty(1, 3, 16, 24)
    pixels[0] = torch.tensor([0.8, -0.4, 0.0])[:, None, None]
    image = preview_image(vae.encode(pixels), to_rgb)
    assert image.size == (3 * 85, 2 * 85)
    assert image.getpixel((100, 100)) == pytest.approx((230, 76, 128), abs=8)


def test_several_pictures_stand_side_by_side() -> None:
    colors = torch.tensor([[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # red, green, blue
    latents = colors[:, :, None, None].expand(3, 3, 4, 4)
    sheet = preview_image(latents, torch.eye(4)[:, :3], places=4)
    assert sheet.size == (8 * 32, 8 * 32)
    middles = [sheet.getpixel((x, y)) for y in (64, 192) for x in (64, 192)]
    assert middles == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)], "an empty place is black"


def test_the_map_of_a_vae_is_fitted_once(renderer: SdxlRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    vae = renderer._parts.vae
    other = copy.deepcopy(vae)
    with torch.no_grad():
        other.model.decoder.conv_out.weight += 0.1
    first = vae.preview_map()
    assert not torch.equal(other.preview_map(), first)
    calls: list[Tensor] = []
    monkeypatch.setattr(vae.model, "encode", calls.append)
    assert vae.preview_map() is first
    assert calls == []


def test_pixels_out_of_range_are_cut() -> None:
    image = to_image(torch.tensor([-3.0, 0.0, 3.0])[:, None, None].expand(3, 2, 4))
    assert image.size == (4, 2)
    assert image.getpixel((0, 0)) == (0, 128, 255)
