"""Pictures lead shapes: ControlNets as they are published, against diffusers' own pipelines, and in whole drawings."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.controlnets.controlnet_union import ControlNetUnionModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.pipelines.controlnet.pipeline_controlnet_sd_xl import StableDiffusionXLControlNetPipeline
from diffusers.pipelines.controlnet.pipeline_controlnet_union_sd_xl import StableDiffusionXLControlNetUnionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file
from torch import Tensor

from omost_pipeline.canvas.control import Control, read_control
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.engine.needs import needs_of
from omost_pipeline.errors import OptionsError, WeightsError
from omost_pipeline.memory import Placement
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sdxl.controlnets import load_controlnet
from omost_pipeline.renderer.sdxl.controls import UNION_TYPES, Led, Steered, edges_of
from omost_pipeline.renderer.sdxl.guidance import Guidance
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText
from omost_pipeline.renderer.sdxl.weights import load_renderer

pytestmark = pytest.mark.slow

OPTIONS = RenderOptions(96, 96, seed=7, steps=3)
WHOLE = Box(0, 0, GRID, GRID)
CROSS, DOT = Image.new("RGB", (60, 40)), Image.new("RGB", (40, 40))
ImageDraw.Draw(CROSS).line((0, 0, 60, 40), "white", 5)
ImageDraw.Draw(DOT).ellipse((10, 10, 30, 30), "white")
KNOWN = {"cross": CROSS, "dot": DOT}


def _write(folder: Path, checkpoint: Path, kind: str) -> Path:
    """A ControlNet of this checkpoint's sizes with random weights, none of them zero, in the publishers' layout."""
    torch.manual_seed(3)
    unet = UNet2DConditionModel.from_pretrained(checkpoint / "unet")
    plain: Any = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(4, 4, 8, 8))
    model: Any = plain
    if kind == "union":
        config = {name: value for name, value in plain.config.items() if name[0] != "_" and name != "mid_block_type"}
        config |= {"num_trans_channel": 8, "num_trans_head": 2, "num_proj_channel": 8, "num_control_type": 8}
        model = ControlNetUnionModel.from_config(config)
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=["union", "depth"])
def controlnet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    return _write(tmp_path_factory.mktemp("nets") / f"controlnet-{request.param}", checkpoint, request.param)


@pytest.fixture(scope="module")
def union(tmp_path_factory: pytest.TempPathFactory, checkpoint: Path) -> Path:
    return _write(tmp_path_factory.mktemp("union") / "net", checkpoint, "union")


@pytest.fixture(scope="module")
def drawing(union: Path, checkpoint: Path) -> SdxlRenderer:
    return load_renderer(str(checkpoint), controlnet=str(union)).referring(KNOWN)


def finished(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions = OPTIONS) -> Rendered:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last


def drawn(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions = OPTIONS) -> bytes:
    return finished(renderer, canvas, options).images[0].tobytes()


def led(canvas: Canvas, scene: str = "", region: str = "") -> Canvas:
    """The canvas, its scene and its first region led so."""
    first, *others = canvas.regions
    return Canvas(replace(canvas.scene, control=scene), (replace(first, control=region), *others))


def test_a_whole_picture_is_led_as_diffusers_pipeline_leads_it(controlnet: Path, checkpoint: Path) -> None:
    unet: Any = UNet2DConditionModel.from_pretrained(checkpoint / "unet").eval()
    kind: Any = ControlNetUnionModel if "union" in controlnet.name else ControlNetModel
    pipeline: Any = (
        StableDiffusionXLControlNetUnionPipeline if "union" in controlnet.name else StableDiffusionXLControlNetPipeline
    )
    parts = dict.fromkeys(("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"))
    renderer = load_renderer(str(checkpoint))
    vae = renderer._parts.vae.model
    theirs = pipeline(
        vae=vae,
        **parts,
        unet=unet,
        controlnet=kind.from_pretrained(controlnet).eval(),
        scheduler=DDIMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012),
        add_watermarker=False,
    )
    theirs.set_progress_bar_config(disable=True)
    seen: list[tuple[Tensor, float, dict[str, Any], Tensor]] = []
    unet.register_forward_hook(
        lambda _, given, named, output: seen.append((given[0], float(given[1]), named, output[0])), with_kwargs=True
    )
    hidden, pooled = torch.randn(1, 77, 20), torch.randn(1, 8)
    given = {"control_image": [CROSS], "control_mode": [1]} if kind is ControlNetUnionModel else {"image": CROSS}
    theirs(
        prompt_embeds=hidden,
        pooled_prompt_embeds=pooled,
        height=96,
        width=96,
        num_inference_steps=2,
        guidance_scale=1.0,
        controlnet_conditioning_scale=0.7,
        latents=torch.randn(1, 4, 12, 12),
        output_type="latent",
        **given,
    )
    net = load_controlnet(str(controlnet), renderer._parts.unet, torch.float32)
    steered = Steered(net, (Led(0, WHOLE, Control("depth", "cross", 0.7), CROSS),))
    text = EncodedText(hidden, pooled, ((Span(None, 77),),))
    assert len(seen) == 2
    for latents, time, named, expected in seen:
        guidance = Guidance.of(text, text, 1.0, 96, 96, latents, RegionOptions("mask"), None, None, steered)
        [call] = guidance._prepared(guidance._method.views(time))
        assert call.controls is not None
        added = {"text_embeds": call.pooled, "time_ids": call.sizes}
        with torch.inference_mode():
            found = call.controls.residuals(latents, time, call.hidden, added, call.regions, call.memory)
            assert found is not None
            wanted = named["down_block_additional_residuals"]
            for ours, one in zip([*found[0], found[1]], [*wanted, named["mid_block_additional_residual"]], strict=True):
                torch.testing.assert_close(ours, one, rtol=1e-4, atol=1e-5)
            output = guidance.output(renderer._parts.unet, latents, time)
            torch.testing.assert_close(output, expected, rtol=1e-4, atol=1e-4)
            plain = Guidance.of(text, text, 1.0, 96, 96, latents, RegionOptions("mask"))
            assert not torch.allclose(plain.output(renderer._parts.unet, latents, time), expected, atol=1e-3)


@pytest.mark.parametrize("method", ["score", "bounded", "multidiffusion"])
def test_pictures_lead_the_whole_or_a_region_by_kind_strength_and_end(
    drawing: SdxlRenderer, checkpoint: Path, canvas: Canvas, method: str
) -> None:
    options = replace(OPTIONS, regions=RegionOptions(method))  # type: ignore[arg-type]
    ways = [("", ""), ("pose cross", ""), ("", "pose cross"), ("", "depth cross"), ("", "pose dot")]
    ways += [("", "pose cross 0.5"), ("", "pose cross until 0.4"), ("pose cross", "depth dot")]
    seen = [drawn(drawing, led(canvas, *each), options) for each in ways]
    assert len(set(seen)) == len(ways)
    assert seen[0] == drawn(load_renderer(str(checkpoint)), canvas, options), "without, as ever"


def test_a_regions_control_ends_at_its_box(drawing: SdxlRenderer, union: Path) -> None:
    net = load_controlnet(str(union), drawing._parts.unet, torch.float32)
    left = Box(0, 0, 45, GRID)
    steered = Steered(net, (Led(1, left, Control("pose", "dot"), DOT),))
    text = EncodedText(torch.randn(1, 77, 20), torch.randn(1, 8), ((Span(None, 40), Span(left, 37)),))
    x = torch.randn(1, 4, 12, 12)
    guidance = Guidance.of(text, text, 1.0, 96, 96, x, RegionOptions("score"), None, None, steered)
    [call] = guidance._prepared(guidance._method.views(900.0))
    assert call.controls is not None
    added = {"text_embeds": call.pooled, "time_ids": call.sizes}
    found = call.controls.residuals(x, 900.0, call.hidden, added, call.regions, call.memory)
    assert found is not None
    for each in (*found[0], found[1]):
        assert each[..., : each.shape[-1] // 2].abs().min() > 0
        assert not each[..., each.shape[-1] // 2 :].any()


def test_a_window_sees_its_part_of_the_control_picture(drawing: SdxlRenderer) -> None:
    net = drawing._parts.controlnet
    assert net is not None
    steered = Steered(net, (Led(0, WHOLE, Control("pose", "dot"), DOT), Led(1, Box(0, 0, 45, 90), read("pose"), CROSS)))
    whole, parts = steered.hints((96, 64), 0, 0, (96, 64)), steered.hints((96, 64), 32, 16, (48, 48))
    for one, part in zip(whole, parts, strict=True):
        assert torch.equal(one[..., 16:64, 32:80], part)


def read(kind: str) -> Control:
    found = read_control(f"{kind} cross")
    assert found is not None
    return found


def test_batches_larger_pictures_and_edits_are_led_too(drawing: SdxlRenderer, canvas: Canvas) -> None:
    held = led(canvas, "", "pose cross")
    both = finished(drawing, held, replace(OPTIONS, images=2))
    assert both.images[1].tobytes() == drawn(drawing, held, replace(OPTIONS, seed=8))
    larger = replace(OPTIONS, highres=Highres(2, 2, 0.6))
    assert drawn(drawing, held, larger) != drawn(drawing, led(canvas, "", "pose dot"), larger)
    before = finished(drawing, canvas)
    edited = [
        list(drawing.edit(each, OPTIONS, Earlier(canvas, before.images[0], before.remains[0])))[-1]
        for each in (held, led(canvas, "", "pose dot"))
    ]
    assert all(isinstance(each, Rendered) and each.kept > 0 for each in edited), "what it does not lead is kept"
    one, other = (each.images[0] for each in edited if isinstance(each, Rendered))
    assert one.tobytes() != other.tobytes()


def test_it_may_come_to_the_device_with_the_unet(union: Path, checkpoint: Path, canvas: Canvas) -> None:
    held = led(canvas, "tile dot")
    pair = [
        load_renderer(str(checkpoint), controlnet=str(union), placement=placement).referring(KNOWN)
        for placement in (Placement.WHOLE, Placement.PARTS)
    ]
    assert drawn(pair[0], held) == drawn(pair[1], held)
    with_net = replace(PROFILES["omost"], renderer=str(checkpoint), controlnet=str(union))
    numbers = sum(parameter.numel() for parameter in pair[0]._parts.controlnet.model.parameters())  # type: ignore[union-attr]
    assert needs_of(with_net).renderer - needs_of(replace(with_net, controlnet="")).renderer == 2 * numbers


def test_edges_are_found_in_any_picture() -> None:
    house = Image.new("RGB", (48, 48), "skyblue")
    ImageDraw.Draw(house).rectangle((12, 12, 36, 36), "firebrick")
    lines = edges_of(house)
    assert lines.size == house.size
    assert {color for _, color in lines.getcolors() or ()} == {(0, 0, 0), (255, 255, 255)}
    assert lines.getpixel((11, 24)) == (255, 255, 255), "on the brighter side"
    assert lines.getpixel((24, 24)) == lines.getpixel((3, 3)) == lines.getpixel((0, 0)) == (0, 0, 0)


def test_what_cannot_be_followed_is_refused_in_a_sentence(
    drawing: SdxlRenderer, controlnet: Path, checkpoint: Path, canvas: Canvas
) -> None:
    def refused(renderer: SdxlRenderer, control: str) -> str:
        with pytest.raises(OptionsError) as error:
            renderer.render(led(canvas, control), OPTIONS)
        return str(error.value)

    assert "name one in models.controlnet" in refused(load_renderer(str(checkpoint)), "pose cross")
    assert "no picture of that name" in refused(drawing, "pose nobody")
    assert "write a kind (pose, depth" in refused(drawing, "dance cross")
    if "depth" in controlnet.name:
        own = load_renderer(str(checkpoint), controlnet=str(controlnet)).referring(KNOWN)
        assert "the ControlNet here is for depth" in refused(own, "pose cross")
    else:
        assert load_controlnet(str(controlnet), drawing._parts.unet, torch.float32).kinds == set(UNION_TYPES)


def test_wrong_files_are_refused_in_a_sentence(union: Path, checkpoint: Path, tmp_path: Path) -> None:
    def refused(source: Path) -> str:
        with pytest.raises(WeightsError) as error:
            load_renderer(str(checkpoint), controlnet=str(source))
        return str(error.value)

    assert "There is no ControlNet at" in refused(tmp_path / "nothing")
    file = tmp_path / "diffusion_pytorch_model.safetensors"
    tensors = load_file(union / file.name)
    save_file(tensors, file)
    assert "has no config.json beside it" in refused(file)
    config = json.loads((union / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "_class_name": "Another", "num_control_type": 6}))
    load_renderer(str(checkpoint), controlnet=str(file))
    save_file({name: value for name, value in tensors.items() if name != "conv_in.bias"}, file)
    assert "lacks 1 of its weights (conv_in.bias first)" in refused(tmp_path)
    unet = UNet2DConditionModel.from_pretrained(checkpoint / "unet")
    other: Any = UNet2DConditionModel.from_config({**unet.config, "cross_attention_dim": 28})
    ControlNetModel.from_unet(other).save_pretrained(tmp_path / "other")
    assert "its cross_attention_dim is 28, the renderer's 20" in refused(tmp_path / "other")
