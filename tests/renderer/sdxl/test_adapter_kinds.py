"""Adapters made by the libraries that people train with: each changes a layer as that library itself does.

``docs/adapters.md`` has a row for each kind that is tried here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.full import FullModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from peft import IA3Config, LoHaConfig, LoKrConfig, LoraConfig, PeftType, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.recipe import Lora
from omost_pipeline.renderer.sdxl.adapter_names import Layers
from omost_pipeline.renderer.sdxl.weights import load_renderer
from tests.renderer.sdxl.single_files import original_name

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
LINEAR = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
SQUARE = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
CONVOLUTION = "down_blocks.1.resnets.0.conv1"
SECOND = "down_blocks.1.resnets.0.conv2"
"""A convolution with as many outputs as inputs."""
NORM = "down_blocks.1.resnets.0.norm2"
PLACES = (LINEAR, SQUARE, CONVOLUTION)

Make = Callable[[nn.Module], nn.Module]


def lycoris(kind: Any, **options: object) -> Make:  # noqa: ANN401  # a class of a library without types
    def make(layer: nn.Module) -> nn.Module:
        made: nn.Module = kind("layer", layer, 1.0, **{"lora_dim": 4, "alpha": 2.0, **options})
        return made

    return make


KINDS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "LoCon (LoRA)": (lycoris(LoConModule), PLACES),
    "LoCon, Tucker": (lycoris(LoConModule, use_tucker=True), (CONVOLUTION,)),
    "DoRA, by outputs": (lycoris(LoConModule, weight_decompose=True, wd_on_out=True), PLACES),
    "DoRA, by inputs": (lycoris(LoConModule, weight_decompose=True, wd_on_out=False), PLACES),
    "LoHa": (lycoris(LohaModule), PLACES),
    "LoHa, Tucker": (lycoris(LohaModule, use_tucker=True), (CONVOLUTION,)),
    "LoHa with magnitudes": (lycoris(LohaModule, weight_decompose=True), PLACES),
    "LoKr": (lycoris(LokrModule, lora_dim=1), PLACES),
    "LoKr, both parts factored": (lycoris(LokrModule, lora_dim=1, decompose_both=True), PLACES),
    "LoKr, full matrices": (lycoris(LokrModule, full_matrix=True), PLACES),
    "LoKr, Tucker": (lycoris(LokrModule, lora_dim=1, use_tucker=True), (CONVOLUTION,)),
    "LoKr with magnitudes": (lycoris(LokrModule, lora_dim=1, weight_decompose=True), PLACES),
    "Full": (lycoris(FullModule), PLACES),
    "Diag-OFT": (lycoris(DiagOFTModule, alpha=0.0), PLACES),
    "Diag-OFT, constrained": (lycoris(DiagOFTModule, constraint=0.01), PLACES),
    "Diag-OFT, rescaled": (lycoris(DiagOFTModule, rescaled=True), PLACES),
    "BOFT": (lycoris(ButterflyOFTModule), PLACES),
    "BOFT, rescaled": (lycoris(ButterflyOFTModule, rescaled=True), PLACES),
    "(IA)³, outputs": (lycoris(IA3Module, train_on_input=False), PLACES),
    "(IA)³, inputs": (lycoris(IA3Module, train_on_input=True), PLACES),
    "GLoRA": (lycoris(GLoRAModule), PLACES),
    "Norm": (lambda layer: NormModule("layer", layer, 1.0), (NORM,)),
}


def layer_of(checkpoint: Path, name: str, *loras: Lora) -> nn.Module:
    layer: nn.Module = load_renderer(str(checkpoint), loras=loras)._parts.unet.get_submodule(name)
    return layer


def weight_of(checkpoint: Path, name: str, *loras: Lora) -> Tensor:
    weight = layer_of(checkpoint, name, *loras).weight
    assert isinstance(weight, Tensor)
    return weight


def entering(layer: nn.Module) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    if isinstance(layer, nn.Linear):
        return torch.randn(5, layer.in_features, generator=generator)
    assert isinstance(layer, nn.Conv2d | nn.GroupNorm)
    channels = layer.in_channels if isinstance(layer, nn.Conv2d) else layer.num_channels
    return torch.randn(2, channels, 6, 6, generator=generator)


@torch.no_grad()
def train(adapter: nn.Module) -> None:
    """Put random numbers in it."""
    generator = torch.Generator().manual_seed(2)
    for name, parameter in adapter.named_parameters():
        if "org_" not in name:
            noise = torch.randn(parameter.shape, generator=generator)
            keep = parameter if name.endswith(("dora_scale", "rescale")) else torch.zeros_like(parameter)
            parameter.copy_(keep + 0.3 * noise * (parameter.abs().mean() if keep is parameter else 1))


@pytest.mark.parametrize(("kind", "place"), [(kind, place) for kind, (_, places) in KINDS.items() for place in places])
@torch.no_grad()
def test_a_kind_of_lycoris_changes_a_layer_as_lycoris_does(
    checkpoint: Path, tmp_path: Path, kind: str, place: str
) -> None:
    layer = layer_of(checkpoint, place)
    x = entering(layer)
    before = layer(x)
    adapter = KINDS[kind][0](layer)
    train(adapter)
    adapter.eval()
    adapter.apply_to()  # type: ignore[operator]
    file = tmp_path / "adapter.safetensors"
    state = {name: torch.as_tensor(value).contiguous().clone() for name, value in adapter.state_dict().items()}
    save_file({f"lora_unet_{place.replace('.', '_')}.{name}": value for name, value in state.items()}, file)
    theirs = layer(x)
    ours = layer_of(checkpoint, place, Lora(str(file)))(x)
    change = theirs - before
    assert change.abs().max() > 1e-2, "there is something to see"
    assert (ours - theirs).norm() <= 1e-5 * max(change.norm(), theirs.norm())


PEFT: dict[str, Any] = {
    "LoRA": LoraConfig(r=4, lora_alpha=16, target_modules=["to_q", "to_k", "conv1"]),
    "LoRA, rank-stabilised": LoraConfig(r=4, lora_alpha=16, use_rslora=True, target_modules=["to_q", "to_k", "conv1"]),
    "LoRA with patterns": LoraConfig(
        r=4,
        lora_alpha=16,
        alpha_pattern={"attn2.to_k": 2},
        rank_pattern={"attn1.to_q": 2},
        target_modules=["to_q", "to_k", "conv1"],
    ),
    "LoRA with biases": LoraConfig(r=4, lora_alpha=8, lora_bias=True, target_modules=["conv1"]),
    "DoRA": LoraConfig(r=4, lora_alpha=8, use_dora=True, target_modules=["to_q", "to_k", "conv1", "conv2"]),
    "LoHa": LoHaConfig(r=4, alpha=8, target_modules=["to_q", "to_k", "conv1"]),
    "LoKr": LoKrConfig(r=2, alpha=4, target_modules=["to_q", "to_k", "conv1"]),
    "(IA)³": IA3Config(target_modules=["to_q", "to_k", "conv1", "conv2"], feedforward_modules=["to_q", "conv2"]),
}
REFUSED = {
    "OFT": "oft_R.weight",
    "BOFT": "boft_R",
    "VeRA": "vera_lambda_d",
    "FourierFT": "fourierft_spectrum",
    "AdaLoRA": "lora_E",
    "HRA": "hra_u",
}


def saved(checkpoint: Path, folder: Path, config: Any) -> Any:  # noqa: ANN401  # peft's models have no common type
    """A UNet with peft's adapter in it, which is written to the folder."""
    model = get_peft_model(UNet2DConditionModel.from_pretrained(checkpoint / "unet"), config)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if re.search(r"lora_[AB]|hada_|lokr_|ia3_|magnitude", name):
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.copy_((parameter if "magnitude" in name or "ia3" in name else 0) + 0.2 * noise)
    model.save_pretrained(folder)
    return model.eval()


