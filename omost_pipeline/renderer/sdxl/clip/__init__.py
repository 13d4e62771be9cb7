"""CLIP's tokenizers from the bundled merges, for checkpoints that bring none. Knows no weights."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from transformers import CLIPTokenizer

WORDS = 49_408
"""Tokens of CLIP's vocabulary: 256 bytes, the same at a word's end, 48,894 merges and two marks."""

_WINDOW = 77
_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"


def tokenizers() -> tuple[CLIPTokenizer, CLIPTokenizer]:
    """SDXL's two: they differ in their pads alone, the end mark for CLIP-L and "!" for CLIP-G."""
    return _tokenizer(_END), _tokenizer("!")


def _tokenizer(pad: str) -> CLIPTokenizer:
    merges = list(_merges())
    letters = _letters()
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges), _BEGIN, _END]
    vocabulary = {word: number for number, word in enumerate(words)}
    # Its annotation lacks the pairs that it takes.
    return CLIPTokenizer(vocabulary, merges, pad_token=pad, model_max_length=_WINDOW)  # type: ignore[arg-type]


@cache
def _merges() -> tuple[tuple[str, str], ...]:
    lines = gzip.decompress((Path(__file__).parent / "merges.txt.gz").read_bytes()).decode("utf-8").splitlines()
    return tuple((first, second) for first, second in (line.split(" ") for line in lines))


def _letters() -> list[str]:
    """The 256 bytes as printable characters, those first that are printable themselves (GPT-2's byte alphabet)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = 256 - len(printable)
    return [chr(byte) for byte in (*printable, *range(256, 256 + others))]
