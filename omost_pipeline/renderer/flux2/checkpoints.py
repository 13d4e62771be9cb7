"""Where the parts of a FLUX.2-klein checkpoint come from: a folder in diffusers' layout.

Knows the libraries' loaders and their many ways to fail; knows nothing of devices, LoRAs or pictures.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from diffusers import BitsAndBytesConfig, GGUFQuantizationConfig
from diffusers.models.autoencoders.autoencoder_kl_flux2 import AutoencoderKLFlux2
from diffusers.models.transformers.transformer_flux2 import Flux2Transformer2DModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from safetensors import safe_open
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase, Qwen3ForCausalLM
from transformers import BitsAndBytesConfig as TextQuantization

from omost_pipeline import hub
from omost_pipeline.errors import WeightsError
from omost_pipeline.renderer.loading import check_whole, damaged, told
from omost_pipeline.renderer.sources import find_model

_CLASSES = {
    "transformer": "Flux2Transformer2DModel",
    "vae": "AutoencoderKLFlux2",
    "text_encoder": "Qwen3ForCausalLM",
}
"""The parts with weights, and what their configurations must be of."""

_FILES = (".safetensors", ".gguf")
_MARK = "single_stream_modulation"
"""What only FLUX.2's tensors are called."""

_SCALES = (".scale_weight", ".weight_scale", ".input_scale")
"""What tensors beside 8-bit weights are called, by which they are to be multiplied."""

_FOLDERS = (*_CLASSES, "tokenizer", "scheduler")


def chosen_files(files: Sequence[str]) -> Iterable[str]:
    """Of a checkpoint's files on the hub those that are loaded: each part's, and not the single file beside them."""
    return (file for file in files if file.endswith(".safetensors") and file.partition("/")[0] in _CLASSES)


def find_checkpoint(source: str, base: str = "") -> FolderCheckpoint:
    """The checkpoint in a folder, on the hub, or of a transformer's own file with the other parts beside it or in
    ``base``.

    Raises:
        WeightsError: if there is none, or it is of another kind.
    """
    if not source.endswith(_FILES):
        return FolderCheckpoint(find_model(source, FolderCheckpoint, chosen_files))
    file = Path(source).expanduser()
    if not file.is_file():
        if source.count("/") < 2 or hub.is_path(source):
            raise WeightsError(f"There is no file {file}: check models.renderer.")
        file = hub.fetch_file(source)
    beside = next((folder for folder in file.parents[:2] if (folder / "model_index.json").is_file()), None)
    if beside is None and not base:
        raise WeightsError(
            f"{file} holds the transformer alone: set models.base to a folder or a hub name with the other parts."
        )
    folder = beside or find_model(base, FolderCheckpoint, _other_files)
    return FolderCheckpoint(folder, file)


def _other_files(files: Sequence[str]) -> Iterable[str]:
    return (file for file in chosen_files(files) if not file.startswith("transformer/"))


class FolderCheckpoint:
    """A folder in diffusers' layout. Every method raises WeightsError for what is missing, damaged or foreign."""

    def __init__(self, path: Path, file: Path | None = None) -> None:
        """The transformer is in a ``file`` of its own, if there is one.

        Refuses a folder that is visibly something else, before any large file is read.

        Raises:
            WeightsError: naming the folder or file that tells so.
        """
        self.path, self._file = path, file
        if file is not None and file.suffix == ".safetensors":
            _check_file(file)
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

    @property
    def is_gguf(self) -> bool:
        """Whether the transformer's weights are packed as llama.cpp packs them."""
        return self._file is not None and self._file.suffix == ".gguf"

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

    def text_encoder(self, dtype: torch.dtype, *, packed: bool = False) -> PreTrainedModel:
        """Qwen3 in ``dtype`` on the CPU; in four bits on the GPU if ``packed``."""
        named: dict[str, Any] = {"dtype": dtype}
        if packed:
            named["quantization_config"] = TextQuantization(**_nf4(dtype))
        model = self._part(Qwen3ForCausalLM, "text_encoder", named)
        assert isinstance(model, PreTrainedModel)
        return model

    def transformer(self, dtype: torch.dtype, *, packed: bool = False) -> Flux2Transformer2DModel:
        """The model that draws, in ``dtype`` on the CPU; in four bits on the GPU if ``packed``."""
        named: dict[str, Any] = {"torch_dtype": dtype}
        if packed:
            named["quantization_config"] = BitsAndBytesConfig(**_nf4(dtype))
        if self._file is not None:
            return self._of_file(self._file, named)
        return cast("Flux2Transformer2DModel", self._part(Flux2Transformer2DModel, "transformer", named))

    def _of_file(self, file: Path, named: dict[str, Any]) -> Flux2Transformer2DModel:
        if self.is_gguf:
            if importlib.util.find_spec("gguf") is None:
                raise WeightsError(f"{file} is a GGUF file and needs gguf: install omost-bot[gguf].")
            named["quantization_config"] = GGUFQuantizationConfig(compute_dtype=named["torch_dtype"])
        with told(file, "transformer"):
            model = Flux2Transformer2DModel.from_single_file(
                str(file), config=str(self.path), subfolder="transformer", local_files_only=True, **named
            )
        check_whole(file, "transformer", [name for name, weight in model.named_parameters() if weight.is_meta])
        return cast("Flux2Transformer2DModel", model)

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


def _nf4(dtype: torch.dtype) -> dict[str, Any]:
    return {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": dtype}


def _check_file(file: Path) -> None:
    """Refuse a file of another kind, before its weights are read."""
    with told(file, "transformer"), safe_open(file, framework="numpy") as tensors:
        names = list(tensors.keys())
    if not any(_MARK in name for name in names):
        raise WeightsError(f"{file} is no FLUX.2 transformer: choose another file for models.renderer.")
    if any(name.endswith(_SCALES) for name in names):
        raise WeightsError(
            f"{file} holds 8-bit weights with scales of their own, which are not known here: take the file in 16 bits "
            'and models.precision = "float8".'
        )


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return dict(found)
    except (OSError, ValueError, TypeError) as error:
        raise WeightsError(f"{path} cannot be read ({error}): download the model again.") from error
