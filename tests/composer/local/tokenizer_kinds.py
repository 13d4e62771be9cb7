"""Small tokenizers of every kind that chat models have, trained here on a few canvases."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.composer.prompt import SYSTEM_PROMPT
from omost_pipeline.composer.samples import sample_replies
from tests.composer.conftest import _SPECIAL, _TEMPLATE, canvas_of

_BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
_DIGITS = Regex(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
_SPACE = "▁"


def _byte_level() -> tuple[Tokenizer, Any]:
    """Llama 3, Qwen, SmolLM, Granite, gpt-oss: a split of their own, then bytes as letters."""
    made = Tokenizer(models.BPE(ignore_merges=True))
    split = pre_tokenizers.Split(_DIGITS, behavior="isolated")
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return made, trainers.BpeTrainer(
        vocab_size=700, special_tokens=_SPECIAL, initial_alphabet=alphabet, show_progress=False
    )


def _byte_fallback(prefix: bool) -> Callable[[], tuple[Tokenizer, Any]]:
    """Llama 2, Phi 3 and Mistral put a space before every text, Gemma does not; both fall back to bytes."""

    def make() -> tuple[Tokenizer, Any]:
        made = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
        replace = normalizers.Replace(" ", _SPACE)
        made.normalizer = normalizers.Sequence([normalizers.Prepend(_SPACE), replace]) if prefix else replace
        steps: list[Any] = [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
        made.decoder = decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if prefix else steps)
        made.pre_tokenizer = pre_tokenizers.Split(_SPACE, behavior="merged_with_next")
        return made, trainers.BpeTrainer(
            vocab_size=900, special_tokens=[*_SPECIAL, "<unk>", *_BYTES], show_progress=False
        )

    return make


def _metaspace(scheme: str) -> Callable[[], tuple[Tokenizer, Any]]:
    """SentencePiece as newer conversions put it: the space comes before the first text, or before every one."""

    def make() -> tuple[Tokenizer, Any]:
        made = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
        made.decoder = decoders.Sequence(
            [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
        return made, trainers.BpeTrainer(
            vocab_size=900, special_tokens=[*_SPECIAL, "<unk>", *_BYTES], show_progress=False
        )

    return make


TOKENIZERS: dict[str, Callable[[], tuple[Tokenizer, Any]]] = {
    "byte level": _byte_level,
    "byte fallback": _byte_fallback(prefix=False),
    "byte fallback, prefix space": _byte_fallback(prefix=True),
    "metaspace first": _metaspace("first"),
    "metaspace always": _metaspace("always"),
}


def tokenizer_of(kind: str) -> PreTrainedTokenizerFast:
    """A tokenizer of that kind with the chat template of the tests."""
    made, trainer = TOKENIZERS[kind]()
    corpus = [SYSTEM_PROMPT, *sample_replies(), canvas_to_reply(canvas_of("red ball", "green tree"))] * 2
    made.train_from_iterator(corpus, trainer)
    plain = json.loads(
        made.to_str()
    )  # in real ones the bytes are no special tokens, though they must be trained as such
    plain["added_tokens"] = [token for token in plain["added_tokens"] if token["content"] not in _BYTES]
    made = Tokenizer.from_str(json.dumps(plain))
    return PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<|begin|>", eos_token="<|end|>", chat_template=_TEMPLATE
    )
