"""Thoughts are told apart from the answer, however they are marked and wherever the text is cut."""

from __future__ import annotations

import pytest

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.examples import EXAMPLES
from omost_pipeline.composer.protocol import ComposeOptions
from omost_pipeline.composer.reasoning import Reasoning, after_thoughts, lead_to_answer
from tests.composer.conftest import canvas_of
from tests.composer.test_composition import Typist

ANSWER = canvas_to_reply(EXAMPLES[0].canvas)
DRAFT = canvas_to_reply(canvas_of("draft"))
STYLES = [
    ("<think>", "</think>"),
    ("<Thinking>\n", "\n</Thinking>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<seed:think>", "</seed:think>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
]


@pytest.mark.parametrize(("begin", "end"), STYLES)
@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("thoughts", [DRAFT, "canvas.set_global_description(", "Hm."])
def test_thoughts_of_any_style_are_left_out(begin: str, end: str, size: int, thoughts: str) -> None:
    reasoning, text = Reasoning(), f"{begin}{thoughts}{end}{ANSWER}"
    answer = "".join(reasoning.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert answer + reasoning.finish() == ANSWER


def test_a_mark_within_the_canvas_is_its_text() -> None:
    text = ANSWER.replace("teapot", "<think> pot")
    reasoning = Reasoning()
    assert "".join(map(reasoning.feed, text)) + reasoning.finish() == text


def test_thoughts_that_never_end_are_the_answer_only_of_a_whole_reply() -> None:
    for whole, answer in ((True, ANSWER), (False, "")):
        reasoning = Reasoning()
        assert "".join(map(reasoning.feed, f"<think>{ANSWER}")) == ""
        assert reasoning.thinking
        assert reasoning.finish(whole) == answer


def test_the_end_of_thoughts_whose_beginning_nobody_saw() -> None:
    assert after_thoughts(f"{DRAFT}</think>{ANSWER}") == ANSWER
    assert after_thoughts(ANSWER) is None


@pytest.mark.parametrize(
    "thoughts",
    [DRAFT, DRAFT[:80], "canvas.set_global_description(description=5", "canvas.set_global_description(5 5 [ f(\n"],
)
def test_a_draft_before_a_lone_mark_is_not_the_canvas(thoughts: str) -> None:
    composer = Typist([f"{thoughts}</think>{ANSWER}"])
    *_, last = compose_canvas(composer, (), "a teapot", ComposeOptions())
    assert isinstance(last, Composition)
    assert last.parsed.canvas == EXAMPLES[0].canvas


def test_a_canvas_that_nothing_follows_is_the_answer_whatever_mark_stands_behind_it() -> None:
    *_, last = compose_canvas(Typist([f"{ANSWER}\n</think>"]), (), "a teapot", ComposeOptions())
    assert isinstance(last, Composition)
    assert last.parsed.canvas == EXAMPLES[0].canvas


@pytest.mark.parametrize(
    ("header", "lead"),
    [
        ("<|im_start|>assistant\n", ""),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", ""),
        ("<|im_start|>assistant\n<think>\n", "\n</think>\n\n"),
        ("[/INST][THINK]", "\n[/THINK]\n\n"),
        ("<|im_assistant|>assistant<|im_middle|>◁think▷", "\n◁/think▷\n\n"),
        ("<|end|><|start|>assistant", "<|channel|>final<|message|>"),
    ],
)
def test_thoughts_that_a_prompt_has_begun_are_ended_there(header: str, lead: str) -> None:
    assert lead_to_answer(header) == lead
