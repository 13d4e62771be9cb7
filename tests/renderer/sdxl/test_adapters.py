"""LoRAs in the formats people share, added to a checkpoint: what they change, and those that do not belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.recipe import Lora
from omost_pipeline.renderer.sdxl.weights import load_renderer

pytestmark = pytest.mark.slow

RANK = 2
KEYS = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
QUERIES = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
WORDS = "encoder.layers.0.self_attn.q_proj"


def pair(rows: int, columns: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """A LoRA's two halves, down [RANK, columns] and up [rows, RANK]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(RANK, columns, generator=generator), torch.randn(rows, RANK, generator=generator)


def written(file: Path, tensors: dict[str, Tensor]) -> str:
    save_file(tensors, file, {"format": "pt"})
    return str(file)


def peft_lora(file: Path, layer: str, rows: int, columns: int, seed: int = 0) -> str:
    """As peft and diffusers write them."""
    down, up = pair(rows, columns, seed)
    return written(file, {f"{layer}.lora_A.weight": down, f"{layer}.lora_B.weight": up})


def kohya_lora(file: Path, layers: Sequence[str], rows: int, columns: int, alpha: float) -> str:
    """As kohya's trainer writes them, and with it most model sites."""
    down, up = pair(rows, columns)
    tensors: dict[str, Tensor] = {}
    for layer in layers:
        tensors |= {f"{layer}.lora_down.weight": down.clone(), f"{layer}.lora_up.weight": up.clone()}
        tensors[f"{layer}.alpha"] = torch.tensor(alpha)
    return written(file, tensors)


def weight(checkpoint: Path, part: str, layer: str, *loras: Lora) -> Tensor:
    """A layer's weights once the LoRAs are in."""
    parts = load_renderer(str(checkpoint), loras=loras)._parts
    first, second = parts.text.encoders
    models: dict[str, nn.Module] = {"unet": parts.unet, "text": first, "text_2": second}
    names = {name.removeprefix("text_model."): each for name, each in models[part].named_modules()}
    found = names[layer].weight
    assert isinstance(found, Tensor)
    return found


def test_a_lora_adds_its_product_times_its_weight(checkpoint: Path, tmp_path: Path) -> None:
    file = peft_lora(tmp_path / "style.safetensors", f"unet.{KEYS}", 16, 20)
    down, up = pair(16, 20)
    before = weight(checkpoint, "unet", KEYS)
    after = weight(checkpoint, "unet", KEYS, Lora(file, 0.5))
    torch.testing.assert_close(after, before + 0.5 * up @ down)


def test_several_loras_add_up_each_with_its_weight(checkpoint: Path, tmp_path: Path) -> None:
    one = peft_lora(tmp_path / "one.safetensors", f"unet.{KEYS}", 16, 20)
    two = peft_lora(tmp_path / "two.safetensors", f"unet.{KEYS}", 16, 20, seed=1)
    (down, up), (down_2, up_2) = pair(16, 20), pair(16, 20, 1)
    before = weight(checkpoint, "unet", KEYS)
    after = weight(checkpoint, "unet", KEYS, Lora(one, 0.8), Lora(two, -0.25))
    torch.testing.assert_close(after, before + 0.8 * up @ down - 0.25 * up_2 @ down_2)


@pytest.mark.parametrize(
    "name",
    [
        "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q",
        "lora_unet_middle_block_1_transformer_blocks_0_attn1_to_q",  # by Stability AI's own names
    ],
)
def test_kohya_s_format_brings_its_own_scale(checkpoint: Path, tmp_path: Path, name: str) -> None:
    file = kohya_lora(tmp_path / "kohya.safetensors", [name], 16, 16, alpha=1.0)
    down, up = pair(16, 16)
    before = weight(checkpoint, "unet", QUERIES)
    after = weight(checkpoint, "unet", QUERIES, Lora(file))
    torch.testing.assert_close(after, before + 1.0 / RANK * up @ down)


