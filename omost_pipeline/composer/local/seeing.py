"""A model that sees, in this process: any of transformers' image-text-to-text models, such as Qwen2.5-VL.

Held to the grammar of canvases where its tokenizer can be followed. Blocks, and belongs to the thread that runs torch.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Generator, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL.Image import Image
from safetensors import SafetensorError
from transformers import (
    AutoImageProcessor,
    AutoModelForImageTextToText,
    AutoProcessor,
    AutoTokenizer,
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
)

from omost_pipeline import hub
from omost_pipeline.composer.budget import CONTEXT_LIMIT
from omost_pipeline.composer.describing import WORDS
from omost_pipeline.composer.local.decoding import Sampling, sample
from omost_pipeline.composer.local.grammar import CanvasGrammar, Rules
from omost_pipeline.composer.local.llm import stop_tokens, text_config
from omost_pipeline.composer.local.weights import dtype_for, quiet_libraries
from omost_pipeline.composer.prompt import chat_messages
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.composer.streaming import PATIENCE, ReplyEnd, TextPieces
from omost_pipeline.errors import BudgetError, ComposerError, MemoryShortError, WeightsError

logger = logging.getLogger(__name__)

_RUN = 8
"""Tokens between two moments at which it can be stopped, and its text is seen."""

_UNREADABLE = (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError, TypeError, SafetensorError)
"""As many kinds of errors as there are ways to damage a file."""

_KINDS = transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING


class LocalDescriber:
    """Implements :class:`~omost_pipeline.composer.describing.Describer` with a model in transformers' format."""

    def __init__(self, model: Any, processor: Any) -> None:  # noqa: ANN401 - the library's classes have no types
        self.model, self.processor = model, processor
        self.stop = stop_tokens(model, processor.tokenizer)
        self.grammar = _grammar(model, processor, self.stop)

    def looking_at(self, picture: Image) -> LocalLook:
        """As :class:`~omost_pipeline.composer.describing.Describer`."""
        return LocalLook(self, picture)


class LocalLook:
    """Writes one picture's canvas."""

    def __init__(self, describer: LocalDescriber, picture: Image) -> None:
        self._describer, self._picture = describer, picture

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        """As :class:`~omost_pipeline.composer.protocol.Composer`; the picture says all, words and history nothing.

        Raises:
            BudgetError: if the picture takes more of the model's context than there is.
            ComposerError: if the model fails.
            MemoryShortError: if the device runs out of memory.
        """
        del history, words
        grammar = self._describer.grammar
        end = ReplyEnd(0 if grammar is not None else PATIENCE)
        pieces = TextPieces(self._describer.processor.tokenizer)
        try:
            for token in self._tokens(options, grammar.rules() if grammar is not None else None):
                if piece := pieces.push(token):
                    yield piece
                    if end.feed(piece):
                        return
        except torch.OutOfMemoryError as error:
            raise MemoryShortError(
                f"The vision model ran out of memory on {self._describer.model.device}: choose a smaller vision.model."
            ) from error
        except (RuntimeError, ValueError, IndexError) as error:
            raise ComposerError(f"The vision model failed: {error}") from error
        yield pieces.finish()

    def _tokens(self, options: ComposeOptions, rules: Rules | None) -> Generator[int, None, None]:
        model, stop = self._describer.model, self._describer.stop
        inputs = self._inputs()
        start = inputs["input_ids"].shape[1]
        room = min(options.max_new_tokens, _context(model) - start)
        if room < 1:
            raise BudgetError(f"The picture takes {start} tokens, but the vision model has room for {_context(model)}.")
        choose = _Choose(Sampling(options.temperature, options.top_p, options.seed), rules, start)
        while room > 0:
            known = inputs["input_ids"].shape[1]
            with torch.inference_mode():
                made = model.generate(
                    **inputs,
                    generation_config=_run(min(_RUN, room), stop),
                    logits_processor=LogitsProcessorList([choose]),
                )
            for token in made.sequences[0, known:].tolist():
                if token in stop:
                    return
                yield token
            room -= made.sequences.shape[1] - known
            whole = torch.ones_like(made.sequences)
            inputs = {
                "input_ids": made.sequences,
                "attention_mask": whole,
                "past_key_values": made.past_key_values,
            }  # the picture has been read

    def _inputs(self) -> dict[str, Any]:
        system, asked = chat_messages((), WORDS, examples=True)
        shown = [{"type": "image", "image": self._picture.convert("RGB")}, {"type": "text", "text": asked["content"]}]
        told = [{"type": "text", "text": system["content"]}]
        found = self._describer.processor.apply_chat_template(
            [{"role": "system", "content": told}, {"role": "user", "content": shown}],
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
        )
        model = self._describer.model
        return {
            name: value.to(model.device, model.dtype if value.is_floating_point() else None)
            for name, value in found.items()
        }