@pytest.mark.filterwarnings("ignore:Adapter 'default'")  # peft takes its own biases for damaged weights
@pytest.mark.parametrize("kind", PEFT)
@torch.no_grad()
def test_a_folder_of_peft_s_changes_a_layer_as_peft_does(checkpoint: Path, tmp_path: Path, kind: str) -> None:
    model = saved(checkpoint, tmp_path, PEFT[kind])
    mine = load_renderer(str(checkpoint), loras=[Lora(str(tmp_path))])._parts.unet
    plain = load_renderer(str(checkpoint))._parts.unet
    places = [place for place in (*PLACES, SECOND) if place.rpartition(".")[2] in PEFT[kind].target_modules]
    for place in places:
        theirs = model.base_model.model.get_submodule(place)
        x = entering(plain.get_submodule(place))
        assert (theirs(x) - plain.get_submodule(place)(x)).norm() > 1e-2
        assert (mine.get_submodule(place)(x) - theirs(x)).norm() <= 1e-5 * theirs(x).norm()


@pytest.mark.parametrize("kind", REFUSED)
def test_kinds_that_cannot_be_used_are_refused_by_name(checkpoint: Path, tmp_path: Path, kind: str) -> None:
    save_file({f"base_model.model.{SQUARE}.{REFUSED[kind]}": torch.ones(4)}, tmp_path / "adapter_model.safetensors")
    with pytest.raises(WeightsError, match=rf"is an? {kind}\b.*a kind that cannot be used") as caught:
        load_renderer(str(checkpoint), loras=[Lora(str(tmp_path))])
    assert "\n" not in str(caught.value)


