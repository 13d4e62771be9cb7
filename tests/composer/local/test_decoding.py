"""Sampling follows its distribution; decoding is the model's own, whatever is remembered."""

from __future__ import annotations

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Phi3Config, Phi3ForCausalLM, PreTrainedModel

from omost_pipeline.composer.local.decoding import Sampling, alone_in_nucleus, decode, sample
from omost_pipeline.composer.local.kv_cache import KvCache

GREEDY = Sampling(0.0, 1.0, 0)
STEPS = 24


@pytest.fixture(scope="module")
def llama() -> LlamaForCausalLM:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=97, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, initializer_range=0.5,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    model.eval()
    return model


@pytest.fixture(scope="module")
def phi() -> Phi3ForCausalLM:
    """Two heads of 8 and LongRoPE that switches its frequencies after 20 tokens."""
    torch.manual_seed(1)
    config = Phi3Config(
        vocab_size=97, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, initializer_range=0.5, max_position_embeddings=80, original_max_position_embeddings=20,
        rope_parameters={
            "rope_type": "longrope", "short_factor": [1.0] * 4, "long_factor": [3.0, 4.0, 5.0, 6.0],
            "original_max_position_embeddings": 20, "rope_theta": 10_000.0,
        },
        pad_token_id=0, bos_token_id=0, eos_token_id=None,
    )  # fmt: skip
    model = Phi3ForCausalLM(config)
    model.eval()
    return model


def tokens(count: int, seed: int = 0) -> list[int]:
    return torch.randint(1, 97, (count,), generator=torch.Generator().manual_seed(seed)).tolist()


def reference(model: PreTrainedModel, prompt: list[int], steps: int = STEPS) -> list[int]:
    """Greedy continuation with no cache at all: the whole run is read anew for each token."""
    run = list(prompt)
    with torch.inference_mode():
        for _ in range(steps):
            run.append(int(model(input_ids=torch.tensor([run]), use_cache=False).logits[0, -1].argmax()))
    return run[len(prompt) :]


@pytest.mark.slow
def test_samples_follow_the_tempered_nucleus() -> None:
    logits = torch.tensor([0.1, 2.0, 1.0, -1.0, 1.5, 0.5])
    temperature, top_p, draws = 0.8, 0.75, 20_000
    exact = torch.softmax(logits / temperature, dim=-1)  # .07 .43 .12 .02 .23 .11 (about): 1, 4, 2 reach 0.75
    kept = torch.tensor([False, True, True, False, True, False])
    exact = torch.where(kept, exact, 0.0) / exact[kept].sum()
    generator = torch.Generator().manual_seed(5)
    seen = torch.bincount(
        torch.tensor([sample(logits, Sampling(temperature, top_p, 0), generator) for _ in range(draws)]), minlength=6
    )
    assert seen[~kept].sum() == 0
    chi_square = ((seen[kept] - draws * exact[kept]) ** 2 / (draws * exact[kept])).sum()
    assert chi_square < 13.8  # 0.1 % of honest samplers exceed this with two degrees of freedom


@pytest.mark.slow
def test_whole_distribution_is_sampled_where_top_p_is_one() -> None:
    logits = torch.tensor([0.0, 1.0, 2.0, 3.0])
    exact = torch.softmax(logits, dim=-1)
    generator = torch.Generator().manual_seed(3)
    seen = torch.bincount(
        torch.tensor([sample(logits, Sampling(1.0, 1.0, 0), generator) for _ in range(20_000)]), minlength=4
    )
    assert ((seen - 20_000 * exact) ** 2 / (20_000 * exact)).sum() < 16.3  # 0.1 %, three degrees of freedom


@pytest.mark.parametrize(("temperature", "top_p"), [(0.0, 1.0), (1.0, 1e-9), (1e-4, 1.0)])
def test_extremes_take_the_likeliest(temperature: float, top_p: float) -> None:
    logits = torch.tensor([0.0, 3.0, 2.9])
    generator = torch.Generator().manual_seed(0)
    assert {sample(logits, Sampling(temperature, top_p, 0), generator) for _ in range(50)} == {1}


