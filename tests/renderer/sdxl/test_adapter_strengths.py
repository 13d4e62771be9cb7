"""How strong an adapter is, under which names it is known, and which are refused: no renderer is needed for it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from lycoris.modules import MODULE_LIST
from lycoris.modules.dylora import DyLoraModule
from lycoris.modules.full import FullModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.tlora import TLoraModule
from peft import LoraConfig, PeftType, get_peft_model
from safetensors.torch import save_file
from torch import Tensor, nn

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.adapters.file import read_adapter
from omost_pipeline.renderer.adapters.formulas import changed
from omost_pipeline.renderer.sdxl.adapter_names import part_of
from tests.renderer.sdxl.test_adapter_kinds import KINDS, LINEAR, Make, entering, lycoris, train

pytestmark = pytest.mark.slow

LAYERS = {"linear": nn.Linear(20, 16), "convolution": nn.Conv2d(8, 16, 3, padding=1), "norm": nn.GroupNorm(4, 16)}
VARIANTS: dict[str, tuple[Make, tuple[str, ...]]] = {
    "LoCon, rank-stabilised": (lycoris(LoConModule, rs_lora=True), ("linear", "convolution")),
    "LoCon with a scalar": (lycoris(LoConModule, use_scalar=True), ("linear", "convolution")),
    "LoHa with a scalar": (lycoris(LohaModule, use_scalar=True), ("linear", "convolution")),
    "LoKr with a scalar": (lycoris(LokrModule, lora_dim=1, use_scalar=True), ("linear", "convolution")),
    "LoKr by another factor": (lycoris(LokrModule, lora_dim=1, factor=4), ("linear", "convolution")),
    "Full with a scalar": (lycoris(FullModule, use_scalar=True), ("linear", "convolution")),
    "GLoRA with a scalar": (lycoris(GLoRAModule, use_scalar=True), ("linear", "convolution")),
}


def layers_of(kind: str) -> tuple[str, ...]:
    if kind == "Norm":
        return ("norm",)
    return ("convolution",) if "Tucker" in kind else ("linear", "convolution")


CASES = [
    *((kind, make, layer) for kind, (make, _) in KINDS.items() for layer in layers_of(kind)),
    *((kind, make, layer) for kind, (make, layers) in VARIANTS.items() for layer in layers),
]


@pytest.mark.parametrize(("kind", "make", "layer"), CASES, ids=[f"{kind}, {layer}" for kind, _, layer in CASES])
@torch.no_grad()
def test_at_any_strength_a_layer_does_what_lycoris_makes_of_it(
    tmp_path: Path, kind: str, make: Make, layer: str
) -> None:
    for strength in (1.0, 0.6, -0.5):
        theirs = copy.deepcopy(LAYERS[layer])
        ours: Any = copy.deepcopy(theirs)
        x = entering(theirs)
        before = theirs(x)
        adapter: Any = make(theirs)
        train(adapter)
        adapter.eval()
        adapter.multiplier = strength
        adapter.apply_to()
        state = {name: torch.as_tensor(value).contiguous().clone() for name, value in adapter.state_dict().items()}
        save_file({f"lora_unet_x.{name}": value for name, value in state.items()}, tmp_path / "a.safetensors")
        read = read_adapter(tmp_path / "a.safetensors")
        parts = read.layers["lora_unet_x"]
        ours.weight.copy_(changed(ours.weight, parts, read.scale("lora_unet_x"), strength))
        if "b_norm" in parts or "diff_b" in parts:
            ours.bias.add_(strength * parts.get("b_norm", parts.get("diff_b", torch.zeros(()))))
        change = theirs(x) - before
        assert change.norm() > 1e-2, "there is something to see"
        assert (ours(x) - theirs(x)).norm() <= 1e-5 * max(change.norm(), theirs(x).norm()), strength


def in_other_dimensions(tensor: Tensor) -> list[Tensor]:
    """The same numbers with ones behind their sizes, and without those that are there."""
    longer = [tensor.reshape(*tensor.shape, *ones) for ones in ((1,), (1, 1), (1, 1, 1))]
    shorter = [tensor.flatten(1)] if tensor.ndim > 2 and set(tensor.shape[2:]) == {1} else []
    return longer + shorter


@pytest.mark.parametrize(("kind", "make", "layer"), CASES, ids=[f"{kind}, {layer}" for kind, _, layer in CASES])
@torch.no_grad()
def test_numbers_of_other_dimensions_are_the_same_numbers_in_every_kind(
    tmp_path: Path, kind: str, make: Make, layer: str
) -> None:
    weight = LAYERS[layer].weight
    assert isinstance(weight, Tensor)
    adapter: Any = make(copy.deepcopy(LAYERS[layer]))
    train(adapter)
    state = {name: torch.as_tensor(value).contiguous().clone() for name, value in adapter.state_dict().items()}

    def merged(changes: dict[str, Tensor]) -> Tensor:
        save_file({f"lora_unet_x.{name}": value for name, value in (state | changes).items()}, tmp_path / "a")
        read = read_adapter(tmp_path / "a")
        return changed(weight, read.layers["lora_unet_x"], read.scale("lora_unet_x"))

    whole = merged({})
    for name, tensor in state.items():
        core = name == "oft_blocks" or name.startswith(("hada_t", "lokr_t"))  # other dimensions mean another kind
        for other in [] if core else in_other_dimensions(tensor):
            torch.testing.assert_close(merged({name: other}), whole, msg=f"{name} as {tuple(other.shape)}")


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.to_q = nn.Linear(20, 16)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.to_q(x)
        return result


@pytest.mark.parametrize("options", [{}, {"use_rslora": True}, {"use_dora": True}], ids=str)
@torch.no_grad()
def test_at_any_strength_a_layer_does_what_peft_makes_of_it(tmp_path: Path, options: dict[str, Any]) -> None:
    model = Small()
    ours, x = copy.deepcopy(model.to_q), torch.randn(5, 20, generator=torch.Generator().manual_seed(4))
    theirs: Any = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["to_q"], **options))
    for name, parameter in theirs.named_parameters():
        if "lora_" in name:
            noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(5))
            parameter.add_(0.2 * noise)
    theirs.save_pretrained(tmp_path)
    theirs.base_model.model.to_q.set_scale("default", 0.6)
    read = read_adapter(tmp_path / "adapter_model.safetensors")
    (written,) = read.layers
    ours.weight.copy_(changed(ours.weight, read.layers[written], read.scale(written, "unet", part_of(written)[1]), 0.6))
    torch.testing.assert_close(ours(x), theirs.eval()(x), rtol=1e-5, atol=1e-5)


def pair() -> dict[str, Tensor]:
    return {"lora_A.weight": torch.ones(2, 20), "lora_B.weight": torch.ones(16, 2)}


OLD_NAMES = {
    f"unet.{LINEAR.removesuffix('.to_k')}.processor.to_k_lora": ("unet", LINEAR),
    f"unet.{LINEAR}.lora": ("unet", LINEAR),
    "text_encoder.text_model.encoder.layers.0.self_attn.to_q_lora": (
        "text_encoder",
        "text_model.encoder.layers.0.self_attn.to_q",
    ),
}


@pytest.mark.parametrize("name", OLD_NAMES)
def test_the_names_of_older_diffusers_are_read(tmp_path: Path, name: str) -> None:
    state = {f"{name}.down.weight": torch.ones(2, 20), f"{name}.up.weight": torch.ones(16, 2)}
    save_file(state, tmp_path / "a.safetensors")
    (written,) = read_adapter(tmp_path / "a.safetensors").layers
    assert part_of(written) == OLD_NAMES[name]


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("text_encoder_1.text_model.encoder.layers.0.mlp.fc1", "text_encoder"),
        ("te2.text_model.encoder.layers.0.mlp.fc1", "text_encoder_2"),
        ("text_encoders.1.transformer.text_model.encoder.layers.0.mlp.fc1", "text_encoder_2"),
        ("lycoris_te1_text_model_encoder_layers_0_mlp_fc1", "text_encoder"),
        ("lycoris_text_model_encoder_layers_0_mlp_fc1", ""),
        ("lycoris_unet_mid_block_attentions_0_proj_in", "unet"),
        ("module.unet._orig_mod.mid_block.attentions.0.proj_in", "unet"),
        ("_orig_mod.mid_block.attentions.0.proj_in", ""),
    ],
)
def test_what_programs_put_around_names_does_not_hide_the_part(written: str, part: str) -> None:
    assert part_of(written)[0] == part


def read_with(folder: Path, config: dict[str, Any] | str) -> float:
    save_file({f"base_model.model.{LINEAR}.{name}": value for name, value in pair().items()}, folder / "a.safetensors")
    text = config if isinstance(config, str) else json.dumps(config)
    (folder / "adapter_config.json").write_text(text)
    return read_adapter(folder / "a.safetensors").scale(f"base_model.model.{LINEAR}")


@pytest.mark.parametrize("alpha", ["eight", "nan", [8], {"to_q": 8}])
def test_an_alpha_that_is_no_number_is_refused(tmp_path: Path, alpha: object) -> None:
    with pytest.raises(WeightsError, match=r"alpha, .* and that is no number"):
        read_with(tmp_path, {"peft_type": "LORA", "r": 2, "lora_alpha": alpha})


@pytest.mark.parametrize("kind", sorted(kind.value for kind in PeftType))
def test_every_kind_that_peft_knows_is_used_or_refused_by_its_name(tmp_path: Path, kind: str) -> None:
    if kind in {"LORA", "LOHA", "LOKR", "IA3"}:
        assert read_with(tmp_path, {"peft_type": kind, "r": 2, "lora_alpha": 8}) == 4
        return
    with pytest.raises(WeightsError, match=r"is an? [\w-]+, a kind that cannot be used") as caught:
        read_with(tmp_path, {"peft_type": kind})
    named = str(caught.value).upper().replace("-", "")
    assert kind.replace("_", "") in named.replace("_", "")


@pytest.mark.parametrize(
    "config",
    [
        {"init_lora_weights": "pissa"},
        {"init_lora_weights": "olora"},
        {"unet.init_lora_weights": "pissa_niter_4"},
        {"alora_invocation_tokens": [1]},
        {"use_qalora": True},
        "{damaged",
    ],
    ids=str,
)
def test_a_lora_that_would_be_merged_wrongly_is_refused(tmp_path: Path, config: dict[str, Any] | str) -> None:
    with pytest.raises(WeightsError) as caught:
        read_with(tmp_path, config)
    assert "\n" not in str(caught.value)


def test_a_configuration_beside_several_files_is_none_of_theirs(tmp_path: Path) -> None:
    save_file(pair(), tmp_path / "other.safetensors")
    assert read_with(tmp_path, {"peft_type": "BOFT"}) == 1


def test_convolutions_have_the_alpha_that_kohya_s_trainer_notes_for_them(tmp_path: Path) -> None:
    convolution = {"lora_down.weight": torch.ones(4, 8, 3, 3), "lora_up.weight": torch.ones(16, 4, 1, 1)}
    linear = {"lora_down.weight": torch.ones(8, 20), "lora_up.weight": torch.ones(16, 8)}
    state = {
        **{f"lora_unet_conv.{name}": value for name, value in convolution.items()},
        **{f"lora_unet_linear.{name}": value for name, value in linear.items()},
    }
    header = {"ss_network_alpha": "4.0", "ss_network_args": json.dumps({"conv_dim": "4", "conv_alpha": "1"})}
    save_file(state, tmp_path / "a.safetensors", header)
    read = read_adapter(tmp_path / "a.safetensors")
    assert (read.scale("lora_unet_conv"), read.scale("lora_unet_linear")) == (0.25, 0.5)


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        ("lora_unet_x.lambda_layer", "T-LoRA"),
        ("base_model.model.x.gralora_A", "GraLoRA"),
        ("emb_params", "textual inversion"),
        ("clip_g", "textual inversion"),
    ],
)
def test_kinds_are_known_by_their_tensors_too(tmp_path: Path, tensor: str, kind: str) -> None:
    save_file({tensor: torch.ones(4)}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match=rf"is an? {kind} \(it holds"):
        read_adapter(tmp_path / "a.safetensors")
    assert TLoraModule.weight_list_det == ["lambda_layer"], "LyCORIS's own mark"


@pytest.mark.parametrize(
    ("kind", "tensor", "told"),
    [
        ("diff", torch.ones(16, 20), "holds both .* and diff for lora_unet_x"),
        ("rescale", torch.ones(16, 1), "and rescale"),
        ("w_norm", torch.ones(16), "and w_norm"),
        ("hada_w1_a", torch.ones(16, 2), "holds both"),
        ("alpha", torch.ones(2), "has 2 numbers as the alpha"),
        ("lora_down.weight", torch.ones(20), "has 20 numbers in a row as the down"),
        ("alpha", torch.tensor(float("nan")), r"no numbers \(NaN"),
        ("lora_up.weight", torch.full((16, 2), float("inf")), "the up of lora_unet_x"),
        ("lora_embedding_A", torch.ones(2, 20), "is a LoRA of embeddings"),
    ],
)
def test_what_would_change_a_layer_otherwise_than_the_file_says_is_refused(
    tmp_path: Path, kind: str, tensor: Tensor, told: str
) -> None:
    state = {"lora_down.weight": torch.ones(2, 20), "lora_up.weight": torch.ones(16, 2), kind: tensor}
    save_file({f"lora_unet_x.{name}": value for name, value in state.items()}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match=told):
        read_adapter(tmp_path / "a.safetensors")


@torch.no_grad()
def test_kohya_s_own_oft_is_diag_oft_under_another_prefix(tmp_path: Path) -> None:
    """Its trainer turns the outputs x by x · R, R = (1 + Q)(1 − Q)⁻¹, Q = A − Aᵀ, for each block of them."""
    layer, blocks = nn.Linear(20, 16), 0.1 * torch.randn(4, 4, 4, generator=torch.Generator().manual_seed(6))
    state = {"oft_unet_mid_block_x.oft_blocks": blocks, "oft_unet_mid_block_x.alpha": torch.tensor(10.0)}
    save_file(state, tmp_path / "a.safetensors")
    read = read_adapter(tmp_path / "a.safetensors")
    ((written, parts),) = read.layers.items()
    assert part_of(written) == ("unet", "mid_block_x")
    skew, one = blocks - blocks.transpose(1, 2), torch.eye(4)
    turned = torch.block_diag(*((one + skew) @ (one - skew).inverse()))
    x = torch.randn(5, 20, generator=torch.Generator().manual_seed(7))
    ours = x @ changed(layer.weight, parts, read.scale(written)).T
    torch.testing.assert_close(ours, (x @ layer.weight.T) @ turned, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_every_module_of_lycoris_is_one_of_the_kinds(tmp_path: Path) -> None:
    made = {type(make(copy.deepcopy(LAYERS[layers_of(kind)[0]]))) for kind, (make, _) in KINDS.items()}
    assert made | {DyLoraModule, TLoraModule} == set(MODULE_LIST)
    for module in (DyLoraModule, TLoraModule):
        adapter: Any = lycoris(module)(nn.Linear(20, 16))
        train(adapter)
        state = {name: value.contiguous().clone() for name, value in adapter.state_dict().items()}
        save_file({f"lora_unet_x.{name}": value for name, value in state.items()}, tmp_path / "a.safetensors")
        if module is TLoraModule:  # which of its ranks count depends on the step
            with pytest.raises(WeightsError, match="is a T-LoRA"):
                read_adapter(tmp_path / "a.safetensors")
        else:  # a plain LoRA, once it is trained
            read = read_adapter(tmp_path / "a.safetensors")
            change = changed(torch.zeros(16, 20), read.layers["lora_unet_x"], read.scale("lora_unet_x"))
            expected = adapter.scale * state["lora_up.weight"] @ state["lora_down.weight"]
            torch.testing.assert_close(change, expected)
