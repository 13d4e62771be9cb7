"""The language model, looked at before it is started: what it is, what it can do, and what will not work.

A model in this process is judged by its configuration, its tokenizer's files or a GGUF file's header; a server is
asked. Loads no weights.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import MissingExtraError
from bot.ops.finding import Finding, Verdict
from bot.ops.model_files import examine_model
from omost_pipeline import hub
from omost_pipeline.composer.local.gguf_header import (
    gguf_files,
    is_gguf,
    is_piece,
    no_model,
    no_whole_file,
    read_header,
    refusal_of,
)
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import OmostError, OverloadedError, RefusedError
from omost_pipeline.profiles import Profile

if TYPE_CHECKING:
    from transformers import PreTrainedConfig


_TOKENIZERS = {"gpt2": "byte-level", "llama": "SentencePiece", "t5": "SentencePiece unigram", "bert": "WordPiece"}
"""llama.cpp's names for kinds of tokenizers, as most people know them."""

_SHORT = 2048
"""Tokens below which a model's context holds little more than one canvas and what is said of them."""

_WITHOUT_LIST = frozenset({404, 405, 501})
"""What servers answer that have no list of their models, which the bot does without."""

_NOTHING = "Nothing needs to be done."


def examine_composer(profile: Profile) -> Finding:
    """The language model: the server that has it, its GGUF file, or its files as those of any model."""
    if profile.server is not None:
        return _served(profile.server)
    place = _on_this_computer(profile.composer)
    if isinstance(place, Finding):
        return place
    if place is None:
        return _on_the_hub(profile.composer)
    if place.is_file():
        return _in_file(place)
    files = examine_model("composer", str(place), "config.json")
    return files if files.verdict is Verdict.WRONG else _in_folder(place, files.found)


def _on_the_hub(composer: str) -> Finding:
    """A model that is still to be downloaded, or its GGUF file."""
    name, _, file = composer.rpartition(":")
    if not hub.is_model(name):
        return examine_model("composer", composer, "config.json")
    if problem := no_whole_file(name, file):
        return Finding("composer", Verdict.WRONG, problem, "Correct models.composer.")
    return examine_model("composer", name, file)


def _on_this_computer(composer: str) -> Path | Finding | None:
    """The model's folder or GGUF file; None where it is still to be downloaded."""
    path = Path(composer).expanduser()
    if path.is_dir() and not (path / "config.json").exists() and (files := gguf_files(path)):
        if len(files) == 1 or is_piece(files[0]):
            return path / files[0]
        found = f"{path} holds {len(files)} GGUF files"
        return Finding("composer", Verdict.WRONG, found, f"Name one in models.composer, as in {path / files[0]}.")
    if path.exists():
        return path
    if composer.endswith(".gguf") and ":" not in composer:
        return Finding("composer", Verdict.WRONG, f"there is no file {path}", "Correct models.composer.")
    return _downloaded(composer)


def _downloaded(composer: str) -> Path | None:
    """Where the files of a model on the hub are kept here; None where they are not."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    name, _, file = composer.rpartition(":")
    gguf = file.endswith(".gguf")
    try:
        cached = try_to_load_from_cache(name, file) if gguf else try_to_load_from_cache(composer, "config.json")
    except HFValidationError:
        return None
    if not isinstance(cached, str):
        return None
    return Path(cached) if gguf else Path(cached).parent


def _in_file(path: Path) -> Finding:
    """A GGUF file: its header, and what transformers makes of its architecture."""
    if not is_gguf(path):
        return Finding("composer", Verdict.WRONG, no_model(path), "Correct models.composer.")
    if problem := refusal_of(path):
        return Finding("composer", Verdict.WRONG, problem, "Choose another file, or correct models.composer.")
    header = read_header(path)
    if importlib.util.find_spec("gguf") is None:
        return Finding(
            "composer", Verdict.WRONG, f"{path} needs the package gguf", str(MissingExtraError("it", "gguf"))
        )
    config = _config(path.parent, path.name)
    if isinstance(config, str):
        found = f"{path} is of the architecture {header.architecture!r}, which cannot be read from GGUF ({config})"
        remedy = "Get the model as a folder, or let llama.cpp serve the file and set composer.url."
        return Finding("composer", Verdict.WRONG, found, remedy)
    kind = _TOKENIZERS.get(header.tokenizer, header.tokenizer)
    size = f"{path.stat().st_size / 2**20:,.0f} MiB"
    return _judged(f"{path}, {size}, {header.architecture}, {kind} tokenizer", config)


def _in_folder(folder: Path, files: str) -> Finding:
    """A folder in transformers' own format: its configuration and what is beside it."""
    from omost_pipeline.composer.local.weights import needs_bitsandbytes

    config = _config(folder)
    if isinstance(config, str):
        return Finding("composer", Verdict.WRONG, f"{folder}: {config}", "Choose another model.")
    if lost := _missing_weights(folder):
        return Finding("composer", Verdict.WRONG, f"{folder} lacks {lost}", "Download the model again.")
    if not _has_chat_template(folder):
        found = f"{files}; its tokenizer has no chat template, so it is not a chat model"
        return Finding("composer", Verdict.WRONG, found, "Choose another model.")
    if needs_bitsandbytes(config) and importlib.util.find_spec("bitsandbytes") is None:
        found = f"{files}; it is quantised with bitsandbytes, which is not installed"
        return Finding("composer", Verdict.WRONG, found, str(MissingExtraError("it", "quantized")))
    judged = _judged(files, config)
    if judged.verdict is Verdict.FINE and not (folder / "tokenizer.json").is_file():
        found = f"{judged.found}; it has no tokenizer.json, so it may write freely, without the grammar"
        return Finding("composer", Verdict.NOTE, found, "Nothing needs to be done; the log says so if it does.")
    return judged


