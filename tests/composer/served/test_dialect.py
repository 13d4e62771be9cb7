"""What servers say when they refuse, in their own words: what it is about, and how they are asked again."""

from __future__ import annotations

import pytest

from omost_pipeline.composer.served.dialect import Dialect, is_overflow, limit_in

ASKED: dict[str, object] = {
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "a teapot"}],
    **dict.fromkeys(("model", "temperature", "top_p", "seed", "max_tokens", "stream"), 1),
}


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("This model's maximum context length is 4096 tokens. However, you requested 5000 tokens", 4096),
        ("the request exceeds the available context size, try increasing it", None),
        ("exceed_context_size_error", None),
        ("the model is loaded with context length of only 4096 tokens, which is not enough", 4096),
        ("`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 900 new ones", 4096),
        ("Please reduce the length of the messages or completion.", None),
        ("The input (5000 tokens) is longer than the model's context length (4096 tokens).", 4096),
        ("prompt is too long: 5000 tokens > 4096 maximum", None),
        ("The input token count (5000) exceeds the maximum number of tokens allowed (4096).", 4096),
        ("Prompt contains 5000 tokens, too large for model with 4096 maximum context length", 4096),
        ("Input length 5000 exceeds maximum allowed token count 4096", 4096),
        ("Prompt tokens (5000) exceed the max_prompt_tokens 4096", 4096),
        ("This request's input length plus max_new_tokens cannot exceed 4096", 4096),
        ("Requested tokens (5000) exceed context window of 4096", 4096),
        ("Range of input length should be [1, 4096]", None),
        (
            (
                "You passed 99073 input tokens and requested 32000 output tokens. However, the model's context length "
                "is only 131072 tokens, resulting in a maximum input length of 99072 tokens."
            ),
            131072,
        ),
        ("Invalid request: Your request exceeded model token limit: 4096", 4096),
        ("输入长度超过模型最大上下文长度", None),
    ],
)
def test_a_conversation_that_is_too_long_is_known_by_many_words(words: str, limit: int | None) -> None:
    assert is_overflow(words)
    assert limit_in(words) == limit
    assert not Dialect().learn(words, ASKED), "no field is to blame"


@pytest.mark.parametrize(
    "words",
    [
        "max_tokens is too large: 4096. This model supports at most 2048 completion tokens",
        "Unsupported parameter: 'max_tokens' is not supported with this model.",
        "model not found",
        "temperature exceeds 1",
        (
            "Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current OpenAI S0 "
            "pricing tier. Please retry after 60 seconds."
        ),
        "seed must be <= 2147483647",
        "Invalid input: seed must be <= 2147483647",
        "max_tokens must be <= 4096",
    ],
)
def test_other_refusals_are_not_about_length(words: str) -> None:
    assert not is_overflow(words)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("property 'seed' is unsupported", "seed"),
        ('json: unknown field "seed"', "seed"),
        ("additional properties are not allowed ('seed' was unexpected)", "seed"),
        ("'temperature' does not support 0.6 with this model. Only the default (1) value is supported.", "temperature"),
        ("seed must be <= 2147483647", "seed"),
        ("temperature and top_p cannot both be specified", "top_p"),
        ("This model does not support streaming", "stream"),
    ],
)
def test_a_field_that_is_refused_is_left_out(words: str, field: str) -> None:
    dialect = Dialect()
    assert dialect.learn(words, ASKED)
    assert set(ASKED) - set(dialect.worded(ASKED)) == {field}


def test_a_reply_that_may_not_be_as_long_is_asked_for_by_the_newer_name() -> None:
    dialect = Dialect()
    assert dialect.learn("max_tokens must be <= 4096", ASKED)
    assert "max_tokens" not in dialect.worded(ASKED)
    assert "max_completion_tokens" in dialect.worded(ASKED)


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported",
        "Unsupported role: system",
        "Only user and assistant roles are supported!",
        "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
        "messages[0].role: Input should be 'user' or 'assistant'",
        'messages: first message must use the "user" role',
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
def test_a_server_without_system_messages_gets_none(words: str) -> None:
    dialect = Dialect()
    assert dialect.learn(words, ASKED)
    assert [message["role"] for message in dialect.worded(ASKED)["messages"]] == ["user"]
