"""Grounding tokens: the layers against diffusers' own, files as they are published, and in whole drawings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.engine.needs import needs_of
from omost_pipeline.errors import OptionsError, WeightsError
from omost_pipeline.memory import Placement
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.recipe import MethodName
from omost_pipeline.renderer.regions.options import RegionOptions
from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.sdxl.grounding import TOKENS, Grounded, Grounding
from omost_pipeline.renderer.sdxl.grounding_files import load_grounding
from omost_pipeline.renderer.sdxl.guidance import Guidance
from omost_pipeline.renderer.sdxl.loop import SdxlRenderer
from omost_pipeline.renderer.sdxl.text_encoder import EncodedText
from omost_pipeline.renderer.sdxl.weights import load_renderer

pytestmark = pytest.mark.slow

OPTIONS = RenderOptions(96, 96, seed=7, steps=3, regions=RegionOptions("grounded"))
WORDS = 20
"""Width of a token's words in diffusers' gated UNet: that of the text it reads."""


def gated_unet(checkpoint: Path) -> UNet2DConditionModel:
    """The checkpoint's UNet as diffusers makes one with gated layers, which are random and open."""
    config = UNet2DConditionModel.load_config(checkpoint / "unet")
    torch.manual_seed(5)
    unet: Any = UNet2DConditionModel.from_config({**config, "attention_type": "gated"})
    base = load_file(checkpoint / "unet" / "diffusion_pytorch_model.safetensors")
    assert not unet.load_state_dict(base, strict=False).unexpected_keys
    for name, weight in unet.named_parameters():
        if name.endswith(("alpha_attn", "alpha_dense", "_feature")):
            torch.nn.init.normal_(weight)
    return unet.eval()


def adapter_of(unet: UNet2DConditionModel) -> dict[str, Tensor]:
    return {name: value for name, value in unet.state_dict().items() if "position_net" in name or ".fuser." in name}


