"""What a FLUX.2-klein model can be loaded from: files of its own in the makers' names, packed weights, adapters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from diffusers.pipelines.flux2.pipeline_flux2_klein import Flux2KleinPipeline
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.flux2.loop import Flux2Renderer
from omost_pipeline.renderer.flux2.loras import add_lora
from omost_pipeline.renderer.flux2.weights import Recipe, load_renderer, load_text
from omost_pipeline.renderer.protocol import Rendered, RenderOptions
from omost_pipeline.renderer.recipe import Lora

pytestmark = pytest.mark.slow

OPTIONS = RenderOptions(64, 64, seed=7, steps=2, guidance=1.0)

MAKERS = (
    (r"transformer_blocks\.(\d+)\.attn\.to_out\.0", r"double_blocks.\1.img_attn.proj"),
    (r"transformer_blocks\.(\d+)\.attn\.to_add_out", r"double_blocks.\1.txt_attn.proj"),
    (r"transformer_blocks\.(\d+)\.ff\.linear_in", r"double_blocks.\1.img_mlp.0"),
    (r"transformer_blocks\.(\d+)\.ff\.linear_out", r"double_blocks.\1.img_mlp.2"),
    (r"transformer_blocks\.(\d+)\.ff_context\.linear_in", r"double_blocks.\1.txt_mlp.0"),
    (r"transformer_blocks\.(\d+)\.ff_context\.linear_out", r"double_blocks.\1.txt_mlp.2"),
    (r"transformer_blocks\.(\d+)\.attn\.norm_q\.weight", r"double_blocks.\1.img_attn.norm.query_norm.scale"),
    (r"transformer_blocks\.(\d+)\.attn\.norm_k\.weight", r"double_blocks.\1.img_attn.norm.key_norm.scale"),
    (r"transformer_blocks\.(\d+)\.attn\.norm_added_q\.weight", r"double_blocks.\1.txt_attn.norm.query_norm.scale"),
    (r"transformer_blocks\.(\d+)\.attn\.norm_added_k\.weight", r"double_blocks.\1.txt_attn.norm.key_norm.scale"),
    (r"single_transformer_blocks\.(\d+)\.attn\.to_qkv_mlp_proj", r"single_blocks.\1.linear1"),
    (r"single_transformer_blocks\.(\d+)\.attn\.to_out", r"single_blocks.\1.linear2"),
    (r"single_transformer_blocks\.(\d+)\.attn\.norm_q\.weight", r"single_blocks.\1.norm.query_norm.scale"),
    (r"single_transformer_blocks\.(\d+)\.attn\.norm_k\.weight", r"single_blocks.\1.norm.key_norm.scale"),
    (r"x_embedder", "img_in"),
    (r"context_embedder", "txt_in"),
    (r"time_guidance_embed\.timestep_embedder\.linear_1", "time_in.in_layer"),
    (r"time_guidance_embed\.timestep_embedder\.linear_2", "time_in.out_layer"),
    (r"((?:double|single)_stream_modulation(?:_img|_txt)?)\.linear", r"\1.lin"),
    (r"proj_out", "final_layer.linear"),
    (r"norm_out\.linear", "final_layer.adaLN_modulation.1"),
)


def in_makers_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A transformer's weights as Black Forest Labs' files have them."""
    found: dict[str, Tensor] = {}
    for name, weight in weights.items():
        match = re.fullmatch(r"transformer_blocks\.(\d+)\.attn\.(to|add)_([qkv])(?:_proj)?\.weight", name)
        if match is not None:
            if match[3] == "q":
                side = "img" if match[2] == "to" else "txt"
                parts = [weights[name.replace("_q", f"_{each}")] for each in "qkv"]
                found[f"double_blocks.{match[1]}.{side}_attn.qkv.weight"] = torch.cat(parts)
            continue
        theirs = next(re.sub(pattern, new, name) for pattern, new in MAKERS if re.match(pattern, name))
        found[theirs] = weight.roll(len(weight) // 2, 0) if name.startswith("norm_out") else weight
    return {name: weight.contiguous() for name, weight in found.items()}


def drawn(renderer: Flux2Renderer, canvas: Canvas) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    *_, last = renderer.render(canvas, OPTIONS)
    assert isinstance(last, Rendered)
    return np.asarray(last.images[0]).astype(np.int16)


@pytest.fixture(scope="module")
def makers(klein: Path) -> dict[str, Tensor]:
    return in_makers_names(load_file(klein / "transformer" / "diffusion_pytorch_model.safetensors"))


def test_a_file_in_the_makers_names_draws_the_same(
    klein: Path, klein_renderer: Flux2Renderer, makers: dict[str, Tensor], canvas: Canvas, tmp_path: Path
) -> None:
    save_file(makers, tmp_path / "klein.safetensors")
    other = load_renderer(str(tmp_path / "klein.safetensors"), recipe=Recipe(base=str(klein)))
    assert (drawn(other, canvas) == drawn(klein_renderer, canvas)).all()


def test_a_gguf_file_draws_nearly_the_same(
    klein: Path, klein_renderer: Flux2Renderer, makers: dict[str, Tensor], canvas: Canvas, tmp_path: Path
) -> None:
    writer = gguf.GGUFWriter(tmp_path / "klein.gguf", "flux")
    for name, weight in makers.items():
        values = weight.float().numpy()
        if weight.ndim == 2 and weight.shape[1] % 32 == 0:
            packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    other = load_renderer(str(tmp_path / "klein.gguf"), recipe=Recipe(base=str(klein)))
    difference = np.abs(drawn(other, canvas) - drawn(klein_renderer, canvas))
    assert 0 < difference.mean() < 4
    save_file({"x.lora_A.weight": torch.ones(1, 1)}, tmp_path / "lora.safetensors")
    recipe = Recipe((Lora(str(tmp_path / "lora.safetensors")),), base=str(klein))
    with pytest.raises(WeightsError, match="packed weights"):
        load_renderer(str(tmp_path / "klein.gguf"), recipe=recipe)


def test_weights_kept_in_eight_bits_draw_nearly_the_same_in_half_the_bytes(
    klein: Path, klein_renderer: Flux2Renderer, canvas: Canvas
) -> None:
    other = load_renderer(str(klein), recipe=Recipe(precision="float8"))
    kinds = [weight.dtype for weight in other._parts.transformer.transformer_blocks.parameters() if weight.ndim == 2]
    assert set(kinds) == {torch.float8_e4m3fn}
    difference = np.abs(drawn(other, canvas) - drawn(klein_renderer, canvas))
    assert 0 < difference.mean() < 12


def test_four_bits_without_a_graphics_card_are_refused_in_a_sentence(klein: Path) -> None:
    for load in (
        lambda: load_renderer(str(klein), recipe=Recipe(precision="nf4")),
        lambda: load_text(str(klein), "cpu", "nf4"),
    ):
        with pytest.raises(WeightsError, match='"nf4", whose weights only an NVIDIA GPU can read'):
            load()


def test_files_that_lack_parts_or_are_of_another_kind_are_refused(
    klein: Path, makers: dict[str, Tensor], tmp_path: Path
) -> None:
    file = tmp_path / "klein.safetensors"
    save_file(makers, file)
    with pytest.raises(WeightsError, match=r"the transformer alone: set models\.base"):
        load_renderer(str(file))
    save_file({"model.diffusion_model.input_blocks.0.0.weight": torch.ones(1)}, file)
    with pytest.raises(WeightsError, match=r"no FLUX\.2 transformer"):
        load_renderer(str(file), recipe=Recipe(base=str(klein)))
    save_file(makers | {"img_in.weight_scale": torch.ones(1)}, file)
    with pytest.raises(WeightsError, match="8-bit weights with scales"):
        load_renderer(str(file), recipe=Recipe(base=str(klein)))
    save_file({name: weight for name, weight in makers.items() if "single_blocks.1" not in name}, file)
    with pytest.raises(WeightsError, match="transformer"):
        load_renderer(str(file), recipe=Recipe(base=str(klein)))
    with pytest.raises(WeightsError, match="There is no file"):
        load_renderer(str(tmp_path / "other.gguf"))


ALPHA, RANK = 6, 4


@pytest.fixture
def trained(klein: Path) -> Flux2Transformer2DModel:
    """The transformer with a LoRA that says something, as peft trains it."""
    torch.manual_seed(3)
    model = Flux2Transformer2DModel.from_pretrained(klein, subfolder="transformer")
    targets = ["to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "linear_in"]
    targets += ["to_qkv_mlp_proj", "norm_out.linear", "x_embedder"]
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets, init_lora_weights=False))
    return model


