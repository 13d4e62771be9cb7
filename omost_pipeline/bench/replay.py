"""A recording replayed by a real model, whose arithmetic counts while its opinions do not.

Guesses, passes, drawing and cache are those of a reply that the model writes; only what the model makes likely is what
was recorded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import torch
from transformers import PreTrainedModel

from omost_pipeline.bench.measured import Measured, timed
from omost_pipeline.bench.published import generate_seconds
from omost_pipeline.bench.recordings import Recording, sample_tokens
from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.tree import ROOT, TokenTree
from omost_pipeline.composer.protocol import ComposeOptions


class RecordedCache(KvCache):
    """A model that is sure of what was recorded: ``text`` is the prompt and the reply."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__(model)
        self.text: Sequence[int] = ()

    @torch.inference_mode()
    def read(self, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        logits = super().read(ids, tree)
        children = tree.children()
        node = ROOT
        for token in self.text[len(self) :]:
            logits[node + 1] = -torch.inf
            logits[node + 1, token] = 0.0
            if (node, token) not in children:
                break
            node = children[node, token]
        return logits


def replay(model: PreTrainedModel, recording: Recording) -> Iterator[Measured]:
    """Write every reply of a conversation in both ways, with its own turns and the sample canvases to guess from."""
    sampling = Sampling(ComposeOptions.temperature, ComposeOptions.top_p, ComposeOptions.seed)
    cache = RecordedCache(model)
    texts = {token: text for text, token in recording.pieces.items()}
    drafts = Drafts(_readable(sample_tokens(recording.pieces), recording))
    for number, turn in enumerate(recording.turns):
        cache.text = (*turn.prompt, *turn.reply)
        before, started = cache.passes, time.perf_counter()
        drafts.extend(turn.prompt[cache.shared_prefix(turn.prompt) :])
        written = timed(decode(cache, turn.prompt, sampling, (), len(turn.reply), drafts), started)
        assert written.parts == turn.reply  # nothing else could be drawn
        generate = generate_seconds(model, turn.prompt, turn.reply)
        preview = written.until_layout(texts.get(token, "") for token in turn.reply)
        yield Measured(
            recording.name, number, len(turn.reply), cache.passes - before, written.seconds, preview, generate
        )


def _readable(samples: Iterable[Sequence[int]], recording: Recording) -> Iterator[list[int]]:
    """The same, with ids for words that the recording cannot spell which a model can read and no turn holds."""
    written = {token for turn in recording.turns for token in (*turn.prompt, *turn.reply)}
    free = (token for token in count() if token not in written)
    ids: dict[int, int] = {}
    for sample in samples:
        for token in sample:
            if token < 0 and token not in ids:
                ids[token] = next(free)
        yield [ids.get(token, token) for token in sample]