def test_a_token_alone_in_its_nucleus_is_known_without_drawing() -> None:
    rows = torch.tensor([[0.0, 5.0, 0.0], [4.0, 3.9, 0.0], [0.0, 0.0, 2.0]])
    sampling = Sampling(0.6, 0.9, 0)
    assert alone_in_nucleus(rows, sampling) == [1, None, 2]
    assert alone_in_nucleus(rows, GREEDY) == [1, 0, 2]
    generator = torch.Generator().manual_seed(2)
    assert [len({sample(row, sampling, generator) for _ in range(60)}) for row in rows] == [1, 2, 1]


def test_greedy_decoding_is_the_models_own(llama: LlamaForCausalLM) -> None:
    prompt = tokens(30)
    assert list(decode(KvCache(llama), prompt, GREEDY, (), STEPS)) == reference(llama, prompt)


@pytest.mark.slow
def test_remembered_prefix_changes_nothing(llama: LlamaForCausalLM) -> None:
    cache = KvCache(llama)
    first = list(decode(cache, tokens(30), GREEDY, (), STEPS))
    for prompt in (tokens(30) + first + tokens(9, 1), tokens(30)[:12] + tokens(10, 2), tokens(30), tokens(5, 3)):
        assert list(decode(cache, prompt, GREEDY, (), STEPS)) == reference(llama, prompt)


def test_remembered_prefix_is_not_read_again(llama: LlamaForCausalLM) -> None:
    read: list[int] = []
    hook = llama.register_forward_pre_hook(
        lambda _, __, named: read.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    cache = KvCache(llama)
    prompt = tokens(30)
    reply = list(decode(cache, prompt, GREEDY, (), 5))
    list(decode(cache, prompt + reply + tokens(4, 1), GREEDY, (), 1))
    hook.remove()
    assert read == [30, 1, 1, 1, 1, 5]  # the reply's last token was yielded but never read


def test_closing_early_leaves_the_memory_usable(llama: LlamaForCausalLM) -> None:
    cache = KvCache(llama)
    run = decode(cache, tokens(30), GREEDY, (), STEPS)
    heard = [next(run) for _ in range(3)]
    run.close()
    assert len(cache) == 32
    assert heard == reference(llama, tokens(30), 3)
    assert list(decode(cache, tokens(30), GREEDY, (), STEPS)) == reference(llama, tokens(30))


def test_failed_step_forgets_everything(llama: LlamaForCausalLM) -> None:
    cache = KvCache(llama)
    cache.advance(tokens(10))
    with pytest.raises(IndexError):
        cache.advance([97])  # beyond the vocabulary
    assert len(cache) == 0
    assert list(decode(cache, tokens(30), GREEDY, (), 4)) == reference(llama, tokens(30), 4)


def test_stop_token_ends_the_run_and_is_not_yielded(llama: LlamaForCausalLM) -> None:
    whole = reference(llama, tokens(30))
    stop = whole[7]
    assert list(decode(KvCache(llama), tokens(30), GREEDY, {stop}, STEPS)) == whole[: whole.index(stop)]


def test_seed_decides_the_run(llama: LlamaForCausalLM) -> None:
    def run(seed: int) -> list[int]:
        return list(decode(KvCache(llama), tokens(8), Sampling(2.0, 1.0, seed), (), 12))

    assert run(1) == run(1)
    assert run(1) != run(2)


@pytest.mark.slow
@pytest.mark.parametrize("length", [8, 19, 20, 21, 30])
def test_longrope_models_reread_when_their_frequencies_switch(phi: Phi3ForCausalLM, length: int) -> None:
    cache = KvCache(phi)
    for prompt in (tokens(length), tokens(length)[:6] + tokens(4, 1), tokens(length) + tokens(3, 2)):
        assert list(decode(cache, prompt, GREEDY, (), 16)) == reference(phi, prompt, 16)
