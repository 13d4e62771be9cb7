"""Language models that people would name, at random weights: drafts change no distribution, the grammar holds, and what
a model can do is known from its configuration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from omost_pipeline.composer.local.abilities import abilities_of
from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.kv_pool import KvPool
from omost_pipeline.composer.local.llm import LocalLlm
from omost_pipeline.composer.local.pace import Pace
from omost_pipeline.composer.local.tree import ROOT, TokenTree
from omost_pipeline.composer.protocol import ComposeOptions

pytestmark = pytest.mark.slow

WINDOW = 12
SHAPE: dict[str, Any] = {
    "vocab_size": 500, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 4096, "initializer_range": 0.4,
    "bos_token_id": 0, "eos_token_id": 4, "pad_token_id": 0,
}  # fmt: skip
SLIDING = {"sliding_window": WINDOW, "layer_types": ["sliding_attention", "full_attention"] * 2}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "Llama 3": ("Llama", {"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0,
                "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}}),
    "Phi-3 4k": ("Phi3", {"sliding_window": WINDOW}),
    "Phi-4": ("Phi3", {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.75}}),
    "Qwen 2.5": ("Qwen2", {}),
    "Qwen 2.5 sliding": ("Qwen2", {"use_sliding_window": True, "max_window_layers": 2, "sliding_window": WINDOW}),
    "Qwen 3": ("Qwen3", {}),
    "Gemma 2": ("Gemma2", SLIDING),
    "Gemma 3": ("Gemma3Text", SLIDING),
    "Mistral": ("Mistral", {"sliding_window": WINDOW}),
    "Granite": ("Granite", {"embedding_multiplier": 2.0, "logits_scaling": 2.0}),
    "SmolLM 3": ("SmolLM3", {"no_rope_layers": [1, 1, 1, 0]}),
    "gpt-oss": ("GptOss", {**SLIDING, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "Cohere 2": ("Cohere2", SLIDING),
    "OLMo 3": ("Olmo3", SLIDING),
}  # fmt: skip
RECURRENT: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen 3.5": ("Qwen3_5Text", {"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8,
                 "linear_value_head_dim": 8, "layer_types": ["linear_attention"] * 3 + ["full_attention"]}),
    "LFM2": ("Lfm2", {"layer_types": ["conv", "full_attention"] * 2}),
    "Granite 4 hybrid": ("GraniteMoeHybrid", {"mamba_d_state": 16, "mamba_d_head": 8, "mamba_n_heads": 8,
                         "mamba_n_groups": 1, "num_local_experts": 0, "shared_intermediate_size": 64,
                         "layer_types": ["mamba", "attention"] * 2}),
    "Bamba": ("Bamba", {"mamba_d_state": 16, "mamba_d_head": 8, "mamba_n_heads": 8, "mamba_n_groups": 1,
              "attn_layer_indices": [1, 3]}),
    "Falcon-H1": ("FalconH1", {"mamba_d_ssm": 64, "mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 16}),
    "Mamba": ("Mamba", {"state_size": 8, "num_hidden_layers": 3}),
    "Mamba 2": ("Mamba2", {"state_size": 16, "num_heads": 8, "head_dim": 8, "n_groups": 1, "num_hidden_layers": 3}),
}  # fmt: skip
QUICK = {"Gemma 3", "LFM2"}
"""A window, and recurrent states beside attention: in every check; the others are slow."""

GREEDY = Sampling(0.0, 1.0, 0)
STATE_SPACE = {"Mamba", "Mamba 2"}


def cases(*kinds: str) -> list[Any]:
    return [pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in kinds]


def made(kind: str) -> PreTrainedModel:
    name, changes = (KINDS | RECURRENT)[kind]
    shape = {key: SHAPE[key] for key in ("vocab_size", "hidden_size")} if kind in STATE_SPACE else SHAPE
    library: Any = transformers
    config = getattr(library, f"{name}Config")(**{**shape, **changes})
    torch.manual_seed(1)
    model: PreTrainedModel = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.25)
    model.eval()
    return model


@pytest.fixture(scope="module")
def model_of_kind() -> Callable[[str], PreTrainedModel]:
    found: dict[str, PreTrainedModel] = {}
    return lambda kind: found[kind] if kind in found else found.setdefault(kind, made(kind))


def tokens(count: int, seed: int = 0) -> list[int]:
    return torch.randint(5, 500, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def alone(model: PreTrainedModel, run: list[int]) -> torch.Tensor:
    """The logits behind ``run``, read at once and without any cache."""
    with torch.inference_mode():
        output: Any = model(input_ids=torch.tensor([run]), use_cache=False)
    logits: torch.Tensor = output.logits[0, -1]
    return logits


TREE = TokenTree((7, 8, 9, 10, 11, 12), (ROOT, 0, 1, 0, ROOT, 4))


@pytest.mark.parametrize("kind", cases(*KINDS))
def test_every_branch_is_read_as_if_it_were_the_text(
    kind: str, model_of_kind: Callable[[str], PreTrainedModel]
) -> None:
    """Longer than the window, so that a mask without one would show."""
    model, prompt = model_of_kind(kind), tokens(40)
    cache = KvCache(model)
    cache.advance(prompt[:33])
    logits = cache.read(prompt[33:], TREE)
    for row, branch in zip(logits, ([], [7], [7, 8], [7, 8, 9], [7, 10], [11], [11, 12]), strict=True):
        torch.testing.assert_close(row, alone(model, [*prompt, *branch]), atol=2e-3, rtol=2e-3)
    cache.keep([0, 3])
    torch.testing.assert_close(cache.advance([20]), alone(model, [*prompt, 7, 10, 20]), atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("kind", cases(*KINDS, *RECURRENT))
def test_likeliest_text_is_the_same_with_drafts_and_without(
    kind: str, model_of_kind: Callable[[str], PreTrainedModel]
) -> None:
    model, prompt = model_of_kind(kind), tokens(30)
    run = list(prompt)
    for _ in range(24):
        run.append(int(alone(model, run).argmax()))
    drafts = Drafts()
    drafts.extend([*run, *prompt])  # it has seen just that before
    cache = KvCache(model)
    assert list(decode(cache, prompt, GREEDY, (), 24)) == run[30:]
    assert list(decode(KvCache(model), prompt, GREEDY, (), 24, drafts)) == run[30:]


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_tokens_follow_the_models_distribution_with_drafts(
    kind: str, model_of_kind: Callable[[str], PreTrainedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first token, read together with a draft tree that guesses it, over 250 seeds at temperature 0.6."""
    monkeypatch.setattr(Pace, "_node", lambda _: 0.001)
    model, prompt, draws = model_of_kind(kind), tokens(30), 250
    exact = torch.softmax(alone(model, prompt) / 0.6, dim=-1)
    shares, likely = exact.sort(descending=True)
    nucleus = int((shares.cumsum(0) - shares < 0.9).sum())
    drafts_of = [[*prompt, int(token), 6, 7] for token in likely[:4]]
    cache, seen = KvCache(model), Counter[int]()
    for seed in range(draws):
        drafts = Drafts()
        for guess in (*drafts_of, prompt):
            drafts.extend(guess)
        first, *_ = decode(cache, prompt, Sampling(0.6, 0.9, seed), (), 2, drafts)
        seen[first] += 1
    assert set(seen) <= set(likely[:nucleus].tolist())
    expected = shares[:nucleus] / shares[:nucleus].sum() * draws
    counts = torch.tensor([float(seen[int(token)]) for token in likely[:nucleus]])
    rare = expected < 5
    pooled = [(counts[rare].sum(), expected[rare].sum())] if bool(rare.any()) else []
    pairs = [*zip(counts[~rare], expected[~rare], strict=True), *pooled]
    chi_square = sum(float((count - wanted) ** 2 / wanted) for count, wanted in pairs)
    freedom = max(len(pairs) - 1, 1)
    assert chi_square < freedom + 4.0 * (2.0 * freedom) ** 0.5 + 5.0  # far beyond the 0.1 % of honest samplers


