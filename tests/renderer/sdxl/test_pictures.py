"""Regions look like pictures: IP-Adapters as they are published, against diffusers' own, and in whole drawings."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.vocabulary import Box, MethodName
from omost_pipeline.engine.assets import picture_bytes
from omost_pipeline.engine.events import Drawn
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.engine.requests import DrawRequest
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import OptionsError, WeightsError
from omost_pipeline.memory import Placement
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sdxl import pictures
from omost_pipeline.renderer.sdxl.guidance import Guidance
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.pictures import Pictured, Shown
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText
from omost_pipeline.renderer.sdxl.weights import load_renderer

pytestmark = pytest.mark.slow

OPTIONS = RenderOptions(96, 96, seed=7, steps=3)
LEFT = Box(0, 0, 45, 90)
RED, BLUE = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (30, 40), "blue")
_WORDS, _WIDTH, _SEEN = 20, 12, 16
"""Sizes: of text, of the encoder's embedding, of its patches."""


def _noise(*shape: int) -> Tensor:
    return torch.randn(*shape) / math.sqrt(shape[-1])


def _plain() -> dict[str, Tensor]:
    return {
        "image_proj.proj.weight": _noise(4 * _WORDS, _WIDTH),
        "image_proj.proj.bias": _noise(4 * _WORDS),
        "image_proj.norm.weight": torch.ones(_WORDS),
        "image_proj.norm.bias": torch.zeros(_WORDS),
    }


def _plus() -> dict[str, Tensor]:
    width = 24
    made = {"latents": _noise(1, 3, width)}
    for name, shape in (("proj_in", (width, _SEEN)), ("proj_out", (_WORDS, width))):
        made |= {f"{name}.weight": _noise(*shape), f"{name}.bias": _noise(shape[0])}
    norms = {"norm_out": _WORDS}
    for layer in (f"layers.{number}" for number in range(4)):
        norms |= {f"{layer}.0.norm1": width, f"{layer}.0.norm2": width, f"{layer}.1.0": width}
        made |= {f"{layer}.0.to_q.weight": _noise(64, width), f"{layer}.0.to_kv.weight": _noise(128, width)}
        made |= {f"{layer}.0.to_out.weight": _noise(width, 64)}
        made |= {f"{layer}.1.1.weight": _noise(96, width), f"{layer}.1.3.weight": _noise(width, 96)}
    for name, size in norms.items():
        made |= {f"{name}.weight": torch.ones(size), f"{name}.bias": torch.zeros(size)}
    return {f"image_proj.{name}": value for name, value in made.items()}


def _adapter(folder: Path, checkpoint: Path, kind: str) -> Path:
    """An adapter's file with random weights, named and laid out as publishers do, and its image encoder beside it."""
    torch.manual_seed(1)
    unet = UNet2DConditionModel.from_pretrained(checkpoint / "unet")
    tensors = _plain() if kind == "plain" else _plus()
    layers = [name.removesuffix(".processor") for name in unet.attn_processors if "attn2" in name]
    for number, name in enumerate(layers):
        size = unet.get_submodule(name).to_k.out_features
        for part in ("k", "v"):
            tensors[f"ip_adapter.{2 * number + 1}.to_{part}_ip.weight"] = 3 * _noise(size, _WORDS)
    folder.mkdir()
    save_file(tensors, folder / "ip-adapter_sdxl.safetensors")
    config = CLIPVisionConfig(
        hidden_size=_SEEN,
        intermediate_size=16,
        projection_dim=_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        patch_size=16,
    )
    CLIPVisionModelWithProjection(config).save_pretrained(folder / "image_encoder")
    return folder / "ip-adapter_sdxl.safetensors"


@pytest.fixture(scope="module", params=["plain", "plus"])
def adapter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    return _adapter(tmp_path_factory.mktemp("adapters") / request.param, checkpoint, request.param)


@pytest.fixture(scope="module")
def drawing(adapter: Path, checkpoint: Path) -> SdxlRenderer:
    return load_renderer(str(checkpoint), ip_adapter=str(adapter))


def drawn(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions = OPTIONS) -> bytes:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last.images[0].tobytes()


def like(canvas: Canvas, *names: str) -> Canvas:
    """The canvas, its regions in turn like pictures of these names."""
    held = zip(canvas.regions, (*names, *[""] * len(canvas.regions)), strict=False)
    return replace(canvas, regions=tuple(replace(region, reference=name) for region, name in held))


