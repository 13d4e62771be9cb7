"""Adapters for FLUX.2's transformer, merged once when it is loaded, in every naming that files have them in.

diffusers' and peft's names are the model's own. Black Forest Labs' have one layer where diffusers has three (queries,
keys and values), and the two halves of the last modulation the other way round; kohya's are those with underscores in
place of dots. What a kind of adapter changes is a formula on the weights (:mod:`adapters`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from torch import Tensor, nn

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.adapters.file import AdapterFile, read_adapter
from omost_pipeline.renderer.adapters.formulas import changed

_PREFIX = re.compile(
    r"(?:base_model\.model\.)?(?:lora_unet_|lora_transformer_|lycoris_|transformer\.|(?:model\.)?diffusion_model\.|unet\.)?"
)
_ENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "img_in": ("x_embedder",),
        "txt_in": ("context_embedder",),
        "time_in.in_layer": ("time_guidance_embed.timestep_embedder.linear_1",),
        "time_in.out_layer": ("time_guidance_embed.timestep_embedder.linear_2",),
        "double_stream_modulation_img.lin": ("double_stream_modulation_img.linear",),
        "double_stream_modulation_txt.lin": ("double_stream_modulation_txt.linear",),
        "single_stream_modulation.lin": ("single_stream_modulation.linear",),
        "final_layer.linear": ("proj_out",),
    }
)
_TURNED = ("final_layer.adaLN_modulation.1", "norm_out.linear")
"""Its halves are shift and scale; in diffusers scale and shift."""

_DOUBLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
        "img_attn.proj": ("attn.to_out.0",),
        "img_mlp.0": ("ff.linear_in",),
        "img_mlp.2": ("ff.linear_out",),
        "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
        "txt_attn.proj": ("attn.to_add_out",),
        "txt_mlp.0": ("ff_context.linear_in",),
        "txt_mlp.2": ("ff_context.linear_out",),
    }
)
_SINGLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"linear1": ("attn.to_qkv_mlp_proj",), "linear2": ("attn.to_out",)}
)


@dataclass(frozen=True)
class _Target:
    """The layers whose weights, one below the other, a name in a file means; with their halves ``turned``."""

    modules: tuple[nn.Module, ...]
    turned: bool = False

    @property
    def weight(self) -> Tensor:
        """[out, in] in float32, as the file means it."""
        stacked = torch.cat([_weight(module).detach().float().cpu() for module in self.modules])
        return self._turned(stacked)

    def set(self, weight: Tensor) -> None:
        """The layers' weights from one that the file means."""
        sizes = [len(_weight(module)) for module in self.modules]
        for module, part in zip(self.modules, self._turned(weight).split(sizes), strict=True):
            _weight(module).data.copy_(part)

    def _turned(self, weight: Tensor) -> Tensor:
        return weight.roll(len(weight) // 2, 0) if self.turned else weight


@torch.no_grad()
def add_lora(file: Path, strength: float, transformer: Flux2Transformer2DModel) -> None:
    """Add an adapter, ``strength`` times, to the transformer's weights.

    Raises:
        WeightsError: if the file is damaged, no adapter that can be used, or made for another model; nothing is
            changed then.
    """
    adapter = read_adapter(file)
    targets = _targets(transformer)
    planned = [(written, _target(file, written, targets)) for written in adapter.layers]
    for written, target in planned:
        _changed(file, written, target, adapter, strength)  # a trial, so that a file that does not fit changes nothing
    for written, target in planned:
        target.set(_changed(file, written, target, adapter, strength))


def _target(file: Path, written: str, targets: Mapping[str, _Target]) -> _Target:
    target = targets.get(_flat(_bare(written)))
    if target is None:
        raise WeightsError(
            f"The LoRA {file} was made for another model than FLUX.2-klein: it changes {written}, which is not there."
        )
    return target


def _changed(file: Path, written: str, target: _Target, adapter: AdapterFile, strength: float) -> Tensor:
    parts, scale = adapter.layers[written], adapter.scale(written, "transformer", _bare(written))
    if bias := next((kind for kind in ("diff_b", "b_norm", "up_bias") if kind in parts), ""):
        raise WeightsError(
            f"The LoRA {file} changes the bias of {written} ({bias}), and FLUX.2-klein's layers have none: it was made "
            "for another model."
        )
    try:
        return changed(target.weight, parts, scale, strength)
    except KeyError as error:
        raise WeightsError(f"The LoRA {file} lacks the {error.args[0]} of {written}: download it again.") from error
    except ValueError as error:
        raise WeightsError(
            f"The LoRA {file} was made for another model: what it has for {written} does not fit ({error})."
        ) from error


def _targets(transformer: Flux2Transformer2DModel) -> dict[str, _Target]:
    """The layers by every name that a file may have for them, in underscores."""
    modules: dict[str, nn.Module] = {
        name: module for name, module in transformer.named_modules() if isinstance(module, nn.Linear)
    }
    found = {_flat(name): _Target((module,)) for name, module in modules.items()}
    for theirs, ours in _aliases(transformer):
        if all(name in modules for name in ours):
            found[_flat(theirs)] = _Target(tuple(modules[name] for name in ours))
    theirs, our = _TURNED
    found[_flat(theirs)] = _Target((modules[our],), turned=True)
    return found


def _aliases(transformer: Flux2Transformer2DModel) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Black Forest Labs' names, and the model's."""
    yield from _ENDS.items()
    for kind, ours, count in (
        ("double", "transformer_blocks", int(transformer.config["num_layers"])),
        ("single", "single_transformer_blocks", int(transformer.config["num_single_layers"])),
    ):
        for number in range(count):
            for theirs, names in (_DOUBLE if kind == "double" else _SINGLE).items():
                yield f"{kind}_blocks.{number}.{theirs}", tuple(f"{ours}.{number}.{name}" for name in names)


def _bare(written: str) -> str:
    """A layer's name without what files put before it."""
    match = _PREFIX.match(written)
    return written[match.end() :] if match is not None else written


def _flat(name: str) -> str:
    return name.replace(".", "_")


def _weight(module: nn.Module) -> Tensor:
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight
