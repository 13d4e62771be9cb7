"""With the grammar on, whatever the model is, its reply is a canvas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest
import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.local.decoding import ModelReader, Sampling, decode
from omost_pipeline.composer.local.grammar import CanvasGrammar
from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.composer.local.llm import LocalLlm
from omost_pipeline.composer.local.tree import ROOT, TokenTree
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.composer.samples import sample_replies

STOP = {4}


@pytest.fixture(scope="module")
def grammar(tokenizer: PreTrainedTokenizerFast) -> CanvasGrammar:
    return CanvasGrammar(tokenizer, 500, STOP)


@pytest.mark.parametrize("number", range(3))
def test_written_canvases_are_accepted_and_forced_tokens_are_theirs(
    grammar: CanvasGrammar, tokenizer: PreTrainedTokenizerFast, number: int
) -> None:
    ids = tokenizer.encode(sample_replies()[number], add_special_tokens=False)
    rules = grammar.rules()
    read, forced = 0, 0
    while read < len(ids):
        must = rules.forced()
        assert must == ids[read : read + len(must)]
        read, forced = read + len(must), forced + len(must)
        if read < len(ids):
            allowed = rules.allowed()
            assert allowed[ids[read]]
            assert [rules.allows(token) for token in range(read % 9, 500, 9)] == allowed[read % 9 :: 9].tolist()
            rules.read([ids[read]])
            read += 1
    assert forced > len(ids) // 20
    assert rules.ended


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("description='A cat", "'"),
        ("description=\"A cat's", '"'),
        ("description='A cat\\", "''"),
        ("description='A cat.',\n    detailed_descriptions=[\n        'It purrs", "'"),
        (
            (
                "description='',\n    detailed_descriptions=[],\n    tags='',\n    HTML_web_color_name='tan',\n)\n\n"
                "# Add a"
            ),
            "\n",
        ),
        ("description='A cat.',\n    detailed_descriptions=[],\n    tags='cat',\n    HTML_web_color_name='gr", ""),
    ],
)
def test_a_string_is_ended_wherever_it_stands(
    grammar: CanvasGrammar, tokenizer: PreTrainedTokenizerFast, written: str, end: str
) -> None:
    begun = canvas_to_reply(Canvas(GlobalDescription("x"))).split("description=")[0] + written
    rules = grammar.rules()
    rules.read(tokenizer.encode(begun, add_special_tokens=False))
    assert tokenizer.decode(rules.close()) == end


def test_replies_are_followed_each_on_its_own(grammar: CanvasGrammar) -> None:
    one, other = grammar.rules(), grammar.rules()
    must = one.forced()
    one.read([int(one.allowed().nonzero()[0])])
    assert other.forced() == must != []


def test_the_likeliest_token_that_is_allowed_is_written(
    grammar: CanvasGrammar, model_of: Callable[..., LlamaForCausalLM]
) -> None:
    model, prompt, steps = model_of(), [7, 300, 41], 40
    rules = grammar.rules()
    run = [*prompt, *rules.forced()]
    while len(run) < len(prompt) + steps:
        logits = KvCache(model).advance(run).masked_fill(~rules.allowed(), -torch.inf)
        rules.read([int(logits.argmax())])
        run += [int(logits.argmax()), *rules.forced()]
    written = list(decode(KvCache(model), prompt, Sampling(0.0, 1.0, 0), STOP, steps, rules=grammar.rules()))
    assert [*prompt, *written] == run[: len(prompt) + steps]


class Says(KvCache):
    """A model that always has the same opinion."""

    logits: torch.Tensor

    def read(self, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        del ids, tree
        return self.logits[None]


@pytest.mark.parametrize("first", [3.0, 0.5], ids=["sure of one", "sure of none"])
@pytest.mark.parametrize("forbidden", [-9.0, 9.0], ids=["that is allowed", "that is not"])
def test_what_is_allowed_is_drawn_from_its_own_nucleus(
    grammar: CanvasGrammar, model_of: Callable[..., LlamaForCausalLM], first: float, forbidden: float
) -> None:
    rules = grammar.rules()
    rules.forced()
    allowed = rules.allowed().nonzero()[:, 0][:3]
    cache = Says(model_of())
    cache.logits = torch.full((500,), -9.0)
    cache.logits[allowed] = torch.tensor([first, 0.4, 0.0])
    cache.logits[(~rules.allowed()).nonzero()[0]] = forbidden
    reader = ModelReader(cache, Sampling(0.6, 0.9, 1), rules)
    reader.read((), TokenTree())
    draws = 600
    seen = Counter(reader.choose(ROOT) for _ in range(draws))
    exact = torch.softmax(cache.logits[allowed] / 0.6, dim=-1)
    nucleus = int((exact.cumsum(0) - exact < 0.9).sum())
    assert set(seen) == set(allowed[:nucleus].tolist())
    expected = exact[:nucleus] / exact[:nucleus].sum() * draws
    counts = torch.tensor([float(seen[int(token)]) for token in allowed[:nucleus]])
    assert ((counts - expected) ** 2 / expected).sum() < 13.8  # 0.1 % at two degrees of freedom


def test_sample_canvases_are_read_without_correction() -> None:
    assert len(sample_replies()) == 10
    assert all(not parse_canvas(reply).corrections for reply in sample_replies())


@pytest.mark.slow
def test_a_random_model_at_high_temperature_writes_a_canvas(
    model_of: Callable[..., LlamaForCausalLM], tokenizer: PreTrainedTokenizerFast
) -> None:
    model = model_of(context=8192)
    model.eval()
    llm = LocalLlm(model, tokenizer, grammar=True)
    reply = "".join(llm.compose((), "a ball", ComposeOptions(temperature=1.5, top_p=1.0)))
    assert parse_canvas(reply).canvas.scene.color
