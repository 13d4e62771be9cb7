"""The conversation as the published models know it."""

from __future__ import annotations

import json

import pytest

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.canvas.vocabulary import AREAS, LOCATIONS, OFFSETS
from omost_pipeline.composer.examples import EXAMPLES, guide
from omost_pipeline.composer.prompt import SYSTEM_PROMPT, chat_messages
from omost_pipeline.composer.protocol import Turn
from tests.places import TRANSCRIPTS


def test_system_prompt_is_the_one_the_published_models_were_trained_with() -> None:
    recorded = sorted(TRANSCRIPTS.glob("*.ids.json"))
    if not recorded:
        pytest.skip("no recorded conversations beside this checkout")
    for path in recorded:
        ids = json.loads(path.read_text(encoding="utf-8"))
        read = "".join(ids["pieces"][str(token)] for token in ids["turns"][0]["prompt_ids"])
        assert f"<|end_header_id|>\n\n{SYSTEM_PROMPT}<|eot_id|>" in read


def test_system_prompt_is_a_python_class_with_every_vocabulary_name() -> None:
    code = SYSTEM_PROMPT.split("```python\n")[1].removesuffix("```")
    compile(code, "prompt", "exec")
    for table in (LOCATIONS, OFFSETS, AREAS):
        assert ", ".join(f'"{name}"' for name in table) in code


def test_messages_alternate_and_end_with_the_new_words(history: list[Turn]) -> None:
    messages = chat_messages(history, "make it blue")
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert messages[0]["content"] == SYSTEM_PROMPT
    assert messages[4]["content"] == canvas_to_reply(history[1].canvas)
    assert messages[-1]["content"] == "make it blue"


def test_worked_examples_are_canvases_without_a_fault_as_they_stand_in_the_prompt() -> None:
    answers = [part.partition("\n\nRequest: ")[0] for part in guide().split("Answer:\n")[1:]]
    parsed = [parse_canvas(answer) for answer in answers]
    assert [each.canvas for each in parsed] == [turn.canvas for turn in EXAMPLES]
    assert not any(each.corrections or each.cut for each in parsed)


def test_a_model_that_knows_no_canvases_is_taught_before_the_conversation(history: list[Turn]) -> None:
    taught, plain = chat_messages(history, "make it blue", examples=True), chat_messages(history, "make it blue")
    assert taught[0]["content"] == f"{SYSTEM_PROMPT}\n\n{guide()}"
    assert taught[1:] == plain[1:]
