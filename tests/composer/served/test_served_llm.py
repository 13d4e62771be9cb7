"""A model on a server: what is sent, what comes back, and everything that can go wrong on the way."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from typing import Any

import pytest

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.examples import EXAMPLES, guide
from omost_pipeline.composer.language import canvas_gbnf
from omost_pipeline.composer.prompt import SYSTEM_PROMPT, chat_messages
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.composer.served.llm import ServedLlm, estimated_tokens
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import BudgetError, CanvasError, ComposerError
from tests.composer.served.strict_chat_server import Answers, Says, StrictChatServer, listing, serving

CANVAS = canvas_to_reply(EXAMPLES[0].canvas)
PIECES = tuple(CANVAS[start : start + 7] for start in range(0, len(CANVAS), 7))
WHOLE = Says(PIECES)
OPTIONS = ComposeOptions(seed=7, temperature=0.5, top_p=0.8, max_new_tokens=900)


def llm(server: StrictChatServer, examples: bool = False, **settings: object) -> ServedLlm:
    return ServedLlm(Server(**{"url": server.url, **settings}), examples, pause=0.001)  # type: ignore[arg-type]  # of any field


def written(composer: ServedLlm, history: tuple[Turn, ...] = (), words: str = "a teapot") -> str:
    return "".join(composer.compose(history, words, OPTIONS))


def refusal(composer: ServedLlm) -> str:
    with pytest.raises(ComposerError) as caught:
        written(composer)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_a_reply_comes_piece_by_piece_and_the_request_says_all() -> None:
    with serving(WHOLE) as server:
        pieces = [piece for piece in llm(server).compose(EXAMPLES[:1], "make it red", OPTIONS) if piece]
    assert "".join(pieces) == CANVAS
    assert len(pieces) > len(PIECES) // 2
    (body,) = server.asked
    assert body == {
        "model": "tiny",
        "messages": chat_messages(EXAMPLES[:1], "make it red"),
        "temperature": 0.5,
        "top_p": 0.8,
        "seed": 7,
        "max_tokens": 900,
        "stream": True,
    }


def test_what_comes_after_the_closing_fence_is_not_waited_for() -> None:
    with serving(Says((*PIECES, "\nI hope", " you like it!"), hangs=True)) as server:
        assert written(llm(server, timeout=600)).startswith(CANVAS)
        assert server.hung_up.wait(10)


def test_closing_hangs_up_while_the_server_is_silent() -> None:
    with serving(Says(PIECES[:3], hangs=True), WHOLE) as server:
        composer = llm(server)
        with closing(composer.compose((), "a teapot", OPTIONS)) as pieces:
            heard = ""
            while heard != "".join(PIECES[:3]):
                heard += next(pieces)
            assert next(pieces) == ""
        assert server.hung_up.wait(10)
        assert written(composer) == CANVAS


@pytest.mark.parametrize("name", ["tiny", ""])
@pytest.mark.parametrize(
    ("owner", "key", "value"),
    [("vllm", "structured_outputs", {"grammar": canvas_gbnf()}), ("llamacpp", "grammar", canvas_gbnf())],
)
def test_a_server_that_can_gets_the_grammar(owner: str, key: str, value: object, name: str) -> None:
    with serving(WHOLE, owner=owner) as server:
        composer = llm(server, model=name)
        assert [written(composer), written(composer)] == [CANVAS] * 2
    assert [body[key] for body in server.asked] == [value] * 2
    assert server.listed == 1


def test_settings_that_leave_nothing_open_ask_nothing() -> None:
    with serving(WHOLE, owner="vllm", models=Answers(500)) as server:
        written(llm(server, model="tiny", structured="vllm"))
        written(llm(server, model="tiny", structured="none"))
    assert server.listed == 0
    assert ["structured_outputs" in body for body in server.asked] == [True, False]


def test_a_grammar_that_was_only_guessed_is_left_out_when_it_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    refuses = Answers(400, '{"error": {"message": "this build has no grammar backend"}}')
    with serving(refuses, WHOLE, owner="vllm") as server, caplog.at_level(logging.WARNING):
        composer = llm(server)
        assert [written(composer), written(composer)] == [CANVAS] * 2
    assert ["structured_outputs" in body for body in server.asked] == [True, False, False]
    (record,) = caplog.records
    assert "this build has no grammar backend" in record.getMessage()


def test_a_grammar_that_was_asked_for_is_not_left_out() -> None:
    with serving(Answers(400, '{"error": {"message": "no grammar backend"}}'), WHOLE, owner="vllm") as server:
        assert "answered 400 (no grammar backend)" in refusal(llm(server, structured="vllm"))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Answers(429, '{"error": {"message": "slow down"}}', headers=(("retry-after", "0"),)),
        Answers(500, "oops", "text/plain"),
        Answers(503, '{"error": "loading the model"}', headers=(("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),)),
        Says((), breaks=True),
        Says((), finish=None, done=False),
    ],
)
def test_what_fails_before_the_first_words_is_tried_again(trouble: Answers | Says) -> None:
    with serving(trouble, trouble, WHOLE) as server:
        assert written(llm(server)) == CANVAS
    assert len(server.asked) == 3


def test_a_server_that_stays_overloaded_is_given_up_with_its_own_words() -> None:
    with serving(Answers(503, '{"error": {"message": "no worker left"}}')) as server:
        assert "does not answer (503 no worker left): check that it is running" in refusal(llm(server))
    assert len(server.asked) == 4


def test_a_rate_that_is_exceeded_is_no_conversation_that_is_too_long() -> None:
    with serving(Answers(429, '{"error": {"message": "more than 4096 tokens in this minute"}}')) as server:
        assert "does not answer (429 more than 4096 tokens in this minute): it is asked too often" in refusal(
            llm(server)
        )
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (Says(PIECES[:60], breaks=True), "incomplete"),
        (Says(PIECES[:60], finish=None, done=False), "the connection ended before the reply did"),
    ],
)
def test_a_reply_that_breaks_off_stands_as_far_as_it_came(
    end: Says, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(end) as server, caplog.at_level(logging.WARNING):
        text = written(llm(server))
    assert text == "".join(PIECES[:60])
    assert parse_canvas(text).cut
    assert len(server.asked) == 1
    assert reason in caplog.text


def test_an_error_within_the_stream_is_told_or_cuts_the_reply() -> None:
    event = 'data: {"error": {"message": "out of memory"}}\n\n'
    with serving(Answers(200, event, "text/event-stream")) as server:
        assert "(it sent out of memory)" in refusal(llm(server))
    begun = f"data: {json.dumps({'choices': [{'delta': {'content': CANVAS[:300]}}]})}\n\n{event}"
    with serving(Answers(200, begun, "text/event-stream")) as server:
        assert written(llm(server)) == CANVAS[:300]


def test_a_stream_of_nonsense_is_refused_with_a_sample() -> None:
    with serving(Answers(200, "data: <html>\n\n", "text/event-stream")) as server:
        assert "it sent something that cannot be read as JSON: '<html>'" in refusal(llm(server))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("deep", ["[" * 100_000, "[" * 400 + "]" * 400, '{"error":' * 400 + "5" + "}" * 400])
def test_an_answer_that_is_nested_without_end_is_refused_wherever_it_stands(deep: str) -> None:
    with serving(WHOLE, models=Answers(200, deep)) as server:
        assert "did not answer with a list of models" in refusal(llm(server))
    with serving(Answers(400, deep)) as server:
        assert "answered 400" in refusal(llm(server))
    for event in ("message", "error"):
        with serving(Answers(200, f"event: {event}\ndata: {deep}\n\n", "text/event-stream")) as server:
            assert f"it sent {'something' if event == 'message' else deep[:5]}" in refusal(llm(server))


def test_an_error_whose_data_are_cut_off_is_told_as_it_is() -> None:
    event = 'event: error\ndata: {"message": "no such ad\n\n'
    with serving(Answers(200, event, "text/event-stream")) as server:
        assert 'it sent {"message": "no such ad' in refusal(llm(server))


@pytest.mark.parametrize("events", ["data: 5\n\n", 'data: {"choices": 5}\n\n', 'data: {"choices": [{"delta": 1}]}\n\n'])
def test_a_stream_of_strange_json_says_nothing_and_is_refused(events: str) -> None:
    with serving(Answers(200, events, "text/event-stream")) as server:
        assert "does not answer" in refusal(llm(server))


def test_reasoning_beside_the_reply_is_left_out() -> None:
    events = [
        {"delta": {"reasoning_content": "Hm, a teapot."}},
        {"delta": {"content": CANVAS}, "finish_reason": "stop"},
    ]
    lines = "".join(f"data: {json.dumps({'choices': [event]})}\n\n" for event in events)
    with serving(Answers(200, lines, "text/event-stream")) as server:
        assert written(llm(server)) == CANVAS


def test_a_silent_server_is_given_up_after_its_time() -> None:
    with serving(Says((), hangs=True)) as server:
        message = refusal(llm(server, timeout=0.3))
    assert "does not answer (it sent nothing for 0.3 seconds)" in message
    assert len(server.asked) == 1


def test_the_key_is_sent_and_a_wrong_one_is_told() -> None:
    with serving(WHOLE, key="sesame") as server:
        assert written(llm(server, key="sesame")) == CANVAS
        message = refusal(llm(server, key="open"))
    assert "rejects the key (401): set composer.key or OMOST_COMPOSER_KEY" in message
    assert "open" not in message
    assert "sesame" not in repr(Server("http://x/v1", key="sesame"))


def test_an_address_where_nobody_is_says_so() -> None:
    with serving(WHOLE) as server:
        composer = llm(server, model="tiny")
    assert f"{server.url} does not answer (" in refusal(composer)


def test_an_address_of_something_else_says_so() -> None:
    with serving(Answers(200, "<html>Hello</html>", "text/html"), models=Answers(200, "<html></html>")) as server:
        assert "did not answer with a list of models" in refusal(llm(server))
        assert "answered with text/html, not with a stream" in refusal(llm(server, model="tiny", structured="none"))


def test_a_model_the_server_does_not_have_is_told_in_its_words() -> None:
    with serving(Answers(404, '{"error": {"message": "The model `huge` does not exist."}}')) as server:
        message = refusal(llm(server, model="huge"))
    assert "answered 404 (The model `huge` does not exist.): check composer.url and composer.model." in message


def test_a_server_that_wants_money_first_is_told_as_that() -> None:
    with serving(Answers(402, '{"error": {"message": "Insufficient credits"}}')) as server:
        assert "answered 402 (Insufficient credits): see to the account there." in refusal(llm(server))


def test_a_server_without_a_model_is_told() -> None:
    with serving(WHOLE, models=listing()) as server:
        assert "lists no models: set composer.model" in refusal(llm(server))


def test_a_server_that_cannot_list_its_models_still_answers_for_a_named_one() -> None:
    with serving(WHOLE, models=Answers(500, "Internal Server Error", "text/plain")) as server:
        assert written(llm(server, model="tiny")) == CANVAS
    assert "structured_outputs" not in server.asked[0]


def test_examples_are_told_to_a_model_that_knows_no_canvases() -> None:
    with serving(WHOLE) as server:
        written(llm(server, examples=True))
    assert server.asked[0]["messages"][0]["content"] == f"{SYSTEM_PROMPT}\n\n{guide()}"


@pytest.mark.parametrize(
    ("owner", "limit"),
    [("vllm", {"max_model_len": 4096}), ("llamacpp", {"meta": {"n_ctx": 4096, "n_ctx_train": 8192}})],
)
def test_old_turns_are_left_out_of_a_context_that_the_server_limits(owner: str, limit: dict[str, Any]) -> None:
    history = EXAMPLES * 10
    with serving(WHOLE, models=listing("tiny", owner=owner, **limit), owner=owner) as server:
        written(llm(server), history)
    body = server.asked[0]
    assert 1 < len(body["messages"]) // 2 - 1 < len(history)
    assert estimated_tokens(body["messages"]) + body["max_tokens"] <= 4096
    assert body["messages"][-3:] == chat_messages(history[-1:], "a teapot")[1:]


def test_words_that_do_not_fit_are_refused_before_anything_is_sent() -> None:
    with serving(WHOLE) as server, pytest.raises(BudgetError, match="send a shorter message"):
        written(llm(server), words="very " * 9000)
    assert server.asked == []


def test_a_reply_without_a_canvas_is_the_parsers_to_refuse() -> None:
    with serving(Says(("I cannot ", "do that."), finish="stop")) as server, pytest.raises(CanvasError):
        parse_canvas(written(llm(server)))
