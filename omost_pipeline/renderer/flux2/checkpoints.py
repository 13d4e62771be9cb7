"""Where the parts of a FLUX.2-klein checkpoint come from: a folder in diffusers' layout.

Knows the libraries' loaders and their many ways to fail; knows nothing of devices, LoRAs or pictures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, Qwen3ForCausalLM

from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.loading import check_whole, damaged, told

_CLASSES = {
    "transformer": "Flux2Transformer2DModel",
    "vae": "AutoencoderKLFlux2",
    "text_encoder": "Qwen3ForCausalLM",
}
"""The parts with weights, and what their configurations must be of."""

_FOLDERS = (*_CLASSES, "tokenizer", "scheduler")


def chosen_files(files: Sequence[str]) -> Iterable[str]:
    """Of a checkpoint's files on the hub those that are loaded: each part's, and not the single file beside them."""
    return (file for file in files if file.endswith(".safetensors") and file.partition("/")[0] in _CLASSES)


class FolderCheckpoint:
    """A folder in diffusers' layout. Every method raises WeightsError for what is missing, damaged or foreign."""

    def __init__(self, path: Path) -> None:
        """Refuses a folder that is visibly something else, before any large file is read.

        Raises:
            WeightsError: naming the folder or file that tells so.
        """
        self.path = path
        for folder in _FOLDERS:
            if not (path / folder).is_dir():
                raise WeightsError(
                    f"The renderer's folder {path} has no {folder} folder, so it is not a FLUX.2-klein checkpoint in "
                    "diffusers' layout: check the path, or download the model again."
                )
        for folder, kind in _CLASSES.items():
            config = path / folder / "config.json"
            found = _json(config)
            named = found.get("_class_name") or (found.get("architectures") or [""])[0]
            if named != kind:
                raise WeightsError(f"{config} describes a {named}, not a {kind}: choose a FLUX.2-klein checkpoint.")
        if not _json(path / "model_index.json").get("is_distilled"):
            raise WeightsError(
                f"The renderer {path} is a base model, which draws in fifty steps with guidance: choose the distilled "
                "one, such as black-forest-labs/FLUX.2-klein-4B."
            )

    def schedule(self) -> dict[str, object]:
        """How noise was added in training, as diffusers' ``scheduler_config.json`` has it."""
        with told(self.path, "scheduler"):
            return dict(FlowMatchEulerDiscreteScheduler.load_config(str(self.path), subfolder="scheduler"))

    def tokenizer(self) -> PreTrainedTokenizerBase:
        """Qwen3's."""
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.path / "tokenizer")
        except Exception as error:  # the tokenizers library raises bare Exception for damaged files
            raise damaged(self.path, "tokenizer", error) from error
        assert isinstance(tokenizer, PreTrainedTokenizerBase)
        if not tokenizer.chat_template:
            raise WeightsError(f"The tokenizer in {self.path} has no chat template: download the model again.")
        return tokenizer

    def text_encoder(self, dtype: torch.dtype) -> PreTrainedModel:
        """Qwen3 in ``dtype`` on the CPU."""
        model = self._part(Qwen3ForCausalLM, "text_encoder", {"dtype": dtype})
        assert isinstance(model, PreTrainedModel)
        return model

    def transformer(self, dtype: torch.dtype) -> Flux2Transformer2DModel:
        """The model that draws, in ``dtype`` on the CPU."""
        return cast(
            "Flux2Transformer2DModel", self._part(Flux2Transformer2DModel, "transformer", {"torch_dtype": dtype})
        )

    def vae(self, dtype: torch.dtype) -> AutoencoderKLFlux2:
        """The autoencoder in ``dtype`` on the CPU."""
        return cast("AutoencoderKLFlux2", self._part(AutoencoderKLFlux2, "vae", {"torch_dtype": dtype}))

    def _part(self, kind: Any, folder: str, named: dict[str, Any]) -> object:  # noqa: ANN401  # both libraries' loaders
        with told(self.path, folder):
            model, report = kind.from_pretrained(
                str(self.path), subfolder=folder, use_safetensors=True, output_loading_info=True, **named
            )
        check_whole(self.path, folder, report["missing_keys"])
        return cast("object", model)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return dict(found)
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path} cannot be read ({error}): download the model again.") from error
