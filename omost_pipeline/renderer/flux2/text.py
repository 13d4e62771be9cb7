"""Words → what FLUX.2-klein reads: three of Qwen3's hidden states side by side, for each token of a chat message.

Each condition's words are a message of their own, encoded apart and cut to their real length: Qwen3 reads forward, so
that what would follow changes nothing. Knows no pixels: :class:`EncodedText` says how many tokens each box got.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from omost_pipeline.renderer.regions.spans import Span
from omost_pipeline.renderer.subprompts import Bag, Condition, bags, bounded

MOST_TOKENS = 512
"""Tokens of one message, the chat's own marks among them, as the model was trained."""

_MOST_MESSAGES = 48
"""Messages of one picture; a canvas of ordinary length has one for each region and one for the whole."""

_AT_ONCE = 8
"""Messages that are encoded together."""


@dataclass(frozen=True)
class EncodedText:
    """One canvas's words.

    ``hidden``: [1, K, 3 · D]. ``places``: [K], each token's place in its message. ``spans``: the conditions' boxes and
    token counts, the whole picture's first. ``left_out``: sub-prompts that were too many.
    """

    hidden: Tensor
    places: Tensor
    spans: tuple[Span, ...]
    left_out: tuple[str, ...] = ()

    def on(self, device: torch.device) -> EncodedText:
        """On a device."""
        return replace(self, hidden=self.hidden.to(device), places=self.places.to(device))


class TextEncoder:
    """Qwen3 with its tokenizer. Runs on the model's device; gradients flow to it."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> None:
        """``model`` may write text as well; only its body is used here."""
        self.tokenizer, self.model = tokenizer, model
        self.stays = False
        """Whether it works where it is, even if a renderer's other parts come and go."""
        self._ids = lru_cache(maxsize=1024)(self._message)
        self._length = lru_cache(maxsize=4096)(self._count)

    @property
    def body(self) -> nn.Module:
        """The transformer without the head that writes."""
        return self.model.get_submodule("model")

    @property
    def capacity(self) -> int:
        """Tokens of one message besides the chat's own marks."""
        return MOST_TOKENS - len(self._ids(()))

    def ids(self, bag: Bag) -> tuple[int, ...]:
        """The token ids of a message."""
        return self._ids(bag)

    def encode(self, sample: Sequence[Condition]) -> EncodedText:
        """Encode a canvas's conditions, the whole picture's first. Equal messages are encoded once."""
        packed = [bags(condition, self._length, self.capacity) for condition in sample]
        chosen, left_out = bounded(packed, _MOST_MESSAGES)
        unique = list(dict.fromkeys(bag for each in chosen for bag in each))
        known = dict(zip(unique, self.hidden(unique), strict=True))
        messages = [known[bag] for each in chosen for bag in each]
        places = torch.cat([torch.arange(len(each), device=each.device) for each in messages])
        spans = tuple(
            Span(said.box, sum(len(known[bag]) for bag in each), own_strength=said.strength, method=said.method)
            for said, each in zip(sample, chosen, strict=True)
        )
        return EncodedText(torch.cat(messages)[None], places, spans, left_out)

    def hidden(self, messages: Sequence[Bag], at_once: int = _AT_ONCE) -> list[Tensor]:
        """What the model reads of each message, [its tokens, 3 · D]; so many ``at_once``."""
        found: list[Tensor] = []
        for at in range(0, len(messages), at_once):
            found += self._hidden([self._ids(bag) for bag in messages[at : at + at_once]])
        return found

    def _hidden(self, ids: Sequence[Sequence[int]]) -> list[Tensor]:
        lengths = [len(each) for each in ids]
        device = self.model.device
        padded = torch.zeros(len(ids), max(lengths), dtype=torch.long, device=device)
        mask = torch.zeros_like(padded)
        for row, each in enumerate(ids):
            padded[row, : len(each)] = torch.tensor(each, device=device)
            mask[row, : len(each)] = 1
        with _entering(self._read_layers()) as states:
            self.body(input_ids=padded, attention_mask=mask, use_cache=False)
        joined = torch.cat(states, -1)  # [messages, tokens, 3 · D]
        return [row[:length] for row, length in zip(joined, lengths, strict=True)]

    def _read_layers(self) -> list[nn.Module]:
        """The layers whose inputs are read: a quarter, a half and three quarters of the way, 9, 18 and 27 of 36."""
        layers: Any = self.body.get_submodule("layers")
        return [layers[len(layers) * quarter // 4] for quarter in (1, 2, 3)]

    def _message(self, bag: Bag) -> tuple[int, ...]:
        """Long ones lose their last words, as the model's own pipeline cuts them."""
        text: Any = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": " ".join(bag)}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        ids = self.tokenizer(text, truncation=True, max_length=MOST_TOKENS, verbose=False).input_ids
        return tuple(ids)

    def _count(self, text: str) -> int:
        return len(self.tokenizer(f" {text}", add_special_tokens=False, verbose=False).input_ids)


@contextmanager
def _entering(layers: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """Collects what enters each of the layers, in the order in which they run."""
    found: list[Tensor] = []

    def keep(_layer: nn.Module, entered: tuple[Any, ...], named: dict[str, Any]) -> None:
        found.append(entered[0] if entered else named["hidden_states"])

    hooks = [layer.register_forward_pre_hook(keep, with_kwargs=True) for layer in layers]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