def _config(folder: Path, gguf: str | None = None) -> PreTrainedConfig | str:
    """A model's configuration, or why there is none."""
    from transformers import AutoConfig

    from omost_pipeline.composer.local.weights import quiet_libraries

    try:
        with quiet_libraries():
            config: PreTrainedConfig = AutoConfig.from_pretrained(folder, gguf_file=gguf, trust_remote_code=False)
            return config
    except Exception as error:  # noqa: BLE001 - a damaged file can make its reader fail in any way
        words = str(error).strip() or type(error).__name__
        if "trust_remote_code" in words:
            return "it brings Python code of its own, which this program does not run"
        return words.split("\n")[0].rstrip(".")


def _judged(found: str, config: PreTrainedConfig) -> Finding:
    """What the model can do by its configuration."""
    from omost_pipeline.composer.local.abilities import abilities_of

    able = abilities_of(config)
    if able.refusal:
        return Finding("composer", Verdict.WRONG, f"{found}; {able.refusal}", "Choose another model.")
    context = getattr(config.get_text_config(decoder=True), "max_position_embeddings", None)
    said = f"{found}, {context:,} tokens" if isinstance(context, int) else found
    if isinstance(context, int) and context < _SHORT:
        remedy = "Choose a model with a longer context."
        return Finding("composer", Verdict.NOTE, f"{said}, which is little: long canvases are cut", remedy)
    return (
        Finding("composer", Verdict.NOTE, f"{said}; {able.note}", _NOTHING)
        if able.note
        else Finding("composer", Verdict.FINE, said)
    )


def _missing_weights(folder: Path) -> str:
    """The first file that the folder's list of weights names and that is not there; empty if all are."""
    try:
        said = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))["weight_map"]
        names = sorted(set(said.values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    return next((str(name) for name in names if not (folder / str(name)).is_file()), "")


def _has_chat_template(folder: Path) -> bool:
    """Whether a model's folder says how a chat is put into text, in a file of its own or in the tokenizer's."""
    if (folder / "chat_template.jinja").is_file() or (folder / "chat_template.json").is_file():
        return True
    try:
        settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(settings, dict) and bool(settings.get("chat_template"))


def _served(server: Server) -> Finding:
    from omost_pipeline.composer.served.chat_server import first_of, listed
    from omost_pipeline.composer.served.llm import server_abilities

    try:
        models = listed(server)
        if not models and not server.model:
            found = f"{server.url} answers, but lists no model"
            return Finding("composer", Verdict.WRONG, found, "Load one there, or set composer.model to its name.")
        words = server_abilities(server)
    except OmostError as error:
        if server.model and isinstance(error, RefusedError) and error.status in _WITHOUT_LIST:
            found = (
                f"{server.url} lists no models (it answered {error.status}); {server.model!r} is asked for all the same"
            )
            return Finding("composer", Verdict.NOTE, found, "Fine if it has that; otherwise correct composer.url.")
        only_listing = bool(server.model) and isinstance(error, OverloadedError)  # it may chat all the same
        verdict = Verdict.NOTE if only_listing else Verdict.WRONG
        found, _, advice = str(error).rpartition(": ")
        return Finding("composer", verdict, found, advice[:1].upper() + advice[1:])
    if server.model and first_of(models, server.model) is None:
        found = f"{server.url} answers, but lists no {server.model!r}; {words}"
        return Finding("composer", Verdict.NOTE, found, "Fine if the server loads models on demand.")
    names = server.model or ", ".join(model.id for model in models)
    return Finding("composer", Verdict.FINE, f"{names} at {server.url}; {words}")
