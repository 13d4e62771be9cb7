"""Servers as they are in the wild, a stand-in for each quirk: asked again as they want it, and remembered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.examples import EXAMPLES
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.composer.served.llm import ServedLlm, estimated_tokens
from omost_pipeline.composer.served.server import Server
from omost_pipeline.composer.streaming import PATIENCE
from omost_pipeline.errors import ComposerError, RefusedError
from tests.composer.conftest import canvas_of
from tests.composer.served.strict_chat_server import Answers, Quirk, Says, StrictChatServer, listing, serving

CANVAS = canvas_to_reply(EXAMPLES[0].canvas)
DRAFT = canvas_to_reply(canvas_of("draft"))
WHOLE = Says(tuple(CANVAS[start : start + 9] for start in range(0, len(CANVAS), 9)))
OPTIONS = ComposeOptions(seed=7, temperature=0.5, top_p=0.8, max_new_tokens=900)


def llm(server: StrictChatServer, **settings: object) -> ServedLlm:
    return ServedLlm(Server(**{"url": server.url, **settings}), pause=0.001)  # type: ignore[arg-type]  # of any field


def written(composer: ServedLlm, history: tuple[Turn, ...] = ()) -> str:
    return "".join(composer.compose(history, "a teapot", OPTIONS))


def openai(message: str, param: str | None = None, code: str | None = None) -> Answers:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Answers(400, json.dumps({"error": error}))


def no_max_tokens(body: dict[str, Any]) -> Answers | None:
    words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    return openai(words, "max_tokens") if "max_tokens" in body else None


def not_both(body: dict[str, Any]) -> Answers | None:
    words = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
    return openai(words) if {"temperature", "top_p"} <= set(body) else None


def no_seed(body: dict[str, Any]) -> Answers | None:
    fault = {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted", "input": 7}
    return Answers(422, json.dumps({"detail": [fault]})) if "seed" in body else None


def no_system(body: dict[str, Any]) -> Answers | None:
    return openai("System role not supported") if body["messages"][0]["role"] == "system" else None


def no_system_template(body: dict[str, Any]) -> Answers | None:
    words = '{"error": {"code": 500, "message": "Jinja Exception: Conversation roles must alternate user/assistant"}}'
    return Answers(500, words) if body["messages"][0]["role"] == "system" else None


def no_stream(body: dict[str, Any]) -> Answers | None:
    return openai("Streaming is not supported: stream must be false.", "stream") if body.get("stream") else None


def short_replies(words: str) -> Quirk:
    return lambda body: (
        openai(words) if any(body.get(name, 0) > 512 for name in ("max_tokens", "max_completion_tokens")) else None
    )


def no_such_keyword(body: dict[str, Any]) -> Answers | None:
    words = '{"error": "create_completion() got an unexpected keyword argument \'seed\'"}'
    return Answers(500, words) if "seed" in body else None


def user_first(body: dict[str, Any]) -> Answers | None:
    return openai("First message must be from user") if body["messages"][0]["role"] == "system" else None


def several(body: dict[str, Any]) -> Answers | None:
    return no_seed(body) or no_max_tokens(body) or no_system(body)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("quirk", "gone", "there"),
    [
        (no_max_tokens, {"max_tokens"}, {"max_completion_tokens": 900}),
        (not_both, {"top_p"}, {"temperature": 0.5}),
        (no_seed, {"seed"}, {"max_tokens": 900}),
        (several, {"seed", "max_tokens"}, {"max_completion_tokens": 900}),
        (no_system, set(), {}),
        (no_system_template, set(), {}),
        (user_first, set(), {}),
        (no_such_keyword, {"seed"}, {"max_tokens": 900}),
        (
            short_replies("max_tokens is too large: 900. This model supports at most 512 completion tokens"),
            set(),
            {"max_tokens": 512},
        ),
        (short_replies("Range of max_tokens should be [1, 512]"), set(), {"max_tokens": 512}),
        (
            short_replies("The maximum tokens you requested exceeds the model limit of 512. Try a lower value."),
            set(),
            {"max_tokens": 512},
        ),
        (
            short_replies(
                "`max_tokens` must be less than or equal to `512`, the maximum value for `max_tokens` is less than the "
                "`context_window` for this model"
            ),
            set(),
            {"max_tokens": 512},
        ),
        (
            short_replies("max_tokens: 900 > 512, which is the maximum number of output tokens"),
            set(),
            {"max_tokens": 512},
        ),
    ],
)
def test_what_a_server_refuses_is_left_out_and_remembered(quirk: Quirk, gone: set[str], there: dict[str, Any]) -> None:
    with serving(WHOLE, quirk=quirk) as server:
        composer = llm(server)
        assert [written(composer), written(composer)] == [CANVAS] * 2
    assert len(server.asked) == 2  # those that it took: what was learned is not tried again
    for body in server.asked:
        assert not gone & set(body)
        assert there.items() <= body.items()
        text = "".join(message["content"] for message in body["messages"])
        assert "set_global_description" in text
        assert text.endswith("a teapot")


def test_a_server_that_never_streams_is_asked_for_all_at_once() -> None:
    answer = {"choices": [{"message": {"role": "assistant", "content": CANVAS}, "finish_reason": "stop"}]}
    with serving(Answers(200, json.dumps(answer)), quirk=no_stream) as server:
        assert written(llm(server)) == CANVAS
    assert "stream" not in server.asked[0]


def test_a_server_that_answers_whole_although_a_stream_was_asked_for() -> None:
    answer = {"choices": [{"message": {"content": CANVAS}, "finish_reason": "stop"}]}
    with serving(Answers(200, json.dumps(answer), "application/json; charset=utf-8")) as server:
        assert written(llm(server)) == CANVAS


LINE = json.dumps({"choices": [{"index": 0, "delta": {"content": CANVAS}}]})
WHOLE_JSON = json.dumps({"choices": [{"message": {"content": CANVAS}, "finish_reason": "stop"}]}, ensure_ascii=False)
EVENTS = f"data: {LINE}\n\ndata: [DONE]\n\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (EVENTS, "application/json"),
        (EVENTS, "text/plain; charset=utf-8"),
        (EVENTS, "application/octet-stream"),
        (EVENTS, ""),
        ("\ufeff" + EVENTS, "text/event-stream"),
        (": a comment first\n\n" + EVENTS.replace("\n", "\r\n"), "text/plain"),
        (WHOLE_JSON, "text/event-stream"),
        (WHOLE_JSON, "text/plain"),
        (WHOLE_JSON, ""),
        (WHOLE_JSON, "application/vnd.maker+json"),
        (f"[{WHOLE_JSON}]", "application/json"),
        (LINE + "\n", "application/x-ndjson"),
    ],
)
def test_an_answer_is_what_it_begins_with_whatever_its_server_calls_it(body: str, kind: str) -> None:
    with serving(Answers(200, body, kind)) as server:
        assert written(llm(server)) == CANVAS


def test_what_is_no_answer_at_all_is_told_by_its_kind() -> None:
    page = Answers(200, "<!doctype html><p>data: none</p>", "text/html")
    with serving(page) as server, pytest.raises(ComposerError, match="answered with text/html, not with a stream"):
        written(llm(server))


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": {"value": CANVAS}}],
        [{"type": "text", "content": CANVAS}],
        {"type": "text", "text": CANVAS},
        [{"type": "image_url", "image_url": {"url": "https://x"}}, CANVAS],
    ],
)
def test_words_are_found_in_every_form_of_content(content: object) -> None:
    with serving(stream(said(content))) as server:
        assert written(llm(server)) == CANVAS


def test_of_several_answers_the_first_counts() -> None:
    event = {"choices": [{"index": 1, "delta": {"content": DRAFT}}, {"index": 0, "delta": {"content": CANVAS}}]}
    with serving(stream(event)) as server:
        assert written(llm(server)) == CANVAS


@pytest.mark.parametrize(
    ("error", "asked", "told"),
    [
        ({"error": {"code": "429", "message": "slow down"}}, 4, "it sent slow down"),
        ({"error": {"type": "overloaded_error", "message": "busy"}}, 4, "it sent busy"),
        ({"choices": [{"delta": {}, "error": {"code": 400, "message": "no such thing"}}]}, 1, "it sent no such thing"),
        ({"detail": "the model crashed"}, 1, "it sent the model crashed"),
        ({"type": "error", "message": "no such thing", "choices": None}, 1, "it sent no such thing"),
        ({"base_resp": {"status_code": 1008, "status_msg": "no balance"}, "choices": None}, 1, "it sent no balance"),
    ],
)
def test_errors_within_an_answer_are_tried_again_where_they_may_pass(error: object, asked: int, told: str) -> None:
    with serving(stream(error)) as server, pytest.raises(ComposerError, match=told):
        written(llm(server))
    assert len(server.asked) == asked


def test_settings_say_what_to_leave_out_and_what_to_add() -> None:
    with serving(WHOLE, quirk=lambda _: None) as server:
        written(llm(server, leave_out=("seed", "top_p"), request=(("reasoning_effort", "low"),)))
    (body,) = server.asked
    assert not {"seed", "top_p"} & set(body)
    assert body["reasoning_effort"] == "low"


def stream(*events: object) -> Answers:
    lines = "".join(f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events)
    return Answers(200, f"{lines}data: [DONE]\n\n", "text/event-stream")


def said(content: object, **more: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": content, **more}}], "error": None}


@pytest.mark.parametrize("strange", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c"])
def test_only_real_line_ends_end_a_line_of_a_stream(strange: str) -> None:
    text = CANVAS.replace("A blue teapot", f"A blue{strange}teapot", 1)
    events = f"data: {json.dumps(said(text), ensure_ascii=False)}\n\ndata: [DONE]\n\n"
    if ord(strange) < 0x20:
        events = f"data: {json.dumps(said(text))}\n\ndata: [DONE]\n\n"
    with serving(Answers(200, events, "text/event-stream")) as server:
        assert written(llm(server)) == text


def test_content_in_parts_is_joined_and_thoughts_among_them_left_out() -> None:
    parts = [{"type": "thinking", "thinking": DRAFT}, {"type": "text", "text": CANVAS[:50]}]
    with serving(stream(said(parts), said([CANVAS[50:]]))) as server:
        assert written(llm(server)) == CANVAS


@pytest.mark.parametrize(
    "body",
    [[{"id": "tiny"}], ["tiny"], {"models": [{"name": "tiny"}]}, {"result": [{"id": "tiny"}]}, {"data": {"tiny": {}}}],
)
def test_lists_of_models_have_several_forms(body: object) -> None:
    with serving(WHOLE, models=Answers(200, json.dumps(body))) as server:
        assert written(llm(server)) == CANVAS
    assert server.asked[0]["model"] == "tiny"


def test_an_error_in_a_stream_is_not_tried_again_and_told_as_it_is() -> None:
    event = stream({"error": {"code": 400, "message": "failed to parse grammar", "type": "invalid_request_error"}})
    with serving(event) as server, pytest.raises(RefusedError, match=r"\(it sent failed to parse grammar\)") as caught:
        written(llm(server))
    assert "check that it is running" not in str(caught.value)
    assert len(server.asked) == 1


OVERFLOWS = [
    openai("This model's maximum context length is 2048 tokens. However, you requested 4000.", "messages"),
    Answers(
        400, '{"error": {"code": 400, "message": "the request exceeds the available context size", "n_ctx": 2048}}'
    ),
    Answers(500, '{"error": "prompt is too long"}'),
    openai("Prompt contains 4000 tokens, too large for model with 2048 maximum context length", code="400"),
    Answers(400, '{"message": "context_length_exceeded", "code": 400}'),
    Answers(
        413, '{"error": {"code": "tokens_limit_reached", "message": "Request body too large. Max size: 2048 tokens."}}'
    ),
    Answers(413, '{"error": "Payload Too Large"}'),
    Answers(400, json.dumps({"error": {"message": "输入长度超过上下文限制", "code": 1261}})),
    Answers(500, '{"detail": "KV cache is full"}'),
    stream({"error": {"message": "the request exceeds the available context size. try increasing it", "code": 400}}),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("overflow", OVERFLOWS)
def test_a_context_that_is_exceeded_gets_a_shorter_history(overflow: Answers) -> None:
    def quirk(body: dict[str, Any]) -> Answers | None:
        return overflow if estimated_tokens(body["messages"]) + body["max_tokens"] > 2048 else None

    with serving(WHOLE, quirk=quirk) as server:
        composer = llm(server)
        for _ in range(2):
            assert written(composer, EXAMPLES * 8) == CANVAS
    assert len(server.asked) == 2
    roles = [message["role"] for message in server.asked[0]["messages"]]
    assert 3 < len(roles) < 34


def test_a_context_that_never_suffices_says_what_to_set() -> None:
    with serving(WHOLE, quirk=lambda _: OVERFLOWS[2]) as server, pytest.raises(ComposerError, match=r"shorter|context"):
        written(llm(server))


def test_a_reply_that_was_all_reasoning_says_so_and_what_to_set() -> None:
    end = {"choices": [{"delta": {}, "finish_reason": "length"}]}
    counted = {"choices": [], "usage": {"completion_tokens_details": {"reasoning_tokens": 900}}}
    for thoughts in (said(None, reasoning_content="Hm. " * 50), said(f"<think>{DRAFT}"), counted):
        with serving(stream(thoughts, end)) as server, pytest.raises(ComposerError) as caught:
            written(llm(server))
        assert "spent all 900 tokens on reasoning" in str(caught.value)
        assert "compose.max_new_tokens" in str(caught.value)


@pytest.mark.parametrize("mark", ["<think>{}</think>", "Let me think about the picture first. " * 4 + "{}\n</think>\n"])
def test_a_draft_in_the_thoughts_is_not_the_answer(mark: str) -> None:
    text = mark.format(DRAFT) + CANVAS
    with serving(Says(tuple(text[start : start + 11] for start in range(0, len(text), 11)))) as server:
        *_, last = compose_canvas(llm(server), (), "a teapot", OPTIONS)
    assert isinstance(last, Composition)
    assert last.parsed.canvas == EXAMPLES[0].canvas


def test_a_canvas_in_several_blocks_is_read_to_its_end_and_what_follows_is_not() -> None:
    scene, *regions = CANVAS.removesuffix("```").split("\n\n# Add")
    assert len(regions) > 1
    blocks = [f"```python\n# Add{region}" for region in regions]
    prose = " ".join(text for example in EXAMPLES for text in example.canvas.scene.detailed_descriptions)[
        : 3 * PATIENCE
    ]
    assert len(prose) > PATIENCE
    text = f"{scene}\n```\n{prose}\n"  # long, but no region has come yet
    text += "\n```\nAnd now what comes next:\n".join(blocks) + "\n```\n" + "I hope you like it. " * 200
    pieces = tuple(text[start : start + 20] for start in range(0, len(text), 20))
    with serving(Says(pieces)) as server:
        *_, last = compose_canvas(llm(server), (), "a teapot", OPTIONS)
    assert isinstance(last, Composition)
    assert last.parsed.canvas == EXAMPLES[0].canvas


@pytest.mark.parametrize(
    ("event", "finish", "words"),
    [
        (said(""), "content_filter", "its filter held it back"),
        (said(None, tool_calls=[{"function": {"name": "run", "arguments": "{}"}}]), "tool_calls", "it called a tool"),
        (said(None), "stop", "sent an empty reply: ask again"),
        (said(f"<think>{CANVAS}</think>"), "stop", "spent its whole reply on reasoning"),
    ],
)
def test_a_reply_without_words_says_why(event: dict[str, object], finish: str, words: str) -> None:
    end = {"choices": [{"delta": {}, "finish_reason": finish}]}
    with serving(stream(event, end)) as server, pytest.raises(ComposerError, match=words):
        written(llm(server))


def test_words_that_stand_elsewhere_are_read() -> None:
    with serving(stream({"choices": [{"text": CANVAS}]})) as server:
        assert written(llm(server)) == CANVAS
    with serving(stream(said(None, refusal="I cannot draw that."))) as server:
        assert written(llm(server)) == "I cannot draw that."
    event = 'event: error\ndata: {"message": "no such adapter"}\n\n'
    refusing = Answers(200, event, "text/event-stream")
    with serving(refusing) as server, pytest.raises(RefusedError, match="it sent no such adapter"):
        written(llm(server))


def test_a_pinned_server_names_its_model_itself() -> None:
    def quirk(body: dict[str, Any]) -> Answers | None:
        name = body.get("model")
        words = {"detail": f"Server is pinned to 'own/model'; requested '{name}'."}
        return Answers(400, json.dumps(words)) if name != "own/model" else None

    with serving(WHOLE, models=listing("other/model"), quirk=quirk) as server:
        assert written(llm(server)) == CANVAS
        with pytest.raises(RefusedError, match="pinned to 'own/model'"):
            written(llm(server, model="other/model"))