@pytest.mark.parametrize("kind", [*KINDS, *RECURRENT])
def test_each_seed_writes_the_same_text_with_drafts_and_without(
    kind: str, model_of_kind: Callable[[str], PreTrainedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole texts at temperature 0.6: all that was written with other seeds is guessed, right or wrong."""
    monkeypatch.setattr(Pace, "_node", lambda _: 0.001)
    prompt, cache = tokens(30), KvCache(model_of_kind(kind))
    sampled = [Sampling(0.6, 0.9, seed) for seed in range(12)]
    plain = [list(decode(cache, prompt, sampling, (), 24)) for sampling in sampled]
    assert len({tuple(text) for text in plain}) > 6
    drafts = Drafts()
    for text in plain:
        drafts.extend([*prompt, *text])
    drafts.extend(prompt)
    before = cache.passes
    assert [list(decode(cache, prompt, sampling, (), 24, drafts)) for sampling in sampled] == plain
    if kind in KINDS:
        assert cache.passes - before < 12 * 24 / 2  # guesses were taken, not only offered


@pytest.mark.parametrize("kind", cases(*RECURRENT))
def test_recurrent_models_alternate_without_taking_tokens_back(
    kind: str, model_of_kind: Callable[[str], PreTrainedModel]
) -> None:
    model = model_of_kind(kind)
    assert not abilities_of(model.config).rewinds
    pool = KvPool(KvCache(model))
    for prompt in (tokens(20), tokens(20, 1), tokens(20) + tokens(6, 2), tokens(12), tokens(20, 1)):
        run = list(prompt)
        for _ in range(6):
            run.append(int(alone(model, run).argmax()))
        cache = pool.take(prompt)
        assert list(decode(cache, prompt, GREEDY, (), 6)) == run[len(prompt) :]
        pool.give_back(cache, prompt)


@pytest.mark.parametrize("kind", cases(*KINDS, *RECURRENT))
def test_replies_are_canvases_by_the_grammar(
    kind: str, model_of_kind: Callable[[str], PreTrainedModel], tokenizer: PreTrainedTokenizerFast
) -> None:
    llm = LocalLlm(model_of_kind(kind), tokenizer, grammar=True)
    text = "".join(llm.compose((), "a red ball", ComposeOptions(temperature=1.5, max_new_tokens=40)))
    assert text.startswith("```python\n# Initialize the canvas\ncanvas = Canvas()")


def test_what_cannot_be_used_is_refused_in_a_sentence() -> None:
    assert "reads with an encoder" in abilities_of(transformers.T5Config()).refusal
    assert "keeps a cache of its own" in abilities_of(transformers.MiniMaxConfig()).refusal
    assert "is not a language model" in abilities_of(transformers.ViTConfig()).refusal
    assert "cannot take tokens back" in abilities_of(transformers.Lfm2Config(layer_types=["conv"] * 32)).note


def test_doctor_says_what_a_hybrid_model_cannot_do(
    tmp_path: Path, model_of_kind: Callable[[str], PreTrainedModel], tokenizer: PreTrainedTokenizerFast
) -> None:
    from dataclasses import replace

    from bot.ops.composers import examine_composer
    from bot.ops.finding import Verdict
    from omost_pipeline.profiles import PROFILES

    model_of_kind("LFM2").save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    finding = examine_composer(replace(PROFILES["tiny"], composer=str(tmp_path)))
    assert finding.verdict is Verdict.NOTE
    assert "cannot take tokens back" in finding.found