def test_a_picture_in_a_mask_is_what_diffusers_makes_of_it(
    drawing: SdxlRenderer, adapter: Path, checkpoint: Path
) -> None:
    ours = drawing._parts.adapter
    assert ours is not None
    tokens = ours.tokens(RED)
    theirs: Any = UNet2DConditionModel.from_pretrained(checkpoint / "unet").eval()
    state: dict[str, dict[str, Tensor]] = {"image_proj": {}, "ip_adapter": {}}
    for name, value in load_file(adapter).items():
        part, _, key = name.partition(".")
        state[part][key] = value
    theirs._load_ip_adapter_weights([state])
    for processor in theirs.attn_processors.values():
        if hasattr(processor, "scale"):
            processor.scale = [pictures._STRENGTH]
    with torch.no_grad():
        pixels = ours.processor(images=RED, return_tensors="pt").pixel_values
        seen = ours.encoder(pixels, output_hidden_states=True)
        image = seen.hidden_states[-2] if ours.patches else seen.image_embeds
        mask = torch.zeros(1, 1, 6, 6)
        mask[..., :3] = 1
        text = EncodedText(torch.randn(1, 77, _WORDS), torch.randn(1, 8), ((Span(None, 40), Span(LEFT, 37)),))
        x, time = torch.randn(1, 4, 12, 12), 500.0
        sizes = torch.tensor([[96.0, 96, 0, 0, 96, 96]])
        expected = theirs(
            x,
            time,
            text.hidden,
            added_cond_kwargs={"text_embeds": text.pooled, "time_ids": sizes, "image_embeds": [image[:, None]]},
            cross_attention_kwargs={"ip_adapter_masks": [mask]},
            return_dict=False,
        )[0]
        whole = replace(text, spans=((Span(None, 40), replace(Span(LEFT, 37), seen=Span(None, 0).mask)),))
        options = RegionOptions("mask")
        guidance = Guidance.of(text, whole, 1.0, 96, 96, x, options, None, Pictured(ours, (Shown(1, tokens),)))
        plain = Guidance.of(text, whole, 1.0, 96, 96, x, options)
        # All words are seen everywhere, as in theirs; the picture in its box alone.
        guidance._method = plain._method = Everything(whole.spans[0])
        unet = drawing._parts.unet
        torch.testing.assert_close(guidance.output(unet, x, time), expected, rtol=1e-4, atol=1e-5)
        assert not torch.allclose(plain.output(unet, x, time), expected, atol=1e-3)


class Everything:
    """A method of one view."""

    def __init__(self, view: tuple[Span, ...]) -> None:
        self._views = ((replace(view[0], method="mask"), *view[1:]),)

    def views(self, _: float) -> tuple[tuple[Span, ...], ...]:
        return self._views

    def merged(self, predictions: Tensor) -> Tensor:
        return predictions


@pytest.mark.parametrize("method", ["score", "bounded", "multidiffusion"])
def test_regions_look_like_their_pictures(drawing: SdxlRenderer, canvas: Canvas, method: MethodName) -> None:
    options = replace(OPTIONS, regions=RegionOptions(method))
    knowing = drawing.referring({"red": RED, "blue": BLUE})
    held = [canvas, like(canvas, "red"), like(canvas, "blue"), like(canvas, "", "red"), like(canvas, "red", "blue")]
    held.append(replace(canvas, scene=replace(canvas.scene, reference="red")))
    seen = [drawn(knowing, each, options) for each in held]
    assert len(set(seen)) == len(seen)
    assert drawn(drawing, canvas, options) == seen[0], "who knows pictures draws others as ever"
    assert drawn(drawing.referring({"red": BLUE}), held[1], options) == seen[2], "its pixels count, not its name"


def test_the_encoder_may_stay_on_the_host(adapter: Path, checkpoint: Path, canvas: Canvas) -> None:
    held = like(canvas, "red")
    pair = [
        load_renderer(str(checkpoint), ip_adapter=str(adapter), placement=placement).referring({"red": RED})
        for placement in (Placement.WHOLE, Placement.PARTS)
    ]
    assert drawn(pair[0], held) == drawn(pair[1], held)


def test_what_is_not_there_is_told_with_what_to_do(
    drawing: SdxlRenderer, renderer: SdxlRenderer, canvas: Canvas
) -> None:
    held = like(canvas, "red")
    with pytest.raises(OptionsError, match=r"'A red house\.' is to look like 'red', which takes an IP-Adapter"):
        renderer.referring({"red": RED}).render(held, OPTIONS)
    with pytest.raises(OptionsError, match="no picture of that name is known: bring one"):
        drawing.render(held, OPTIONS)


def test_files_that_do_not_fit_are_refused(tmp_path: Path, checkpoint: Path) -> None:
    file = _adapter(tmp_path / "own", checkpoint, "plain")
    tensors = load_file(file)

    def refused(change: dict[str, Tensor | None]) -> str:
        changed = {**tensors, **change}
        save_file({name: value for name, value in changed.items() if value is not None}, file)
        with pytest.raises(WeightsError) as raised:
            load_renderer(str(checkpoint), ip_adapter=str(file))
        return str(raised.value)

    assert "lacks ip_adapter.1.to_k_ip.weight" in refused({"ip_adapter.1.to_k_ip.weight": None})
    assert "was made for another model: it has (3, 20) for" in refused({"ip_adapter.3.to_v_ip.weight": _noise(3, 20)})
    assert "is no IP-Adapter of a kind known here" in refused({"image_proj.proj.weight": None})
    wrong = refused({"image_proj.proj.weight": _noise(80, 30)})
    assert "reads pictures of width 30" in wrong
    assert "writes 12" in wrong


async def test_the_program_s_own_engine_passes_references_on(adapter: Path, checkpoint: Path, canvas: Canvas) -> None:
    profile = replace(PROFILES["tiny"], renderer=str(checkpoint), ip_adapter=str(adapter))
    engine = LocalEngine(Models(profile, "cpu"))
    pictures: list[bytes] = []
    for picture in (RED, BLUE):
        asset = await engine.assets.put(picture_bytes(picture))
        request = DrawRequest("d", like(canvas, "cat"), OPTIONS, references={"cat": asset})
        [drawn] = [event async for event in engine.run(request) if isinstance(event, Drawn)]
        pictures.append(await engine.assets.get(drawn.pictures[0].asset))
    await engine.close()
    assert pictures[0] != pictures[1]
