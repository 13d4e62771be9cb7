"""The grammar over every kind of tokenizer, and the beginning of an answer after every kind of chat template."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import pytest
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.composer.local.grammar import CanvasGrammar
from omost_pipeline.composer.local.llm import LocalLlm
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.composer.samples import sample_replies
from tests.composer.local.tokenizer_kinds import TOKENIZERS, tokenizer_of

pytestmark = pytest.mark.slow

BEGINNING = "```python\n# Initialize the canvas\ncanvas = Canvas()\n\n# Set a global description for the canvas\n"
STOP = {4}


@pytest.fixture(scope="module", params=TOKENIZERS)
def kind(request: pytest.FixtureRequest) -> PreTrainedTokenizerFast:
    return tokenizer_of(request.param)


@pytest.fixture(scope="module")
def grammar(kind: PreTrainedTokenizerFast) -> CanvasGrammar:
    return CanvasGrammar(kind, len(kind), STOP)


@pytest.mark.parametrize("text", ["'", '"', "\n", "''", "canvas", " canvas", "é 中 x", sample_replies()[0]])
def test_text_is_cut_as_in_the_middle_of_another(grammar: CanvasGrammar, text: str) -> None:
    """SentencePiece puts a space before every text, which would be one more than was asked for."""
    assert grammar.text(grammar.tokens_of(text)) == text.encode()


def test_what_leaves_no_choice_is_not_asked_of_the_model(grammar: CanvasGrammar) -> None:
    forced = grammar.text(grammar.rules().forced()).decode()
    assert forced.startswith(BEGINNING)


def test_written_canvases_are_accepted(grammar: CanvasGrammar) -> None:
    rules = grammar.rules()
    tokens = grammar.tokens_of(sample_replies()[1])
    for token in tokens:
        assert rules.allows(token)
        rules.read([token])
    assert rules.ended


def test_a_string_is_ended_by_its_quote_alone(grammar: CanvasGrammar) -> None:
    rules = grammar.rules()
    begun = canvas_to_reply(Canvas(GlobalDescription("x"))).split("description=")[0] + "description='A cat"
    rules.read(grammar.tokens_of(begun))
    assert grammar.text(rules.close()) == b"'"


def test_a_random_model_writes_a_canvas_in_few_passes(
    kind: PreTrainedTokenizerFast, model_of: Callable[..., LlamaForCausalLM]
) -> None:
    llm = LocalLlm(model_of(vocabulary=len(kind)).eval(), kind, grammar=True)
    text = "".join(llm.compose((), "a ball", ComposeOptions(temperature=1.5, max_new_tokens=24)))
    assert text.startswith(BEGINNING)
    assert llm.passes < 20


THINKING = "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
HEADERS = {
    "Qwen 3, 3.5": ("<|assistant|>" + THINKING, "<|assistant|><think>\n\n</think>\n\n"),
    "SmolLM 3": (
        "<|assistant|>{% if not enable_thinking %}<think>\n\n</think>\n{% endif %}",
        "<|assistant|><think>\n\n</think>\n",
    ),
    "Granite": ("<|assistant|>{% if thinking %}<think>{% endif %}", "<|assistant|>"),
    "always thinks": ("<|assistant|><think>\n", "<|assistant|><think>\n\n</think>\n\n"),
    "gpt-oss": ("<|start|>assistant", "<|start|>assistant<|channel|>final<|message|>"),
}
"""The last that a chat template says, and what a prompt ends with."""


@pytest.mark.parametrize("template", HEADERS)
@pytest.mark.parametrize("held", [True, False])
def test_an_answer_begins_with_the_canvas_whatever_the_template_says_of_thoughts(
    template: str, held: bool, tokenizer: PreTrainedTokenizerFast, model_of: Callable[..., LlamaForCausalLM]
) -> None:
    other = deepcopy(tokenizer)
    header, end = HEADERS[template]
    other.chat_template = (
        "{% for message in messages %}{{ message['content'] }}<|end|>{% endfor %}"
        "{% if add_generation_prompt %}" + header + "{% endif %}"
    )
    llm = LocalLlm(model_of(), other, grammar=held)
    text = other.decode(list(llm.prompt((), "a red ball", 8).ids))
    assert isinstance(text, str)
    assert text.endswith(f"a red ball<|end|>{end}")
