"""Guesses save passes and change nothing else: not one greedy token, and not the distribution of drawn ones."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.drafts import Cost, Drafts
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.pace import Pace
from omost_pipeline.composer.local.prediction import NextTokens
from omost_pipeline.composer.local.tree import ROOT, TokenTree, chain, depth_first

TREE = TokenTree((5, 6, 7, 8, 9, 5), (ROOT, 0, 0, ROOT, 3, 4))


@pytest.fixture(scope="module", params=[2, 4], ids=["by transformers", "on its own"])
def llama(request: pytest.FixtureRequest) -> LlamaForCausalLM:
    """Run in both ways there are: see ``forward_of``."""
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=23, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=request.param, initializer_range=0.3,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    model.eval()
    return model


def drafts(prompt: list[int]) -> Drafts:
    made = Drafts()
    made.extend(prompt)
    return made


def test_every_branch_of_a_tree_is_read_as_if_it_stood_alone(llama: LlamaForCausalLM) -> None:
    logits = KvCache(llama).read([1, 2, 3], TREE)
    branches: tuple[list[int], ...] = ([], [5], [5, 6], [5, 7], [8], [8, 9], [8, 9, 5])
    for row, branch in zip(logits, branches, strict=True):
        torch.testing.assert_close(row, KvCache(llama).advance([1, 2, 3, *branch]), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("path", [[], [0], [0, 1], [0, 2], [3, 4, 5]])
def test_kept_path_is_remembered_and_the_rest_forgotten(llama: LlamaForCausalLM, path: list[int]) -> None:
    cache = KvCache(llama)
    cache.read([1, 2, 3], TREE)
    cache.keep(path)
    kept = [1, 2, 3, *(TREE.tokens[node] for node in path)]
    assert len(cache) == len(kept)
    torch.testing.assert_close(cache.advance([4]), KvCache(llama).advance([*kept, 4]), atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_greedy_tokens_are_the_same_with_drafts(llama: LlamaForCausalLM) -> None:
    for seed in range(3):
        prompt = torch.randint(1, 23, (40,), generator=torch.Generator().manual_seed(seed)).tolist()
        plain = list(decode(KvCache(llama), prompt, Sampling(0.0, 1.0, 0), {0}, 80))
        assert list(decode(KvCache(llama), prompt, Sampling(0.0, 1.0, 0), {0}, 80, drafts(prompt))) == plain


def test_a_reply_written_before_takes_few_passes(llama: LlamaForCausalLM) -> None:
    prompt = torch.randint(1, 23, (40,), generator=torch.Generator().manual_seed(0)).tolist()
    reply = list(decode(KvCache(llama), prompt, Sampling(0.0, 1.0, 0), (), 60))
    cache = KvCache(llama)
    again = list(decode(cache, prompt, Sampling(0.0, 1.0, 0), (), 60, drafts([*prompt, *reply, *prompt])))
    assert again == reply
    assert cache.passes <= 20


@pytest.mark.slow
def test_drawn_tokens_follow_the_same_distribution_with_drafts(llama: LlamaForCausalLM) -> None:
    """At the published temperature and top-p: runs of three tokens, seeds of their own on each side."""
    prompt, draws = [4, 9, 2, 4, 9, 7, 4, 9], 500
    sides: list[Counter[tuple[int, ...]]] = [Counter(), Counter()]
    memories = KvCache(llama), KvCache(llama)
    for seed in range(draws):
        plain = decode(memories[0], prompt, Sampling(0.6, 0.9, seed), (), 3)
        guessed = decode(memories[1], prompt, Sampling(0.6, 0.9, draws + seed), (), 3, drafts(prompt))
        sides[0][tuple(plain)] += 1
        sides[1][tuple(guessed)] += 1
    common = [run for run, seen in (sides[0] + sides[1]).items() if seen >= 10]
    pairs = [(sides[0][run], sides[1][run]) for run in common]
    pairs.append((draws - sum(one for one, _ in pairs), draws - sum(two for _, two in pairs)))
    chi_square = sum((one - two) ** 2 / (one + two) for one, two in pairs if one + two)
    freedom = len(pairs) - 1
    assert freedom >= 3
    assert chi_square < freedom + 4.0 * (2.0 * freedom) ** 0.5  # about one honest sampler in three thousand exceeds it


@pytest.mark.slow
def test_same_seed_draws_the_same_tokens_with_drafts(llama: LlamaForCausalLM) -> None:
    prompt = [4, 9, 2, 4, 9, 7, 4, 9]
    for seed in range(5):
        sampling = Sampling(0.6, 0.9, seed)
        plain = list(decode(KvCache(llama), prompt, sampling, (), 40))
        assert list(decode(KvCache(llama), prompt, sampling, (), 40, drafts(prompt))) == plain


def test_an_edited_text_is_followed_over_a_replacement_and_the_replacement_is_learnt() -> None:
    old = [*range(10, 40), 99, *range(40, 70), 99, *range(70, 90)]
    made = drafts([1, 2, 3, *old, 7, 1, 2, 3])
    made.extend([*range(10, 40), 98])
    assert chain(list(range(40, 46))).tokens == made.propose(Cost(6, 0.0)).tokens
    made.extend(range(40, 70))
    assert made.propose(Cost(4, 0.0)).tokens[:2] == (98, 70)


def test_a_reply_follows_what_came_after_the_last_header_from_its_first_token_on() -> None:
    header = [1, 2]
    made = drafts([7, *header, *range(10, 40), 8, *header, *range(50, 60), 9, *header])
    made.follow(header)
    assert made.propose(Cost(5, 0.0)).tokens == tuple(range(50, 55))
    alone = drafts([*range(10, 40), *header])
    before = alone.propose(Cost(5, 0.0))
    alone.follow(header)
    assert alone.propose(Cost(5, 0.0)) == before


def test_a_dear_device_gets_fewer_guesses() -> None:
    made = drafts([*range(10, 60), *range(10, 20)])
    assert 0 < len(made.propose(Cost(64, 0.3))) < len(made.propose(Cost(64, 0.001)))


def test_first_children_stand_right_behind_their_parents() -> None:
    tree = depth_first([1, 2, 3, 4], [ROOT, ROOT, 0, 2])
    assert tree == TokenTree((1, 3, 4, 2), (ROOT, 0, 1, ROOT))
    assert not tree.is_chain
    assert chain([1, 2]).is_chain


def test_what_is_frequent_at_all_is_guessed_after_a_word_never_seen() -> None:
    made = drafts([2, 30, 1, 2, 31, 1, 2, 32, 1, 2, 33])
    assert 1 in made.propose(Cost(16, 0.002)).tokens


def test_guesses_are_at_most_certain_together() -> None:
    following = NextTokens()
    for token, after in ((1, 2), (1, 3), (1, 2), (4, 2), (5, 1)):
        following.learn((token,), after)
    found = following.guesses((1,), 0.9, least=0.0, without=[3])
    assert {token for token, _ in found} == {1, 2}
    assert 0.0 < sum(share for _, share in found) <= 0.9


def test_the_end_of_a_reply_is_never_guessed() -> None:
    prompt = [4, 9, 2, 7, 4, 9, 2, 7, 4, 9, 2]
    for never, expected in (((), True), ((7,), False)):
        made = Drafts(never=never)
        made.extend(prompt)
        assert (7 in made.propose(Cost()).tokens) == expected


def test_what_guesses_cost_is_not_learnt_from_the_first_passes_of_a_reply() -> None:
    """They read weights that other models have pushed out of the caches, and come with the longest guesses."""
    pace = Pace("cpu")
    first = pace.cost(100)
    for reply in range(4):
        pace.rest()
        for tokens in (60, 40, 20):
            pace.start()
            pace.stop(tokens)
        assert pace.cost(100) == first, reply
    for tokens in (1, 2, 3, 4, 5):
        pace.start()
        pace.stop(tokens)
    assert pace.cost(100) != first