def by_diffusers(model: Flux2Transformer2DModel, folder: Path) -> Path:
    config = {"transformer": model.peft_config["default"]}
    Flux2KleinPipeline.save_lora_weights(
        folder, get_peft_model_state_dict(model), transformer_lora_adapter_metadata=config["transformer"].to_dict()
    )
    return folder / "pytorch_lora_weights.safetensors"


def by_peft(model: Flux2Transformer2DModel, folder: Path) -> Path:
    state = {f"base_model.model.{name}": weight for name, weight in get_peft_model_state_dict(model).items()}
    save_file(state, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"lora_alpha": ALPHA, "r": RANK}), "utf-8")
    return folder / "adapter_model.safetensors"


def in_the_makers_names(model: Flux2Transformer2DModel) -> dict[str, Tensor]:
    """Each layer's difference as one product; queries, keys and values share theirs by a rank three times as large."""
    state = get_peft_model_state_dict(model)
    named: dict[str, Tensor] = {}
    for name in (each for each in state if each.endswith("lora_A.weight")):
        down = state[name]
        layer, up = name.removesuffix(".lora_A.weight"), state[name.replace("lora_A", "lora_B")]
        match = re.fullmatch(r"transformer_blocks\.(\d+)\.attn\.(to|add)_([qkv])(?:_proj)?", layer)
        if match is not None:
            if match[3] != "q":
                continue
            pairs = [
                (state[name.replace("_q", f"_{x}")], state[name.replace("_q", f"_{x}").replace("lora_A", "lora_B")])
                for x in "qkv"
            ]
            down, up = torch.cat([one for one, _ in pairs]), torch.block_diag(*(two for _, two in pairs))
            side = "img" if match[2] == "to" else "txt"
            theirs = f"double_blocks.{match[1]}.{side}_attn.qkv"
        else:
            theirs = next(re.sub(pattern, new, layer) for pattern, new in MAKERS if re.match(pattern, layer))
            up = up.roll(len(up) // 2, 0) if layer == "norm_out.linear" else up
        named[f"{theirs}.down"], named[f"{theirs}.up"] = down.contiguous(), up.contiguous()
    return named


def by_the_makers(model: Flux2Transformer2DModel, folder: Path) -> Path:
    state = {
        f"diffusion_model.{name.replace('.down', '.lora_A.weight').replace('.up', '.lora_B.weight')}": weight
        * (1 if "down" in name else ALPHA / RANK)
        for name, weight in in_the_makers_names(model).items()
    }
    save_file(state, folder / "makers.safetensors")
    return folder / "makers.safetensors"


def by_kohya(model: Flux2Transformer2DModel, folder: Path) -> Path:
    state: dict[str, Tensor] = {}
    for name, weight in in_the_makers_names(model).items():
        layer, _, kind = name.rpartition(".")
        flat = f"lora_unet_{layer.replace('.', '_')}"
        state[f"{flat}.lora_{kind}.weight"] = weight
        if kind == "down":
            state[f"{flat}.alpha"] = torch.tensor(ALPHA * len(weight) / RANK)
    save_file(state, folder / "kohya.safetensors")
    return folder / "kohya.safetensors"


@pytest.mark.parametrize("write", [by_diffusers, by_peft, by_the_makers, by_kohya])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_every_naming_is_the_formula(
    klein: Path,
    trained: Flux2Transformer2DModel,
    tmp_path: Path,
    write: Callable[[Flux2Transformer2DModel, Path], Path],
    strength: float,
) -> None:
    file = write(trained, tmp_path)
    state = get_peft_model_state_dict(trained)
    plain = load_file(klein / "transformer" / "diffusion_pytorch_model.safetensors")
    loaded = load_renderer(str(klein), recipe=Recipe((Lora(str(file), strength),)))._parts.transformer.state_dict()
    for name, weight in plain.items():
        layer = name.removesuffix(".weight")
        expected = weight
        if (down := state.get(f"{layer}.lora_A.weight")) is not None:
            expected = weight + strength * ALPHA / RANK * state[f"{layer}.lora_B.weight"] @ down
        torch.testing.assert_close(loaded[name], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["diff_b", "lora_B.bias"])
def test_an_adapter_that_changes_biases_is_refused_and_changes_nothing(
    klein: Path, trained: Flux2Transformer2DModel, tmp_path: Path, kind: str
) -> None:
    state = load_file(by_diffusers(trained, tmp_path))
    layer = min(state).removesuffix(".lora_A.weight")
    width = state[f"{layer}.lora_B.weight"].shape[0]
    save_file({**state, f"{layer}.{kind}": torch.ones(width)}, tmp_path / "biased.safetensors")
    loaded = load_renderer(str(klein))._parts.transformer
    before = {name: weight.clone() for name, weight in loaded.state_dict().items()}
    with pytest.raises(WeightsError, match=rf"changes the bias of .*{re.escape(layer.removeprefix('transformer.'))}"):
        add_lora(tmp_path / "biased.safetensors", 1.0, loaded)
    assert all(torch.equal(weight, before[name]) for name, weight in loaded.state_dict().items())


def test_a_file_that_diffusers_reads_right_is_read_alike(
    klein: Path, trained: Flux2Transformer2DModel, tmp_path: Path
) -> None:
    file = by_diffusers(trained, tmp_path)
    pipeline = Flux2KleinPipeline.from_pretrained(klein)
    pipeline.load_lora_weights(str(file))
    pipeline.fuse_lora()
    pipeline.unload_lora_weights()
    theirs = pipeline.transformer.state_dict()
    ours = load_renderer(str(klein), recipe=Recipe((Lora(str(file)),)))._parts.transformer.state_dict()
    for name, weight in ours.items():
        torch.testing.assert_close(weight, theirs[name], atol=1e-5, rtol=1e-4)


def test_an_adapter_of_another_model_is_refused_by_the_layer_it_changes(klein: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.safetensors"
    save_file({f"unet.down.0.lora_{kind}.weight": torch.ones(4, 4) for kind in ("A", "B")}, file)
    with pytest.raises(WeightsError, match=r"another model than FLUX\.2-klein: it changes unet\.down\.0"):
        load_renderer(str(klein), recipe=Recipe((Lora(str(file)),)))
    save_file({f"transformer.x_embedder.lora_{kind}.weight": torch.ones(4, 4) for kind in ("A", "B")}, file)
    with pytest.raises(WeightsError, match="does not fit"):
        load_renderer(str(klein), recipe=Recipe((Lora(str(file)),)))
