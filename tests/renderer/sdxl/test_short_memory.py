"""Drawing where the device's memory is short: part by part, layer by layer, and large pictures in stripes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from torch import nn

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.memory import Placement
from omost_pipeline.profiles import BUNDLED
from omost_pipeline.renderer import stripes
from omost_pipeline.renderer.offload import HostCopy
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.vae import Vae
from omost_pipeline.renderer.sdxl.weights import load_renderer

pytestmark = pytest.mark.slow

OPTIONS = RenderOptions(128, 192, seed=7, steps=2)


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


def test_part_by_part_the_same_picture_comes_and_no_weight_is_copied_back(
    checkpoint: Path, renderer: SdxlRenderer, canvas: Canvas
) -> None:
    parted = load_renderer(str(checkpoint), placement=Placement.PARTS)
    weights = {name: weight.data_ptr() for name, weight in parted._parts.unet.named_parameters()}
    assert drawn(parted, canvas).images[0].tobytes() == drawn(renderer, canvas).images[0].tobytes()
    assert {name: weight.data_ptr() for name, weight in parted._parts.unet.named_parameters()} == weights


def test_what_leaves_the_device_is_dropped_and_ties_hold() -> None:
    module = nn.ModuleDict({"one": nn.Linear(2, 2), "other": nn.Linear(2, 2), "norm": nn.BatchNorm1d(2)})
    module["other"].weight = module["one"].weight
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    copy = HostCopy(module, torch.device("meta"))  # where nothing can be copied back from
    with copy.on_device():
        assert {tensor.device.type for tensor in (*module.parameters(), *module.buffers())} == {"meta"}
        assert module["one"].weight is module["other"].weight
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


@pytest.fixture(params=["random", "bundled"])
def coder(request: pytest.FixtureRequest, renderer: SdxlRenderer) -> Vae:
    if request.param == "random":
        return renderer._parts.vae
    return Vae(AutoencoderKL.from_pretrained(BUNDLED / "renderer" / "vae").eval())


@torch.inference_mode()
@pytest.mark.parametrize("size", [(17, 24), (24, 17)])
def test_stripes_give_the_whole_picture_and_its_latents(
    coder: Vae, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    latents = torch.randn(
        1, int(coder.model.config["latent_channels"]), *size, generator=torch.Generator().manual_seed(3)
    )
    whole = coder.decode(latents)
    seen = coder.encode(whole)
    monkeypatch.setattr(stripes, "WHOLE_PIXELS", 0)
    monkeypatch.setattr(stripes, "_ELEMENTS", 4000)
    monkeypatch.setattr(coder.model, "decode", None)
    assert len(list(stripes._stripes(192, 4 * 136))) > 20
    striped = coder.decode(latents)
    assert striped.shape == whole.shape
    assert (striped - whole).abs().max() < 1e-4 * whole.abs().max()
    assert (coder.encode(whole) - seen).abs().max() < 1e-4 * seen.abs().max()


def test_how_a_picture_is_decoded_follows_from_its_size_alone(renderer: SdxlRenderer) -> None:
    """Not from the memory that is free: else a seed would mean two pictures."""
    wholes: list[int] = []
    hook = renderer._parts.vae.model.decoder.register_forward_pre_hook(lambda _, x: wholes.append(x[0].shape[-1]))
    with torch.inference_mode():
        renderer._parts.vae.decode(torch.zeros(1, 4, 64, 64))
        large = renderer._parts.vae.decode(torch.zeros(1, 4, 64, 65))
    hook.remove()
    assert wholes == [64]
    assert large.shape == (1, 3, 512, 520)
