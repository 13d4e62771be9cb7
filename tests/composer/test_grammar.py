"""With the grammar on, whatever the model is, its reply is a canvas."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.composer import ComposeOptions
from omost_pipeline.composer.grammar import CanvasGrammar
from omost_pipeline.composer.local_llm import LocalLlm
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
            assert rules.allowed()[ids[read]]
            rules.read([ids[read]])
            read += 1
    assert forced > len(ids) // 20
    assert rules.ended


def test_sample_canvases_are_read_without_correction() -> None:
    assert len(sample_replies()) == 10
    assert all(not parse_canvas(reply).corrections for reply in sample_replies())


def test_a_random_model_at_high_temperature_writes_a_canvas(
    model_of: Callable[..., LlamaForCausalLM], tokenizer: PreTrainedTokenizerFast
) -> None:
    model = model_of(context=8192)
    model.eval()
    llm = LocalLlm(model, tokenizer, grammar=True)
    reply = "".join(llm.compose((), "a ball", ComposeOptions(temperature=1.5, top_p=1.0)))
    assert parse_canvas(reply).canvas.scene.color