def test_every_kind_stands_in_the_docs_and_no_other() -> None:
    text = (ROOT / "docs" / "adapters.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+?) +\| (lycoris|peft|kohya) +\| (.+?) +\|$", text, re.MULTILINE)
    found = {(name, library): result for name, library, result in rows}
    expected: Mapping[tuple[str, str], str] = {
        **{(kind, "lycoris"): "merged" for kind in KINDS},
        **{(kind, "peft"): "merged" for kind in PEFT},
        **{(kind, "peft"): "refused" for kind in REFUSED},
        ("DyLoRA", "lycoris"): "merged",
        ("T-LoRA", "lycoris"): "refused",
        ("OFT", "kohya"): "merged",
    }
    assert found == expected
    rest = text.partition("peft's other kinds, as its configurations name them: ")[2].partition(".")[0]
    named = {kind.upper().split(",")[0].replace("(IA)³", "IA3") for kind, library in expected if library == "peft"}
    known = {kind.value for kind in PeftType}
    assert set(re.split(r",\s+", rest)) == known - named


NAMES = {
    "diffusers": f"unet.{LINEAR}",
    "bare": LINEAR,
    "peft's own": f"base_model.model.{LINEAR}",
    "peft's own, with its part": f"base_model.model.unet.{LINEAR}",
    "kohya": "lora_unet_input_blocks_3_1_transformer_blocks_0_attn2_to_k",
    "kohya, diffusers' layers": f"lora_unet_{LINEAR.replace('.', '_')}",
    "original, dotted": "diffusion_model.input_blocks.3.1.transformer_blocks.0.attn2.to_k",
    "original, whole": "model.diffusion_model.input_blocks.3.1.transformer_blocks.0.attn2.to_k",
    "OneTrainer, dotted": f"lora_unet.{LINEAR}",
    "LyCORIS's wrapper": f"lycoris_{LINEAR.replace('.', '_')}",
}


@pytest.mark.parametrize("naming", NAMES)
def test_every_naming_of_a_layer_is_understood(checkpoint: Path, tmp_path: Path, naming: str) -> None:
    down, up = torch.randn(2, 20), torch.randn(16, 2)
    name, before = NAMES[naming], weight_of(checkpoint, LINEAR)
    save_file({f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}, tmp_path / "a.safetensors")
    after = weight_of(checkpoint, LINEAR, Lora(str(tmp_path)))
    torch.testing.assert_close(after, before + up @ down)


