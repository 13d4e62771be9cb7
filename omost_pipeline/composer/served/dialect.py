"""How one server wants its requests: found out by what it refuses, and remembered.

Servers that speak OpenAI's language differ in the fields they take. A refusal that names a field is answered by asking
again without it, or with its successor. Pure; asks nobody.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omost_pipeline.composer.prompt import without_system

logger = logging.getLogger(__name__)

_OPTIONAL = ("seed", "top_p", "temperature", "max_tokens", "max_completion_tokens", "generation_config", "stream")
_REPLY_TOKENS = ("max_tokens", "max_completion_tokens")
_SAID = {"stream": r"\bstream(?:ing)?\b"}
"""What a field is called where its name alone is not all that it is called."""
_GRAMMARS = ("structured_outputs", "grammar")
_OVERFLOW = re.compile(
    r"context[ _](length|window|size)|maximum context|exceed[s_ ]+(the )?(available )?context|n_ctx|"
    r"(prompt|input|request) (is )?too (long|large)|too many (input |prompt )?tokens|maximum (input|prompt) length|"
    r"(\bexceeds?\b|exceeded (the |your )?(model|max\w*)\b|more than|longer than|\b(inputs?|prompt)\b[^.:]{0,60}?<=)"
    r"[^.]{0,40}?(\d{3,}|tokens?\b|max\w*_)|reduce the length|input length|上下文|输入.{0,6}(超|过长)|"
    r"tokens?_limit_reached|\bbody (is )?too large|kv[ _]cache (is )?full|tokens \d+ ?> ?\d+",
    re.IGNORECASE,
)
_CONTEXT = re.compile(r"context[ _](length|window|size)|n_ctx", re.IGNORECASE)
_REPLY = re.compile(r"(completion|output|generated) tokens|max_(completion_)?tokens is too", re.IGNORECASE)
"""Where it is the reply alone that may not be as long, unless the context is named too."""
_LIMITS = (
    re.compile(r"n_ctx\W{0,5}(\d{3,7})", re.IGNORECASE),
    re.compile(
        r"(?:maximum context length|context length|context window|context size)[^\d\"]{0,40}?(\d{3,7})", re.IGNORECASE
    ),
    re.compile(r"maximum (?:of|is) (\d{3,7}) tokens|max size: (\d{3,7}) tokens", re.IGNORECASE),
    re.compile(r"(?:allowed|<=|exceeds?|too large for|max\w*_\w+|tokens \d+ ?>)[^\d\"]{0,30}?(\d{3,7})", re.IGNORECASE),
)
"""What stands before a number of tokens; a quote between them ends the words, and another value begins."""
_REPLY_LIMIT = re.compile(
    r"(?:max_(?:completion_)?tokens\b|maximum tokens you requested\b)(?:(?!context|input).){0,60}?"
    r"(?:less than or equal to|at most|<=|between|\[1,|maximum (?:value )?(?:is|of)|\d >|limit of)"
    r"[^\d\"]{0,20}(?:1\D{1,8})?(\d{2,7})",
    re.IGNORECASE,
)
"""How many tokens a reply may have at most, whatever the context."""
_REQUEST = re.compile(
    r"unsupported|not (?:be )?(?:supported|permitted|allowed)|unexpected keyword|unrecogni[sz]ed|"
    r"unknown (?:name|param|field|arg)",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"system['\"`]?,? ?(role|message|prompt)|role ['\"`]?system|"
    r"(roles must|must) alternate|developer instruction|"
    r"\brole\b.{0,40}\b(user|system)\b|value: ['\"]?system|\buser\b.{0,40}\broles?\b|"
    r"(first message|conversation) must (be|start|begin)\b.{0,20}\buser\b",
    re.IGNORECASE,
)
_PINNED = re.compile(r"pinned to ['\"]([^'\"]+)['\"]")


def is_overflow(words: str) -> bool:
    """Whether a refusal says that prompt and reply are too long together."""
    return (
        _reply_limit_in(words) is None
        and bool(_OVERFLOW.search(words))
        and bool(_CONTEXT.search(words) or not _REPLY.search(words))
    )


def limit_in(words: str) -> int | None:
    """The tokens that a server says it has room for."""
    found = [match for pattern in _LIMITS if (match := pattern.search(words))]
    return int(next(filter(None, found[0].groups()))) if found else None


def is_about_request(words: str) -> bool:
    """Whether an answer says that something of the request is not known, though its status blames the server."""
    return bool(_REQUEST.search(words)) and any(re.search(rf"\b{name}\b", words) for name in _OPTIONAL)


def _reply_limit_in(words: str) -> int | None:
    found = _REPLY_LIMIT.search(words)
    return int(found[1]) if found else None


def is_about_roles(words: str) -> bool:
    """Whether a refusal says that there must be no system message."""
    return bool(_ROLE.search(words))


class Dialect:
    """One server's way to take requests."""

    def __init__(
        self, leave_out: Sequence[str] = (), extra: Mapping[str, object] | None = None, model: str = ""
    ) -> None:
        """``leave_out`` are fields that it does not take; ``extra`` ones that every request has besides; ``model`` is
        the one that must answer, empty for any."""
        self._left_out = set(leave_out)
        self._extra = dict(extra or {})
        self._renamed: dict[str, str] = {}
        self._system = True
        self._most: int | None = None
        self.model = model
        """The one that is asked for; of an empty name the one that the server insists on, once it has."""
        self._any = not model

    @property
    def streams(self) -> bool:
        """Whether replies are asked for in a stream."""
        return "stream" not in self._left_out

    def worded(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The request as this server takes it."""
        said = {self._renamed.get(name, name): value for name, value in {**body, **self._extra}.items()}
        for name in _REPLY_TOKENS:
            if self._most is not None and isinstance(said.get(name), int):
                said[name] = min(said[name], self._most)
        if not self._system:
            said["messages"] = without_system(said["messages"])
        said["model"] = self.model or said.get("model")
        if not said["model"]:  # a server of one model takes that
            del said["model"]
        return {name: value for name, value in said.items() if name not in self._left_out}

    def learn(self, words: str, asked: Mapping[str, Any], free: Sequence[str] = _GRAMMARS) -> bool:
        """Take what a refusal in these ``words`` says of the request; False where it says nothing that helps.

        ``free`` are the grammar's fields that may be left out.
        """
        if is_overflow(words):
            return False
        if pinned := _PINNED.search(words):
            changed = self._any and self.model != pinned[1]
            self.model = pinned[1] if self._any else self.model
            return changed
        if self._system and is_about_roles(words):
            self._system = False
            logger.info("The server takes no system message: its text begins the first message.")
            return True
        most, asked_for = _reply_limit_in(words), next((asked[name] for name in _REPLY_TOKENS if name in asked), 0)
        if most is not None and most < asked_for:
            self._most = most
            logger.info("The server writes no reply of more than %d tokens.", most)
            return True
        name = self._refused(words, [*free, *_OPTIONAL], asked)
        if not name:
            return False
        if name == "max_tokens" and "max_tokens" not in self._renamed:
            self._renamed["max_tokens"] = "max_completion_tokens"
        else:
            self._left_out.add(name)
        logger.info("The server does not take %s: asked again without it.", name)
        return True

    @staticmethod
    def _refused(words: str, names: Sequence[str], asked: Mapping[str, Any]) -> str:
        """The field of ``asked`` that a refusal names; of temperature and top_p together, the latter."""
        found = [
            (match.start(), name)
            for name in names
            if name in asked and (match := re.search(_SAID.get(name, rf"\b{name}\b"), words))
        ]
        named = {name for _, name in found}
        if {"temperature", "top_p"} <= named:
            return "top_p"
        if {"max_tokens", "max_completion_tokens"} <= named:
            return "max_tokens"
        return min(found)[1] if found else ""


def sampling_config(body: Mapping[str, Any]) -> dict[str, object]:
    """What transformers' own server needs in order to draw: else it takes the likeliest tokens, whatever is asked.

    It takes the place of all that the model's files say, the tokens that end a turn among it; those are known here only
    of a folder on this computer. Without them the reply ends where its canvas does, as we hang up then.
    """
    if not body.get("temperature"):
        return {}
    config = {
        "do_sample": True,
        "temperature": body["temperature"],
        "top_p": body["top_p"],
        "max_new_tokens": body["max_tokens"],
        **_end_tokens(Path(str(body.get("model", "")))),
    }
    return {"generation_config": json.dumps(config)}


def _end_tokens(folder: Path) -> dict[str, object]:
    for name in ("generation_config.json", "config.json"):
        try:
            found = json.loads((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        known = {key: found[key] for key in ("eos_token_id", "pad_token_id") if found.get(key) is not None}
        if "eos_token_id" in known:
            return known
    return {}
