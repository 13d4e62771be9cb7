"""``model.generate``, called as the published system calls it: what our own decoding is measured by.

Knows transformers and nothing of our decoding.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    TextIteratorStreamer,
)

from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.cpu_threads import is_small, threads_for


class Forced(LogitsProcessor):
    """Leaves one token at each step, that of a given ``reply``, and everything after it to the library's sampling."""

    def __init__(self, prompt: int, reply: Sequence[int]) -> None:
        """``prompt`` is the number of tokens before the reply."""
        self._prompt = prompt
        self._reply = reply

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """``scores`` (1 × vocabulary) for what comes after ``input_ids`` (1 × tokens)."""
        forced = torch.full_like(scores, -torch.inf)
        forced[:, self._reply[input_ids.shape[1] - self._prompt]] = 0.0
        return forced


def generate_seconds(
    model: PreTrainedModel,
    prompt: Sequence[int],
    reply: Sequence[int],
    tokenizer: PreTrainedTokenizerBase | None = None,
) -> float:
    """Wall-clock seconds in which ``generate`` reads ``prompt`` and writes ``reply``, token by token.

    Temperature and top-p are the published ones (omost-facts §4). With a ``tokenizer`` the text is streamed, as there.
    The reply's tokens are forced, so that both ways write the same; drawing them costs what it always does. A small
    model has one thread, as when we run it.
    """
    generate: Any = model.generate  # its type says that it is a tensor's method
    streamer = tokenizer and TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
    started = time.perf_counter()
    with threads_for(small=model.device.type == "cpu" and is_small(model)):
        ids = torch.tensor([prompt], device=model.device)
        written = generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            logits_processor=LogitsProcessorList([Forced(len(prompt), reply)]),
            max_new_tokens=len(reply),
            do_sample=True,
            temperature=ComposeOptions.temperature,
            top_p=ComposeOptions.top_p,
            pad_token_id=0,
            streamer=streamer,
        )[0, len(prompt) :].tolist()
    seconds = time.perf_counter() - started
    assert written == list(reply)  # nothing else could be drawn
    return seconds
