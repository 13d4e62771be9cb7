"""One conversation with a server that speaks OpenAI's chat-completions language: a request out, text in as it comes.

Knows HTTP, server-sent events and what can go wrong with them; knows no canvas and no budget. What fails before the
first words is tried again; what breaks off after them has been said and stands.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import ComposerError

logger = logging.getLogger(__name__)

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Answers that say "later", not "no"."""

_ATTEMPTS = 4
_LONGEST_PAUSE = 30.0
_CONNECT_SECONDS = 10.0
_END = object()


@dataclass(frozen=True)
class ServedModel:
    """What a server says of a model.

    ``owner`` is "vllm" where vLLM serves it and "llamacpp" where llama.cpp does; ``context`` is in tokens.
    """

    id: str
    owner: str = ""
    context: int | None = None


class RefusedError(ComposerError):
    """The server will not do what it was asked for; ``status`` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class OverloadedError(ComposerError):
    """The server answers, but only with errors of its own."""


class _PassingError(Exception):
    """Something that may go well another time; ``pause`` is how many seconds the server asks for, if it does."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


class ChatServer:
    """Asks one server. ``pause`` is how many seconds pass before the second attempt; it doubles with each."""

    def __init__(self, server: Server, pause: float = 0.5) -> None:
        self._server = server
        self._pause = pause

    def models(self, attempts: int = _ATTEMPTS) -> Generator[str, None, list[ServedModel]]:
        """The models that the server names; yields "" while it takes its time, so that the caller may stop.

        Raises:
            ComposerError: if it cannot be asked.
        """
        found: list[ServedModel] = []

        async def asking() -> AsyncGenerator[str]:
            found.extend(await self._models(attempts))
            yield ""

        yield from ticking(asking())
        return found

    def reply(self, body: Mapping[str, object]) -> Generator[str, None, None]:
        """The text of the answer to ``body``, piece by piece; "" where nothing came for a while.

        Closing it hangs up, which is what stops the server.

        Raises:
            RefusedError: if the server refuses; says what to do about it.
            ComposerError: if it cannot be reached, is overloaded for long, or says nothing that makes sense.
        """
        yield from ticking(self._reply({**body, "stream": True}))

    async def _models(self, attempts: int) -> list[ServedModel]:
        async with self._client() as client:
            for left in reversed(range(attempts)):
                try:
                    response = await client.get("models")
                    self._check(response)
                    return _listed(response)
                except (httpx.TransportError, _PassingError) as error:
                    await self._again(left, error)
        raise AssertionError("the last attempt returns or raises")

    async def _reply(self, body: Mapping[str, object]) -> AsyncGenerator[str]:
        said = False
        async with self._client() as client:
            for left in reversed(range(_ATTEMPTS)):
                try:
                    async with client.stream("POST", "chat/completions", json=body) as response:
                        if response.status_code != httpx.codes.OK:
                            await response.aread()
                        self._check(response)
                        async with aclosing(self._pieces(response)) as pieces:
                            async for piece in pieces:
                                said = said or bool(piece)
                                yield piece
                except (httpx.TransportError, _PassingError) as error:
                    if said:
                        reason = self._reason(error)
                        logger.warning("%s broke off in the middle of a reply: %s", self._server.url, reason)
                        return
                    await self._again(left, error)
                else:
                    return

    def _client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._server.key}"} if self._server.key else {}
        timeout = httpx.Timeout(self._server.timeout, connect=_CONNECT_SECONDS)
        return httpx.AsyncClient(base_url=self._server.url, headers=headers, timeout=timeout)

    def _check(self, response: httpx.Response) -> None:
        """Raise what an answer other than 200 means; its content must have been read."""
        status, server = response.status_code, self._server
        if status == httpx.codes.OK:
            return
        detail = _detail(response)
        if status in _PASSING:
            raise _PassingError(f"{status} {detail}".strip(), _retry_after(response))
        if status in {401, 403}:
            advice = "set composer.key or OMOST_COMPOSER_KEY to its key."
            raise RefusedError(f"The language model's server {server.url} refuses the key ({status}): {advice}", status)
        advice = "check composer.url and composer.model."
        raise RefusedError(f"The language model's server {server.url} answered {status} ({detail}): {advice}", status)

    async def _pieces(self, response: httpx.Response) -> AsyncGenerator[str]:
        kind = response.headers.get("content-type", "")
        if not kind.startswith("text/event-stream"):
            advice = "check that composer.url is that of an OpenAI-compatible server, with its /v1."
            raise ComposerError(f"{self._server.url} answered with {kind or 'nothing'}, not with a stream: {advice}")
        ended = False
        async for line in response.aiter_lines():
            field, _, value = line.partition(":")
            if field != "data":
                continue  # the other fields, comments and blank lines carry no text
            if value.strip() == "[DONE]":
                return
            event = _event(value.strip())
            yield event.text
            ended = ended or event.ended
        if not ended:
            raise _PassingError("the connection ended before the reply did")

    async def _again(self, left: int, error: Exception) -> None:
        """Wait for the next of the attempts that are left; raise where there is none, or the server is too slow."""
        if not left or isinstance(error, httpx.ReadTimeout):
            advice = "see whether it runs, and whether composer.url is right."
            kind = OverloadedError if isinstance(error, _PassingError) else ComposerError
            raise kind(
                f"The language model's server {self._server.url} does not answer ({self._reason(error)}): {advice}"
            ) from error
        pause = self._pause * 2 ** (_ATTEMPTS - 1 - left)
        asked = error.pause if isinstance(error, _PassingError) else None
        logger.info("%s failed, %d attempts left: %s", self._server.url, left, self._reason(error))
        await asyncio.sleep(min(max(pause, asked or 0.0), _LONGEST_PAUSE))

    def _reason(self, error: Exception) -> str:
        if isinstance(error, httpx.ReadTimeout):
            return f"it said nothing for {self._server.timeout:g} seconds"
        return _short(str(error)) or type(error).__name__


