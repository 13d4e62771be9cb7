"""The grammar in every dialect: canvases pass, anything else does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from llguidance import LLMatcher, LLTokenizer
from llguidance.gbnf_to_lark import any_to_lark
from llguidance.hf import from_tokenizer
from transformers import PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.composer.examples import EXAMPLES
from omost_pipeline.composer.language import canvas_gbnf, canvas_lark
from omost_pipeline.composer.samples import sample_replies

DIALECTS: dict[str, Callable[[], str]] = {"lark": canvas_lark, "gbnf": lambda: any_to_lark(canvas_gbnf())}
REPLIES = (*sample_replies(), *(canvas_to_reply(turn.canvas) for turn in EXAMPLES))


@pytest.fixture(scope="module")
def tokens(tokenizer: PreTrainedTokenizerFast) -> LLTokenizer:
    return from_tokenizer(tokenizer, n_vocab=500, eos_token=4)


@pytest.fixture(params=DIALECTS)
def passes(
    request: pytest.FixtureRequest, tokens: LLTokenizer, tokenizer: PreTrainedTokenizerFast
) -> Callable[[str], bool]:
    grammar = LLMatcher.grammar_from_lark(DIALECTS[request.param]())

    def check(reply: str) -> bool:
        matcher = LLMatcher(tokens, grammar)
        ids = tokenizer.encode(reply, add_special_tokens=False)
        return matcher.try_consume_tokens(ids) == len(ids) and matcher.is_accepting()

    return check


def test_written_canvases_pass(passes: Callable[[str], bool]) -> None:
    assert [passes(reply) for reply in REPLIES] == [True] * len(REPLIES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("location='on the left'", "location='over there'"),
        ("distance_to_viewer=1.0", "distance_to_viewer=near"),
        ("HTML_web_color_name='tan'", "HTML_web_color_name='sand'"),
        ("A kitchen table", "A kitchen's table"),
        ("canvas = Canvas()", "import os"),
        ("A kitchen table", "A kitchen " + "very " * 100 + "table"),
        ("\n```", "\nprint(canvas)\n```"),
    ],
)
def test_what_is_no_canvas_does_not_pass(passes: Callable[[str], bool], old: str, new: str) -> None:
    reply = canvas_to_reply(EXAMPLES[0].canvas)
    assert old in reply
    assert not passes(reply.replace(old, new))


def test_a_quote_in_a_text_passes_where_it_is_written_as_python_does(passes: Callable[[str], bool]) -> None:
    reply = canvas_to_reply(EXAMPLES[0].canvas)
    for text in (r"'A cook\'s table.'", '"A cook\'s table."', r'"A \"fine\" table."', "'Ein Tisch für vier, 木の机.'"):
        assert passes(reply.replace("'A plain wooden table fills the lower half of the picture.'", text))
