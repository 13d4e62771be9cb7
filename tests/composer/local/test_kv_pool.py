"""Conversations that take turns: nothing is read twice, within a bound of bytes, and no word changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from transformers import LlamaForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from omost_pipeline.composer.local.decoding import Sampling, decode
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.kv_pool import KvPool
from omost_pipeline.composer.local.llm import LocalLlm
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from tests.composer.conftest import canvas_of

GREEDY = Sampling(0.0, 1.0, 0)
OPTIONS = ComposeOptions(temperature=0.0, max_new_tokens=24)
THINGS = ("ball", "tree", "house", "dragon")
ModelOf = Callable[..., LlamaForCausalLM]


@pytest.fixture
def model(model_of: ModelOf) -> LlamaForCausalLM:
    made = model_of()
    made.eval()
    return made


@contextmanager
def counting(model: PreTrainedModel) -> Iterator[list[int]]:
    """How many tokens each forward pass reads."""
    read: list[int] = []
    hook = model.register_forward_pre_hook(
        lambda _, __, named: read.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    try:
        yield read
    finally:
        hook.remove()


def ids(first: int, count: int) -> list[int]:
    return [(first + number * 7) % 490 + 5 for number in range(count)]


def write(pool: KvPool, prompt: Sequence[int], count: int = 8) -> list[int]:
    cache = pool.take(prompt)
    reply = list(decode(cache, prompt, GREEDY, (), count))
    pool.give_back(cache, prompt)
    return reply


def talk(llm: LocalLlm, order: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """Turns of conversations in this order; each answer is said to have been the canvas that was asked for."""
    histories: dict[int, list[Turn]] = {}
    texts = {}
    for conversation, turn in order:
        history, thing = histories.setdefault(conversation, []), THINGS[conversation]
        texts[conversation, turn] = "".join(llm.compose(history, f"a {thing}, please", OPTIONS))
        history.append(Turn(f"a {thing}, please", canvas_of(*[f"{thing} {number}" for number in range(turn + 1)])))
    return texts


@pytest.mark.slow
def test_conversations_that_alternate_read_what_they_read_one_after_another(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
) -> None:
    one_by_one = [(conversation, turn) for conversation in range(4) for turn in range(3)]
    turn_about = sorted(one_by_one, key=lambda place: place[::-1])
    found = []
    for order in (one_by_one, turn_about):
        llm = LocalLlm(model, tokenizer)
        llm._drafts = None  # whose length goes by the clock
        with counting(model) as read:
            found.append((talk(llm, order), sum(read), len(read)))
    assert found[1][0] == found[0][0]
    assert found[1][2] == found[0][2]
    assert found[1][1] <= 1.02 * found[0][1]


def test_what_everybody_begins_with_is_read_once(model: LlamaForCausalLM) -> None:
    pool, common = KvPool(KvCache(model)), ids(3, 60)
    with counting(model) as read:
        for first in (100, 200, 300):
            write(pool, [*common, *ids(first, 5)], 1)
    assert read == [65, 5, 5]


def test_idle_caches_stay_within_the_bound_and_the_oldest_goes_first(model: LlamaForCausalLM) -> None:
    prompts = [ids(first, 100) for first in (1, 2, 3)]
    sized = KvPool(KvCache(model))
    write(sized, prompts[0], 1)
    pool = KvPool(KvCache(model), limit=2.5 * sized.nbytes)
    for prompt in (*prompts, prompts[1]):
        write(pool, prompt, 1)
        assert pool.nbytes <= 2.5 * sized.nbytes
    assert len(pool) == 2
    with counting(model) as read:
        for prompt in (prompts[1], prompts[2], prompts[0]):
            write(pool, prompt, 1)
    assert read == [1, 1, 100]


def test_a_single_conversation_may_be_longer_than_the_bound(model: LlamaForCausalLM) -> None:
    pool, prompt = KvPool(KvCache(model), limit=1), ids(1, 50)
    reply = write(pool, prompt)
    with counting(model) as read:
        write(pool, [*prompt, *reply, *ids(9, 3)], 1)
    assert read == [4]


@pytest.mark.slow
def test_both_answers_to_the_same_words_can_be_gone_on_from(model: LlamaForCausalLM) -> None:
    """Two people begin alike, or one asks again: neither answer is lost."""
    pool, prompt = KvPool(KvCache(model)), ids(1, 50)
    replies = [[*reply, *ids(number, 60)] for number, reply in ((5, write(pool, prompt)), (9, write(pool, prompt)))]
    longer = [[*prompt, *reply] for reply in replies]
    for words in longer:
        write(pool, words, 60)
    with counting(model) as read:
        for words in longer:
            write(pool, [*words, 8], 1)
    assert max(read) <= 33


@pytest.mark.slow
def test_an_answer_that_was_asked_for_anew_goes_before_other_conversations(model: LlamaForCausalLM) -> None:
    others, again = ids(1, 100), ids(2, 100)
    sized = KvPool(KvCache(model))
    write(sized, others, 40)
    pool = KvPool(KvCache(model), limit=2.5 * sized.nbytes)
    for prompt in (others, again, again, again):
        write(pool, prompt, 40)
    with counting(model) as read:
        write(pool, others, 1)
    assert read == [1]


def test_two_replies_at_once_have_a_cache_each(model: LlamaForCausalLM) -> None:
    pool, prompt = KvPool(KvCache(model)), ids(1, 30)
    alone = write(KvPool(KvCache(model)), prompt)
    caches = [pool.take(prompt), pool.take(prompt)]
    runs = [decode(cache, prompt, GREEDY, (), 8) for cache in caches]
    heard = [tokens for pair in zip(*runs, strict=True) for tokens in pair]
    assert heard[::2] == heard[1::2] == alone


def test_a_cache_that_waited_in_the_computers_memory_is_as_it_was(model: LlamaForCausalLM) -> None:
    prompt = ids(1, 30)
    cache = KvCache(model)
    cache.advance(prompt)
    cache.offload()
    cache.fetch()
    expected = KvCache(model)
    expected.advance(prompt)
    assert cache.advance([7]).equal(expected.advance([7]))