def ticking(pieces: AsyncGenerator[str], every: float = 0.2) -> Generator[str, None, None]:
    """What ``pieces`` yields, and "" whenever nothing came for ``every`` seconds.

    So whoever reads a slow stream on a thread without an event loop can close it between two pieces.
    """

    async def step() -> object:
        return await anext(pieces, _END)

    async def wait(task: asyncio.Task[object]) -> bool:
        return bool((await asyncio.wait({task}, timeout=every))[0])

    async def end(task: asyncio.Task[object]) -> None:
        task.cancel()
        await asyncio.wait({task})
        await pieces.aclose()

    with asyncio.Runner() as runner:
        task = runner.get_loop().create_task(step())
        try:
            while True:
                if not runner.run(wait(task)):
                    yield ""
                    continue
                piece = task.result()
                if not isinstance(piece, str):
                    return
                yield piece
                task = runner.get_loop().create_task(step())
        finally:
            runner.run(end(task))


@dataclass(frozen=True)
class _Event:
    text: str
    ended: bool


def _event(data: str) -> _Event:
    """One event of a stream: the text in it, and whether it is the last with any."""
    try:
        chunk: Any = json.loads(data)
    except ValueError:
        raise _PassingError(f"it sent what is no JSON: {data[:80]!r}") from None
    if not isinstance(chunk, dict) or "error" in chunk:
        raise _PassingError(f"it sent {_message(chunk)}")
    choices = chunk.get("choices") or [{}]
    first = choices[0] if isinstance(choices, list) and isinstance(choices[0], dict) else {}
    delta = first.get("delta")
    content = delta.get("content") if isinstance(delta, dict) else None
    return _Event(content if isinstance(content, str) else "", first.get("finish_reason") is not None)


def _listed(response: httpx.Response) -> list[ServedModel]:
    try:
        entries: Any = response.json()["data"]
        return [ServedModel(str(entry["id"]), str(entry.get("owned_by", "")), _context(entry)) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError):
        advice = "check that composer.url is that of an OpenAI-compatible server, with its /v1."
        raise ComposerError(f"{response.url} answered with no list of models: {advice}") from None


def _context(entry: Mapping[str, Any]) -> int | None:
    """A listed model's context, as vLLM names it or as llama.cpp does."""
    named = entry.get("max_model_len") or (entry.get("meta") or {}).get("n_ctx")
    return named if isinstance(named, int) else None


def _detail(response: httpx.Response) -> str:
    try:
        return _message(response.json())
    except ValueError:
        return _short(response.text)


def _message(answer: object) -> str:
    """The words in an error object; servers put them in several places."""
    while isinstance(answer, dict):
        answer = next((answer[key] for key in ("error", "message", "detail") if key in answer), str(answer))
    return _short(str(answer))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"


def _retry_after(response: httpx.Response) -> float | None:
    try:
        return float(response.headers["retry-after"])
    except (KeyError, ValueError):  # absent, or a date
        return None


def listed(server: Server) -> list[ServedModel]:
    """The models that a server names, asked once; blocks.

    Raises:
        ComposerError: if it cannot be asked.
    """
    asking = ChatServer(server).models(attempts=1)
    while True:
        try:
            next(asking)
        except StopIteration as end:
            models: list[ServedModel] = end.value
            return models


def first_of(models: Sequence[ServedModel], name: str) -> ServedModel | None:
    """The model of that name; without one, the first."""
    return next((model for model in models if not name or model.id == name), None)
