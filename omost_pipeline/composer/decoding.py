"""Token by token: the model's memory of a run of tokens, sampling, and the decoding loop.

Works on token ids only; knows no text, tokenizer, chat or canvas.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from transformers import DynamicCache, PreTrainedModel

_ONE_THREAD_PARAMETERS = 20_000_000
"""Up to this size a step is so short that threads cost more to meet than they save (six times slower on a busy CPU)."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen. ``temperature`` 0 always takes the likeliest token and draws nothing."""

    temperature: float
    top_p: float
    seed: int


def sample(logits: torch.Tensor, temperature: float, top_p: float, generator: torch.Generator) -> int:
    """One token id from ``logits`` (vocabulary,), by nucleus sampling (Holtzman et al. 2020, section 3.1).

    The nucleus is the smallest set of likeliest tokens whose probabilities add up to ``top_p`` or more. ``generator``
    lives on the CPU wherever the logits are, so that a seed means the same on every device.
    """
    if temperature == 0.0:
        return int(logits.argmax().item())
    probabilities, tokens = torch.softmax(logits.float() / temperature, dim=-1).sort(descending=True, stable=True)
    reached = probabilities.cumsum(dim=-1)
    nucleus = (reached - probabilities < top_p).sum().clamp(min=1)  # how many tokens
    point = torch.rand((), generator=generator, dtype=torch.float64).item() * reached[nucleus - 1]
    rank = torch.searchsorted(reached, point, right=True).clamp(max=nucleus - 1)
    return int(tokens[rank].item())


class Memory:
    """A causal model and its keys and values for the tokens it has read so far (batch of one).

    Owns the key-value cache. A failed :meth:`advance` forgets everything, so the memory is never half filled.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._tokens: list[int] = []
        self._cache = DynamicCache()
        self._switch = _frequency_switch(model)
        self._small = model.device.type == "cpu" and model.num_parameters() <= _ONE_THREAD_PARAMETERS

    def __len__(self) -> int:
        return len(self._tokens)

    def shared_prefix(self, ids: Sequence[int]) -> int:
        """How many of the first ``ids`` are the first tokens in memory."""
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self._tokens, ids, strict=False)))

    def rewind(self, length: int) -> None:
        """Keep at most the first ``length`` tokens."""
        if len(self._tokens) > self._switch >= length:
            length = 0  # keys of a long run were turned by other frequencies than a short one needs
        if length < len(self._tokens):
            self._cache.crop(length - len(self._tokens))
            del self._tokens[length:]
        if not self._tokens:
            self.clear()

    def advance(self, ids: Sequence[int]) -> torch.Tensor:
        """Read ``ids`` (at least one) after the tokens in memory; the logits (vocabulary,) of what comes next."""
        if len(self._tokens) <= self._switch < len(self._tokens) + len(ids):
            ids = [*self._tokens, *ids]
            self.clear()
        try:
            logits = self._forward(ids)
        except BaseException:
            self.clear()
            raise
        self._tokens.extend(ids)
        return logits

    def clear(self) -> None:
        self._tokens = []
        self._cache = DynamicCache()

    @torch.inference_mode()
    def _forward(self, ids: Sequence[int]) -> torch.Tensor:
        read = torch.tensor([ids], device=self._model.device)  # 1 × tokens
        with _one_thread() if self._small else contextlib.nullcontext():
            output = self._model(input_ids=read, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        logits: torch.Tensor = output.logits[0, -1]
        return logits


@contextlib.contextmanager
def _one_thread() -> Generator[None, None, None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _frequency_switch(model: PreTrainedModel) -> float:
    """Tokens beyond which a LongRoPE model (Phi-3 128k) turns *all* its keys by other frequencies; else infinity."""
    rope = getattr(model.config, "rope_parameters", None) or {}
    if rope.get("rope_type") != "longrope":
        return math.inf
    return float(rope.get("original_max_position_embeddings") or model.config.original_max_position_embeddings)


def decode(
    memory: Memory, prompt: Sequence[int], sampling: Sampling, stop: Collection[int], limit: int
) -> Generator[int, None, None]:
    """Yield up to ``limit`` token ids that follow ``prompt`` (at least one id), ending before the first of ``stop``.

    What ``memory`` already holds of the prompt is not read again. Closing the generator leaves the memory valid.
    """
    generator = torch.Generator().manual_seed(sampling.seed)
    memory.rewind(min(memory.shared_prefix(prompt), len(prompt) - 1))  # the last token is read anew, for its logits
    logits = memory.advance(prompt[len(memory) :])
    for number in range(limit):
        token = sample(logits, sampling.temperature, sampling.top_p, generator)
        if token in stop:
            return
        yield token
        if number + 1 < limit:
            logits = memory.advance([token])