def test_every_layer_of_the_original_s_names_is_the_one_that_diffusers_converter_names(checkpoint: Path) -> None:
    """Each name brings its own number through the converter, which says under which of diffusers' names it arrives."""
    parts = load_renderer(str(checkpoint))._parts
    layers = Layers(parts.unet, *parts.text.encoders)
    named = [(name, original_name(name, 1)) for name in parts.unet.state_dict()]
    numbers = {f"model.diffusion_model.{old}": torch.tensor(float(i)) for i, (_, old) in enumerate(named)}
    arrived = convert_ldm_unet_checkpoint(numbers, dict(parts.unet.config))
    for i, (new, old) in enumerate(named):
        assert arrived[new] == i
        layer = new.rpartition(".")[0]
        assert [found.name for found in layers.namesakes(f"diffusion_model.{old.rpartition('.')[0]}")] == [layer]


def pair(rows: int, columns: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(2, columns, generator=generator), torch.randn(rows, 2, generator=generator)


HEADERS: dict[str, tuple[dict[str, str], float]] = {
    "nothing": ({}, 1.0),
    "alpha": ({"lora_adapter_metadata": json.dumps({"unet.r": 2, "unet.lora_alpha": 8})}, 4.0),
    "rslora": (
        {"lora_adapter_metadata": json.dumps({"unet.r": 2, "unet.lora_alpha": 8, "unet.use_rslora": True})},
        8 / 2**0.5,
    ),
    "pattern": (
        {
            "lora_adapter_metadata": json.dumps(
                {"unet.r": 2, "unet.lora_alpha": 8, "unet.alpha_pattern": {"attn2.to_k": 1, "attn1.to_k": 5}}
            )
        },
        0.5,
    ),
    "part by part": ({"lora_adapter_metadata": json.dumps({"unet": {"r": 2, "lora_alpha": 8}})}, 4.0),
    "kohya's": ({"ss_network_dim": "2", "ss_network_alpha": "1.0"}, 0.5),
}


@pytest.mark.parametrize("header", HEADERS)
def test_strength_lies_in_the_header(checkpoint: Path, tmp_path: Path, header: str) -> None:
    (metadata, scale), (down, up) = HEADERS[header], pair(16, 20)
    tensors = {f"unet.{LINEAR}.lora_A.weight": down, f"unet.{LINEAR}.lora_B.weight": up}
    save_file(tensors, tmp_path / "a.safetensors", {"format": "pt", **metadata})
    before = weight_of(checkpoint, LINEAR)
    torch.testing.assert_close(
        weight_of(checkpoint, LINEAR, Lora(str(tmp_path))), before + scale * up @ down, rtol=1e-5, atol=1e-5
    )


def test_a_layer_without_an_alpha_of_its_own_has_full_strength_whatever_the_others_have(
    checkpoint: Path, tmp_path: Path
) -> None:
    (down, up), (down_2, up_2) = pair(16, 20), pair(16, 16)
    names = [f"lora_unet_{place.replace('.', '_')}" for place in (LINEAR, SQUARE)]
    tensors = {
        f"{names[0]}.lora_down.weight": down,
        f"{names[0]}.lora_up.weight": up,
        f"{names[1]}.lora_down.weight": down_2,
        f"{names[1]}.lora_up.weight": up_2,
        f"{names[1]}.alpha": torch.tensor(1.0),
    }
    save_file(tensors, tmp_path / "a.safetensors")
    before = weight_of(checkpoint, LINEAR)
    torch.testing.assert_close(weight_of(checkpoint, LINEAR, Lora(str(tmp_path))), before + up @ down)


def test_numbers_of_other_dimensions_are_the_same_numbers(checkpoint: Path, tmp_path: Path) -> None:
    down, up = pair(16, 20)
    tensors = {
        f"unet.{LINEAR}.lora_A.weight": down[:, :, None, None],
        f"unet.{LINEAR}.lora_B.weight": up[:, :, None, None],
    }
    save_file(tensors, tmp_path / "a.safetensors")
    before = weight_of(checkpoint, LINEAR)
    torch.testing.assert_close(weight_of(checkpoint, LINEAR, Lora(str(tmp_path))), before + up @ down)


@pytest.mark.parametrize(
    ("prefix", "part", "width"), [("lora_te1_", "text_encoder", 8), ("lora_te2_", "text_encoder_2", 12)]
)
def test_text_encoders_without_an_output_projection_are_sound(
    checkpoint: Path, tmp_path: Path, prefix: str, part: str, width: int
) -> None:
    down, up = pair(width, width)
    name = f"{prefix}text_model_encoder_layers_1_self_attn_q_proj"
    save_file({f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}, tmp_path / "a.safetensors")
    texts = [
        getattr(load_renderer(str(checkpoint), loras=loras)._parts.text, part).state_dict()
        for loras in ([], [Lora(str(tmp_path))])
    ]
    changed = [key for key, value in texts[0].items() if not torch.equal(value, texts[1][key])]
    assert [key.removeprefix("text_model.") for key in changed] == ["encoder.layers.1.self_attn.q_proj.weight"]
    torch.testing.assert_close(texts[1][changed[0]], texts[0][changed[0]] + up @ down)


def test_embeddings_beside_the_layers_are_said_to_be_unused(
    checkpoint: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    down, up = pair(16, 20)
    tensors = {
        f"unet.{LINEAR}.lora_A.weight": down,
        f"unet.{LINEAR}.lora_B.weight": up,
        "bundle_emb.mine.clip_l": torch.zeros(2, 8),
    }
    save_file(tensors, tmp_path / "a.safetensors")
    before = weight_of(checkpoint, LINEAR)
    torch.testing.assert_close(weight_of(checkpoint, LINEAR, Lora(str(tmp_path))), before + up @ down)
    assert "also holds bundle_emb.mine.clip_l" in caplog.text


def test_a_file_with_half_a_pair_is_refused_and_changes_nothing(checkpoint: Path, tmp_path: Path) -> None:
    save_file({f"unet.{LINEAR}.lora_A.weight": torch.zeros(2, 20)}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match=f"lacks the up of unet.{LINEAR}: download it again"):
        layer_of(checkpoint, LINEAR, Lora(str(tmp_path)))


def test_saved_with_diffusers_and_loaded_by_it_the_change_is_the_same(checkpoint: Path, tmp_path: Path) -> None:
    """On the files that diffusers reads rightly, ours and its own loader agree."""
    from diffusers.loaders.lora_pipeline import StableDiffusionXLLoraLoaderMixin

    down, up = pair(16, 20)
    state = {f"{LINEAR}.lora_A.weight": down, f"{LINEAR}.lora_B.weight": up}
    metadata = {"r": 2, "lora_alpha": 6, "target_modules": [LINEAR]}
    StableDiffusionXLLoraLoaderMixin.save_lora_weights(
        tmp_path, unet_lora_layers=state, unet_lora_adapter_metadata=metadata
    )
    assert load_file(tmp_path / "pytorch_lora_weights.safetensors")
    before = weight_of(checkpoint, LINEAR)
    ours = weight_of(checkpoint, LINEAR, Lora(str(tmp_path)))
    unet = UNet2DConditionModel.from_pretrained(checkpoint / "unet")
    found, alphas, said = StableDiffusionXLLoraLoaderMixin.lora_state_dict(
        str(tmp_path), unet_config=unet.config, return_lora_metadata=True
    )
    StableDiffusionXLLoraLoaderMixin.load_lora_into_unet(found, alphas, unet, metadata=said)
    theirs = unet.get_submodule(LINEAR)
    x = torch.randn(3, 20)
    torch.testing.assert_close(x @ (ours - before).T, theirs(x) - x @ before.T, rtol=1e-5, atol=1e-5)
