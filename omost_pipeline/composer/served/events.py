"""What servers of chat models say, in all forms that were seen: replies whole or in a stream, errors, lists of models.

Pure: JSON in, our own data out. Knows no connection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DEEPEST = 100
"""How deeply an answer may be nested; none needs a tenth of it, and what reads it may follow it by recursion."""


@dataclass(frozen=True)
class ServedModel:
    """What a server says of a model.

    ``owner`` is "vllm" where vLLM serves it and "llamacpp" where llama.cpp does; ``context`` is in tokens.
    """

    id: str
    owner: str = ""
    context: int | None = None


@dataclass(frozen=True)
class Piece:
    """A part of a reply: its text, whether it thinks beside it, and why it ends ("" where it goes on)."""

    text: str = ""
    thinks: bool = False
    finish: str = ""


def json_in(text: str) -> Any:  # noqa: ANN401 - JSON may be anything
    """What a server answered.

    Raises:
        ValueError: if it is no JSON, or nested too deeply to be an answer.
    """
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level = [found]
    for _ in range(_DEEPEST):
        level = [part for each in level for part in _parts_of(each)]
        if not level:
            return found
    raise ValueError("nested too deeply")


def _parts_of(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def piece_of(chunk: Mapping[str, Any]) -> Piece:
    """One event of a stream, or a whole reply. What makes no sense says nothing."""
    first = _choice(chunk)
    said: dict[str, Any] = next((first[key] for key in ("delta", "message") if isinstance(first.get(key), dict)), {})
    thinks = any(said.get(key) for key in ("reasoning_content", "reasoning", "thinking", "reasoning_details"))
    text, thought = _text_of(said.get("content") or said.get("refusal") or first.get("text"))
    finish = first.get("finish_reason")
    return Piece(text, bool(thinks) or thought or _spent_on_thoughts(chunk), str(finish) if finish is not None else "")


def _choice(chunk: Mapping[str, Any]) -> dict[str, Any]:
    """The first of the answers, which is the only one that is asked for."""
    choices = chunk.get("choices")
    found = [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
    return min(found, key=lambda each: index if isinstance(index := each.get("index"), int) else 0, default={})


def _spent_on_thoughts(chunk: Mapping[str, Any]) -> bool:
    """Whether the server counts tokens of reasoning, though it may not show them."""
    usage = chunk.get("usage")
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    return bool(details.get("reasoning_tokens")) if isinstance(details, dict) else False


def _text_of(content: object) -> tuple[str, bool]:
    """The text of a content, which may be a list of parts or one part; and whether some of them are thoughts."""
    if isinstance(content, str):
        return content, False
    if isinstance(content, list):
        parts = [_text_of(part) for part in content]
        return "".join(text for text, _ in parts), any(thought for _, thought in parts)
    if not isinstance(content, dict):
        return "", False
    if content.get("type") in {"thinking", "reasoning"}:
        return "", True
    if content.get("type") not in {"text", "output_text", None}:
        return "", False
    return _text_of(next((content[key] for key in ("text", "value", "content") if content.get(key)), ""))


def error_in(answer: object) -> str:
    """The words of the error that an answer is; empty if it is none. ``"error": null`` is none."""
    if isinstance(answer, dict) and answer.get("error"):
        return message_of(answer)
    if isinstance(answer, dict) and answer.get("object") == "error":
        return message_of(answer)
    if isinstance(answer, dict) and (error := _choice(answer).get("error")):
        return message_of(error)
    if isinstance(answer, dict) and not answer.get("choices") and (error := _said_instead(answer)):
        return message_of(error)
    return "" if isinstance(answer, dict) else short(str(answer))


def _said_instead(answer: Mapping[str, Any]) -> object:
    """What an answer without any reply says in its place: the words of a failure without an error object."""
    found = next((answer[key] for key in ("detail", "message", "msg") if isinstance(answer.get(key), str | list)), "")
    status = answer.get("base_resp")  # MiniMax's
    return found or (status.get("status_msg") if isinstance(status, dict) and status.get("status_code") else "")


def message_of(answer: object) -> str:
    """The words in an error object; servers put them in several places."""
    while isinstance(answer, dict | list):
        if isinstance(answer, list):  # a list of mistakes, as FastAPI gives them
            return short("; ".join(_mistake(entry) for entry in answer))
        answer = next((answer[key] for key in ("error", "message", "detail", "msg") if answer.get(key)), str(answer))
    return short(str(answer))


def _mistake(entry: object) -> str:
    if isinstance(entry, dict) and isinstance(entry.get("loc"), list):
        return f"{'.'.join(str(part) for part in entry['loc'][1:])}: {entry.get('msg', '')}"
    return message_of(entry) if isinstance(entry, dict) else str(entry)


def short(text: str) -> str:
    """``text`` on one line that is not too long to read."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"


def models_in(answer: object) -> list[ServedModel]:
    """The models of a list, bare or in an object.

    Raises:
        ValueError: if it is no list of models.
    """
    if isinstance(answer, dict):
        found = [answer[key] for key in ("data", "models", "result", "results") if key in answer]
        answer = next((each for each in found if isinstance(each, list | dict)), [] if found else None)
    if isinstance(answer, dict):  # by their names
        answer = [{"id": name, **each} for name, each in answer.items() if isinstance(each, dict)]
    if not isinstance(answer, list):
        raise ValueError("no list")  # noqa: TRY004  # of JSON: its value is wrong
    return [_model_of(entry) for entry in answer]


def _model_of(entry: object) -> ServedModel:
    if isinstance(entry, str):
        return ServedModel(entry)
    if not isinstance(entry, dict) or not (name := entry.get("id") or entry.get("name") or entry.get("model")):
        raise ValueError("a model without a name")
    return ServedModel(str(name), str(entry.get("owned_by") or ""), _context(entry))


def _context(entry: Mapping[str, Any]) -> int | None:
    """A listed model's context, as vLLM names it or as llama.cpp does."""
    meta = entry.get("meta")
    named = entry.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return named if isinstance(named, int) else None
