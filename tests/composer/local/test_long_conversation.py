"""Edits never run out: the prompt of the two hundredth is as sound as that of the first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.composer.budget import least_reply
from omost_pipeline.composer.local.llm import LocalLlm
from omost_pipeline.composer.prompt import SYSTEM_PROMPT
from omost_pipeline.composer.protocol import Turn

pytestmark = pytest.mark.slow


def test_two_hundred_edits_of_a_growing_canvas(
    tokenizer: PreTrainedTokenizerFast, model_of: Callable[..., LlamaForCausalLM]
) -> None:
    llm = LocalLlm(model_of(context=2048), tokenizer)
    canvas = Canvas(GlobalDescription("A meadow.", color="green"))
    history: list[Turn] = []
    told: list[int] = []
    for number in range(200):
        words = f"edit {number}: a ball here"
        prompt = llm.prompt(history, words, 4096)
        text = tokenizer.decode(list(prompt.ids))
        assert len(prompt.ids) + prompt.reply_room <= 2048
        assert prompt.reply_room >= least_reply(2048, 4096)
        assert SYSTEM_PROMPT in text
        assert words in text
        if history:
            newest = prompt.history[-1].canvas
            assert canvas_to_reply(newest) in text
            assert [region.description for region in newest.regions] == [each.description for each in canvas.regions]
            assert prompt.reply_room >= len(tokenizer.encode(canvas_to_reply(newest)))
        told.append(prompt.turns)
        ball = Region(
            "on the left", "no offset", "a small square area", 2.0, f"Ball {number}.", ("A red ball.",) * 6, "red, ball"
        )
        canvas = Canvas(canvas.scene, (*canvas.regions, ball)[-4:])
        history.append(Turn(words, canvas))
    assert told[:3] == [0, 1, 2]
    assert 1 <= told[-1] < 4