@pytest.mark.parametrize(("part", "name", "width"), [("text", "lora_te1", 8), ("text_2", "lora_te2", 12)])
def test_a_lora_may_change_the_text_encoders_too(
    checkpoint: Path, tmp_path: Path, part: str, name: str, width: int
) -> None:
    layers = [f"{name}_text_model_encoder_layers_0_self_attn_{kind}_proj" for kind in ("q", "k", "v", "out")]
    file = kohya_lora(tmp_path / "words.safetensors", layers, width, width, alpha=4.0)
    down, up = pair(width, width)
    before = weight(checkpoint, part, WORDS)
    torch.testing.assert_close(weight(checkpoint, part, WORDS, Lora(file, 0.5)), before + 0.5 * 4 / RANK * up @ down)


def test_nothing_of_a_lora_is_left_beside_the_weights_and_it_draws(
    checkpoint: Path, tmp_path: Path, canvas: Canvas
) -> None:
    peft_lora(tmp_path / "pytorch_lora_weights.safetensors", f"unet.{KEYS}", 16, 20)
    plain, changed = load_renderer(str(checkpoint)), load_renderer(str(checkpoint), loras=[Lora(str(tmp_path))])
    assert [name for name, _ in changed._parts.unet.named_modules()] == [
        name for name, _ in plain._parts.unet.named_modules()
    ]
    images = []
    for renderer in (plain, changed):
        *_, last = renderer.render(canvas, RenderOptions(64, 64, steps=2))
        assert isinstance(last, Rendered)
        images.append(last.images[0])
    assert images[0].tobytes() != images[1].tobytes()


def refused(checkpoint: Path, source: str) -> str:
    with pytest.raises(WeightsError) as caught:
        load_renderer(str(checkpoint), loras=[Lora(source)])
    message = str(caught.value)
    assert "\n" not in message
    assert source in message
    return message


def test_a_lora_of_another_model_is_told_by_the_layer_it_misses(checkpoint: Path, tmp_path: Path) -> None:
    name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"  # Stable Diffusion 1 attends there
    message = refused(checkpoint, kohya_lora(tmp_path / "sd1.safetensors", [name], 8, 20, 1.0))
    assert "made for another model than SDXL" in message
    assert "down_blocks_0_attentions_0" in message


def test_a_lora_of_another_size_is_told_by_the_sizes(checkpoint: Path, tmp_path: Path) -> None:
    message = refused(checkpoint, peft_lora(tmp_path / "sd1.safetensors", f"unet.{KEYS}", 16, 24))
    assert f"{KEYS} it has size 24, but the model has 20" in message


def test_other_kinds_of_adapters_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    vera = written(tmp_path / "vera.safetensors", {"base_model.model.x.vera_lambda_b": torch.zeros(2)})
    assert "is a VeRA (it holds base_model.model.x.vera_lambda_b)" in refused(checkpoint, vera)
    other = written(tmp_path / "other.safetensors", {"model.weight": torch.zeros(2, 2)})
    assert "it holds model.weight" in refused(checkpoint, other)
    flux = peft_lora(tmp_path / "flux.safetensors", "transformer.single_blocks.0.linear1", 4, 4)
    assert "made for another model than SDXL" in refused(checkpoint, flux)


def test_lora_files_that_are_not_there_or_not_whole(checkpoint: Path, tmp_path: Path) -> None:
    assert "There is no LoRA at" in refused(checkpoint, str(tmp_path / "none.safetensors"))
    pickled = tmp_path / "style.pt"
    pickled.write_bytes(b"x")
    assert "get it as .safetensors" in refused(checkpoint, str(pickled))
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(b"\x10" * 20)
    assert "damaged" in refused(checkpoint, str(cut))
    (tmp_path / "two").mkdir()
    for name in ("a", "b"):
        peft_lora(tmp_path / "two" / f"{name}.safetensors", f"unet.{KEYS}", 16, 20)
    assert "holds a.safetensors, b.safetensors: name the LoRA's file" in refused(checkpoint, str(tmp_path / "two"))