class _Choose(LogitsProcessor):
    """Leaves one token to be taken: drawn as for any other canvas, within the rules if there are any."""

    def __init__(self, sampling: Sampling, rules: Rules | None, read: int) -> None:
        self._sampling, self._rules, self._read = sampling, rules, read
        self._generator = torch.Generator().manual_seed(sampling.seed)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """``input_ids`` (1 × length) is all that was written, ``scores`` (1 × vocabulary) what may come next."""
        logits = scores[0]
        if self._rules is not None:
            self._rules.read(input_ids[0, self._read :].tolist())
            self._read = input_ids.shape[1]
            allowed = self._rules.allowed()[: len(logits)].to(logits.device)
            logits = logits.masked_fill(~allowed, -torch.inf)
        chosen = torch.full_like(scores, -torch.inf)
        chosen[0, sample(logits, self._sampling, self._generator)] = 0.0
        return chosen


def load_describer(source: str, device: str) -> LocalDescriber:
    """The model of a folder or a hub name, which is fetched if need be.

    Raises:
        WeightsError: if it is not there, cannot be fetched, or sees no pictures.
        MemoryShortError: if it does not fit the device.
    """
    path = Path(source).expanduser()
    folder = path if path.is_dir() or not hub.is_model(source) else hub.fetch(source, hub.weights)
    check_describer(folder, source)
    with quiet_libraries():
        try:
            processor = _processor(folder)
            alone = {"": device} if torch.device(device).type == "cuda" else None
            loaded: Any = AutoModelForImageTextToText.from_pretrained(
                folder, local_files_only=True, dtype="auto", device_map=alone, output_loading_info=True
            )
        except torch.OutOfMemoryError as error:
            raise MemoryShortError(f"The vision model {source} does not fit {device}: choose a smaller one.") from error
        except _UNREADABLE as error:
            reason = " ".join(str(error).split("\n")[0].split()).rstrip(".") or type(error).__name__
            raise WeightsError(f"The vision model {source} cannot be loaded ({reason}).") from error
    model, report = loaded
    if report["missing_keys"]:  # the library would fill them with random numbers
        first = min(report["missing_keys"])
        raise WeightsError(f"The vision model {source} lacks weights ({first} first): download it again.")
    if not processor.chat_template:
        raise WeightsError(f"The vision model {source} has no chat template: choose one that follows instructions.")
    return LocalDescriber(model.to(dtype_for(model, device)).eval(), processor)


def check_describer(folder: Path, source: str) -> str:
    """The kind of model in a folder, without loading it.

    Raises:
        WeightsError: if it is none that sees pictures and writes.
    """
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        kind = str(config.get("model_type", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise WeightsError(f"There is no vision model at {source}: {folder / 'config.json'} cannot be read.") from error
    if kind not in {each.model_type for each in _KINDS}:
        raise WeightsError(f"{source} is {kind or 'something'}, and no model that sees pictures and writes text.")
    return kind


def _processor(folder: Path) -> Any:  # noqa: ANN401 - the library's classes have no types
    """What prepares words and pictures; where films would need torchvision, without what prepares films."""
    try:
        return AutoProcessor.from_pretrained(folder, local_files_only=True)
    except ImportError:
        found = {**_read(folder / "preprocessor_config.json"), **_read(folder / "processor_config.json")}
        kind = getattr(transformers, str(found.get("processor_class", "")), None)
        if kind is None:
            raise
    pictures = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    class PicturesOnly(kind):  # type: ignore[misc, valid-type]  # whichever it is
        def __init__(self, image_processor: object, tokenizer: object, chat_template: str) -> None:
            super().__init__(image_processor, tokenizer, None, chat_template=chat_template)

    template = folder / "chat_template.jinja"
    words = template.read_text("utf-8") if template.exists() else tokenizer.chat_template
    return PicturesOnly(pictures, tokenizer, words)


def _read(file: Path) -> dict[str, Any]:
    found = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found if isinstance(found, dict) else {}


def _grammar(model: Any, processor: Any, stop: Collection[int]) -> CanvasGrammar | None:  # noqa: ANN401
    try:
        return CanvasGrammar(processor.tokenizer, text_config(model).vocab_size, stop)
    except ComposerError as error:
        logger.warning("%s Pictures are described without the grammar.", error)
        return None


def _context(model: Any) -> int:  # noqa: ANN401
    claimed = getattr(text_config(model), "max_position_embeddings", None) or CONTEXT_LIMIT
    return min(CONTEXT_LIMIT, int(claimed))


def _run(tokens: int, stop: Collection[int]) -> GenerationConfig:
    ends = sorted(stop)
    return GenerationConfig(
        max_new_tokens=tokens,
        do_sample=False,
        repetition_penalty=1.0,
        eos_token_id=ends,
        pad_token_id=ends[0],
        return_dict_in_generate=True,
        use_cache=True,
    )
