"""A small Llama run on its own writes what transformers makes of the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.forward import AnyForward, forward_of
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.small_llama import SmallLlama
from omost_pipeline.composer.local.tree import ROOT, TokenTree, chain
from omost_pipeline.profiles import PROFILES

TREE = TokenTree((5, 6, 7, 8, 9, 5), (ROOT, 0, 0, ROOT, 3, 4))
SHAPE: dict[str, Any] = {
    "vocab_size": 23, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 4, "initializer_range": 0.3, "eos_token_id": None,
}  # fmt: skip


def llama(**changes: Any) -> LlamaForCausalLM:  # noqa: ANN401  # settings of every type
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(**SHAPE | changes))
    model.eval()
    return model


def tokens(count: int) -> list[int]:
    return torch.randint(1, 23, (count,), generator=torch.Generator().manual_seed(0)).tolist()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tie_word_embeddings": True},
        {"head_dim": 16},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 7.0}},
    ],
    ids=["plain", "tied", "wide heads", "quick turns"],
)
def test_prompt_tree_and_kept_path_have_the_models_own_logits(changes: dict[str, Any]) -> None:
    model = llama(**changes)
    ours, theirs = forward_of(model), AnyForward(model)
    assert isinstance(ours, SmallLlama)
    reads = [(0, tokens(20), TREE), (23, [3], chain([4, 5])), (24, [7, 8], TokenTree())]
    for start, ids, tree in reads:
        torch.testing.assert_close(ours.read(start, ids, tree), theirs.read(start, ids, tree), atol=1e-4, rtol=1e-4)
        for forward in (ours, theirs):
            if tree is TREE:
                forward.move([23, 24, 25], 20)  # its second branch
                forward.crop(23)
            elif tree.tokens:
                forward.crop(24)


def test_memory_grows_past_its_first_block() -> None:
    model = llama()
    ours, theirs = forward_of(model), AnyForward(model)
    for start, ids in ((0, tokens(500)), (500, tokens(30)), (530, [1])):
        torch.testing.assert_close(
            ours.read(start, ids, TokenTree()), theirs.read(start, ids, TokenTree()), atol=1e-4, rtol=1e-4
        )


def test_greedy_reply_is_that_of_generate() -> None:
    model: Any = llama()
    prompt = tokens(30)
    whole = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=40, pad_token_id=0)[0].tolist()
    assert list(decode(KvCache(model), prompt, Sampling(0.0, 1.0, 0), (), 40)) == whole[30:]


def test_bundled_composer_is_run_so() -> None:
    model = LlamaForCausalLM.from_pretrained(PROFILES["tiny"].composer, dtype=torch.float32)
    assert isinstance(forward_of(model), SmallLlama)


@pytest.mark.parametrize(
    "model",
    [
        llama(num_key_value_heads=2),
        llama(attention_bias=True),
        llama(mlp_bias=True),
        llama(hidden_act="gelu"),
        llama(rope_parameters={"rope_type": "linear", "rope_theta": 10_000.0, "factor": 2.0}),
        llama().bfloat16(),
    ],
    ids=["shared keys", "attention bias", "feed-forward bias", "another activation", "stretched turns", "bfloat16"],
)
def test_every_other_model_is_run_by_transformers(model: LlamaForCausalLM) -> None:
    assert isinstance(forward_of(model), AnyForward)