def original_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The adapter as the original GLIGEN, and the pruned file for ComfyUI, name its blocks: one layer a block here."""
    blocks = {"down_blocks.1.attentions.0": "input_blocks.3.1", "mid_block.attentions.0": "middle_block.1"}
    blocks |= {"up_blocks.0.attentions.0": "output_blocks.0.1", "up_blocks.0.attentions.1": "output_blocks.1.1"}
    renamed = {}
    for name, value in tensors.items():
        old = next((block for block in blocks if name.startswith(block)), "")
        renamed[name.replace(old, blocks[old]) if old else name] = value
    return renamed


@pytest.fixture(scope="module")
def gated(checkpoint: Path) -> UNet2DConditionModel:
    return gated_unet(checkpoint)


def finished(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions = OPTIONS) -> Rendered:
    *_, last = renderer.render(canvas, options)
    assert isinstance(last, Rendered)
    return last


def drawn(renderer: SdxlRenderer, canvas: Canvas, options: RenderOptions = OPTIONS) -> bytes:
    return finished(renderer, canvas, options).images[0].tobytes()


@pytest.mark.parametrize("layout", ["adapter", "whole UNet", "original names"])
def test_published_layers_give_what_diffusers_own_unet_gives(
    layout: str, gated: UNet2DConditionModel, checkpoint: Path, tmp_path: Path
) -> None:
    tensors = adapter_of(gated)
    if layout == "whole UNet":
        tensors = dict(gated.state_dict())
    if layout == "original names":
        tensors = original_names(tensors)
    save_file(tensors, tmp_path / "gligen.safetensors")
    unet = load_renderer(str(checkpoint))._parts.unet
    loaded = load_grounding(str(tmp_path), unet, torch.float32)
    assert loaded == Grounding(TOKENS, WORDS)

    hidden, pooled, latents = torch.randn(1, 77, 20), torch.randn(1, 8), torch.randn(1, 4, 12, 12)
    words, boxes = torch.randn(2, WORDS), torch.tensor([[0.1, 0.2, 0.5, 0.9], [0.4, 0.0, 1.0, 0.3]])
    text = EncodedText(hidden, pooled, ((Span(None, 75), Span(None, 1), Span(None, 1)),))
    grounded = Grounded(loaded, words, boxes, (1, 2), until=300.0)
    guidance = Guidance.of(text, text, 1.0, 96, 96, latents, RegionOptions("mask"), grounded=grounded)
    sizes = torch.tensor([[96.0, 96, 0, 0, 96, 96]])
    told = {"boxes": torch.zeros(1, 30, 4), "masks": torch.zeros(1, 30), "positive_embeddings": torch.zeros(1, 30, 20)}
    told["boxes"][0, :2], told["positive_embeddings"][0, :2], told["masks"][0, :2] = boxes, words, 1
    for time, named in ((700.0, {"cross_attention_kwargs": {"gligen": told}}), (200.0, {})):
        with torch.inference_mode():
            added = {"text_embeds": pooled, "time_ids": sizes}
            theirs = gated(latents, torch.tensor(time), hidden, added_cond_kwargs=added, **named).sample
            torch.testing.assert_close(guidance.output(unet, latents, time), theirs, rtol=1e-5, atol=1e-5)
            bare = gated(latents, torch.tensor(time), hidden, added_cond_kwargs=added).sample
            assert torch.allclose(theirs, bare, atol=1e-3) is (time == 200.0)


def test_a_gligen_checkpoint_in_stable_diffusion_1_s_layout_predicts_what_diffusers_does(
    first_version: Path, canvas: Canvas
) -> None:
    renderer = load_renderer(str(first_version))
    unet: Any = UNet2DConditionModel.from_pretrained(first_version / "unet").eval()
    clip: Any = CLIPTextModel.from_pretrained(first_version / "text_encoder").eval()
    tokenizer = CLIPTokenizer.from_pretrained(first_version / "tokenizer")

    padded: dict[str, Any] = {"padding": "max_length", "max_length": 77, "return_tensors": "pt"}
    house, _ = canvas.regions
    held = Canvas(GlobalDescription("A meadow."), (replace(house, detailed_descriptions=(), tags=""),))
    options = replace(OPTIONS, regions=RegionOptions("plain", grounding=1.0), guidance=1.0)
    latents = renderer._noise(7, options)
    with torch.inference_mode():
        ours = renderer._predictions(renderer._encode(held, options), options, latents, None)
        found = ours.output(renderer._parts.unet, latents, 700.0)
        told = {"boxes": torch.zeros(1, 30, 4), "masks": torch.zeros(1, 30)}
        told["positive_embeddings"] = torch.zeros(1, 30, 20)
        told["boxes"][0, 0] = torch.tensor([0, 15, 35, 75]) / 90
        told["positive_embeddings"][0, :1] = clip(tokenizer("A red house.", **padded).input_ids).pooler_output
        told["masks"][0, 0] = 1
        said = tokenizer(["A meadow.", "A meadow.A red house."], **padded).input_ids
        words = clip(said).last_hidden_state.flatten(0, 1)[None]
        named = {"encoder_hidden_states": words, "cross_attention_kwargs": {"gligen": told}}
        expected = unet(latents, torch.tensor(700.0), **named).sample
        bare = unet(latents, torch.tensor(700.0), words).sample
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert not torch.allclose(found, bare, atol=1e-3)
    ways: list[RegionOptions] = [RegionOptions(name) for name in ("score", "bounded", "guided", "grounded")]
    pictures = [drawn(renderer, canvas, replace(OPTIONS, regions=regions)) for regions in ways]
    assert len(set(pictures)) == len(ways)
    with pytest.raises(OptionsError, match="it must be from"):
        renderer.render(canvas, replace(OPTIONS, width=1024))


def test_shut_gates_and_a_share_of_nothing_leave_the_model_as_it_is(
    grounding: Path, checkpoint: Path, canvas: Canvas, renderer: SdxlRenderer, tmp_path: Path
) -> None:
    tensors = load_file(grounding)
    shut = {name: torch.zeros_like(value) if "alpha" in name else value for name, value in tensors.items()}
    save_file(shut, tmp_path / "shut.safetensors")
    plain = drawn(load_renderer(str(checkpoint)), canvas, replace(OPTIONS, regions=RegionOptions("bounded")))
    assert drawn(load_renderer(str(checkpoint), grounding=str(tmp_path / "shut.safetensors")), canvas) == plain
    assert drawn(renderer, canvas, replace(OPTIONS, regions=RegionOptions("grounded", grounding=0.0))) == plain
    assert drawn(renderer, canvas, replace(OPTIONS, regions=RegionOptions("bounded"))) == plain
    assert drawn(renderer, canvas) != plain


def test_words_and_boxes_show_with_any_method_and_in_their_share_alone(renderer: SdxlRenderer, canvas: Canvas) -> None:
    house, sun = canvas.regions
    moved = replace(canvas, regions=(replace(house, location="on the right"), sun))
    other = replace(canvas, regions=(replace(house, description="A red boat."), sun))
    ways: list[tuple[Canvas, RegionOptions]] = [(each, RegionOptions("grounded")) for each in (canvas, moved, other)]
    methods: tuple[MethodName, ...] = ("score", "bounded", "multidiffusion")
    ways += [(canvas, RegionOptions(method, grounding=share)) for method in methods for share in (None, 1.0)]
    ways += [(canvas, RegionOptions("grounded", grounding=0.5))]
    of_one = replace(canvas, regions=(replace(house, method="grounded"), sun))
    ways += [(of_one, RegionOptions("score"))]
    pictures = [drawn(renderer, each, replace(OPTIONS, regions=regions)) for each, regions in ways]
    assert pictures[6] == pictures[0], "grounded is bounded with tokens"
    assert len(set(pictures)) == len(pictures) - 1


def test_negative_texts_and_hidden_regions_have_null_tokens(renderer: SdxlRenderer, canvas: Canvas) -> None:
    options = replace(OPTIONS, regions=RegionOptions("bounded", grounding=0.6))
    like = renderer._noise(7, options)
    crossing = replace(canvas, regions=tuple(replace(each, location="in the center") for each in canvas.regions))
    with torch.inference_mode():
        guidance = renderer._predictions(renderer._encode(crossing, options), options, like, None)
        [call] = guidance._prepared(guidance._method.views(900.0))
    assert call.tokens is not None
    assert call.until == pytest.approx(400.0)
    assert call.tokens["masks"].tolist() == [[0] * 6, [0] * 6, [1, *[0] * 5], [0, 1, *[0] * 4]]
    left, top, right, bottom = call.tokens["boxes"][2, 0].tolist()
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1


def test_batches_are_single_pictures_and_edits_keep_the_rest(renderer: SdxlRenderer, canvas: Canvas) -> None:
    both = finished(renderer, canvas, replace(OPTIONS, images=2))
    singles = [drawn(renderer, canvas, replace(OPTIONS, seed=seed)) for seed in both.seeds]
    assert [picture.tobytes() for picture in both.images] == singles
    alone = finished(renderer, canvas)
    house, sun = canvas.regions
    changed = replace(canvas, regions=(house, replace(sun, description="A pale moon.")))
    earlier = Earlier(canvas, alone.images[0], alone.remains[0])
    *_, last = renderer.edit(changed, OPTIONS, earlier)
    assert isinstance(last, Rendered)
    assert last.mask is not None
    assert 0 < last.kept < 1
    before, after, mask = (
        torch.frombuffer(bytearray(each.convert("RGB").tobytes()), dtype=torch.uint8).view(96, 96, 3)
        for each in (alone.images[0], last.images[0], last.mask)
    )
    outside = mask[..., 0] == 0
    assert torch.equal(before[outside], after[outside])
    assert not torch.equal(before, after)


@pytest.mark.parametrize("placement", [Placement.PARTS, Placement.LAYERS])
def test_layers_come_with_the_model_where_memory_is_short(
    placement: Placement, grounding: Path, checkpoint: Path, canvas: Canvas, renderer: SdxlRenderer
) -> None:
    away = load_renderer(str(checkpoint), grounding=str(grounding), placement=placement)
    assert drawn(away, canvas) == drawn(renderer, canvas)
    profile = replace(PROFILES["omost"], renderer=str(checkpoint))
    numbers = sum(tensor.numel() for tensor in load_file(grounding).values())
    assert needs_of(replace(profile, grounding=str(grounding))).renderer - needs_of(profile).renderer == 2 * numbers


def test_a_model_without_layers_says_what_it_needs(checkpoint: Path, canvas: Canvas) -> None:
    renderer, (house, *others) = load_renderer(str(checkpoint)), canvas.regions
    of_one = replace(canvas, regions=(replace(house, method="grounded"), *others))
    for each, regions in (
        (canvas, RegionOptions("grounded")),
        (of_one, RegionOptions()),
        (canvas, RegionOptions(grounding=0.5)),
    ):
        with pytest.raises(OptionsError, match=r"models\.grounding"):
            renderer.render(each, replace(OPTIONS, regions=regions))


def test_other_files_are_refused_by_name(
    grounding: Path, gated: UNet2DConditionModel, checkpoint: Path, tmp_path: Path
) -> None:
    tensors, unet = load_file(grounding), UNet2DConditionModel.from_pretrained(checkpoint / "unet")
    fuser = "down_blocks.1.attentions.0.transformer_blocks.0.fuser.linear.weight"
    wrong = {
        r"lacks .*fuser\.attn\.to_q": {name: value for name, value in tensors.items() if "to_q" not in name},
        r"no place for .*down_blocks\.7": {**tensors, fuser.replace("blocks.1", "blocks.7"): tensors[fuser].clone()},
        r"linear\.weight is \[4, 20\], where this one needs \[16, 20\]": {**tensors, fuser: tensors[fuser][:4].clone()},
        r"none of their weights": {"lora.down": torch.zeros(2)},
        r"InstanceDiffusion": {"position_net.convnext_tiny.0.weight": torch.zeros(2)},
    }
    for number, (message, file) in enumerate(wrong.items()):
        path = tmp_path / f"{number}.safetensors"
        save_file(file, path)
        with pytest.raises(WeightsError, match=message):
            load_grounding(str(path), unet, torch.float32)
    save_file({**tensors, "position_net.null_positive_feature": torch.zeros(9)}, tmp_path / "wider.safetensors")
    with pytest.raises(WeightsError, match=r"linears\.0\.weight is .* where this one needs"):
        load_renderer(str(checkpoint), grounding=str(tmp_path / "wider.safetensors"))
    save_file(adapter_of(gated), tmp_path / "twenty.safetensors")
    with pytest.raises(WeightsError, match="take words of width 20, but the text encoder writes 8"):
        load_renderer(str(checkpoint), grounding=str(tmp_path / "twenty.safetensors"))
    (tmp_path / "broken.safetensors").write_bytes(b"no tensors")
    with pytest.raises(WeightsError, match="damaged"):
        load_grounding(str(tmp_path / "broken.safetensors"), unet, torch.float32)
    with pytest.raises(WeightsError, match=r"models\.grounding is"):
        load_grounding(str(tmp_path / "nothing"), unet, torch.float32)
    with torch.no_grad():
        unet.conv_in.weight += 1
    with pytest.raises(WeightsError, match="trained for small, which this is not"):
        load_grounding(str(grounding), unet, torch.float32)
