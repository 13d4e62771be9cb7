"""One conversation with a server that speaks OpenAI's chat-completions language: a request out, text in as it comes.

Knows HTTP, server-sent events and what can go wrong with them; knows no canvas and no budget. What fails before the
first words is tried again; what breaks off after them has been said and stands.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import httpx
from httpx_sse import EventSource
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from omost_pipeline.composer.served.dialect import is_about_request, is_about_roles, is_overflow
from omost_pipeline.composer.served.events import (
    Piece,
    ServedModel,
    error_in,
    json_in,
    message_of,
    models_in,
    piece_of,
    short,
)
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import ComposerError, ContextExceededError, OverloadedError, RefusedError

logger = logging.getLogger(__name__)

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
"""Answers that say "later", not "no"."""

_TOO_OFTEN = frozenset({429, 529})
"""Those that say "less often"."""

_STREAM = "text/event-stream"
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""What a stream of events begins with, whatever its server calls it."""
_LOOK = 6
"""Bytes by which a stream of events is known."""
_BUSY = re.compile("overloaded|rate_limit", re.IGNORECASE)

_TRANSFORMERS = "/load_model"
_SERVER_ERRORS = 500
_ATTEMPTS = 4
_LONGEST_PAUSE = 30.0
_CONNECT_SECONDS = 10.0
_END = object()

_Found = TypeVar("_Found")

_trusted = cache(httpx.create_ssl_context)
"""Whom to trust; to read the certificates of all authorities takes longer than a request to a server nearby."""


class _PassingError(Exception):
    """Something that may go well another time; ``pause`` is how many seconds the server asks for, if it does.

    ``busy`` is whether the server is there and wants to be asked less.
    """

    def __init__(self, reason: str, pause: float | None = None, *, busy: bool = False) -> None:
        super().__init__(reason)
        self.pause = pause
        self.busy = busy


@dataclass
class Heard:
    """What a reply had beside its text: whether there were thoughts, and why it ended."""

    thinks: bool = False
    finish: str = ""

    def take(self, piece: Piece) -> None:
        """The next piece."""
        self.thinks = self.thinks or piece.thinks
        self.finish = piece.finish or self.finish


class ChatServer:
    """Asks one server. ``pause`` is how many seconds pass before the second attempt; it doubles with each."""

    def __init__(self, server: Server, pause: float = 0.5) -> None:
        self._server = server
        self._pause = pause

    def models(self, attempts: int = _ATTEMPTS) -> Generator[str, None, list[ServedModel]]:
        """The models that the server names; yields "" while it takes its time, so that the caller may stop.

        Raises:
            ComposerError: if it could not be reached.
        """
        found: list[ServedModel] = []

        async def asking() -> AsyncGenerator[str]:
            found.extend(await self._models(attempts))
            yield ""

        yield from ticking(asking())
        return found

    def reply(self, body: Mapping[str, object], heard: Heard | None = None) -> Generator[str, None, None]:
        """The text of the answer to ``body``, piece by piece; "" where nothing came for a while. ``heard`` learns the
        rest.

        Closing it hangs up, which is what stops the server.

        Raises:
            RefusedError: if the server refuses; says what to do about it.
            ComposerError: if it cannot be reached, is overloaded for long, or says nothing that makes sense.
        """
        yield from ticking(self._reply(body, heard or Heard()))

    def is_transformers(self) -> Generator[str, None, bool]:
        """Whether it is transformers' own server, which says so in none of its answers but in its list of paths."""
        found: list[bool] = []

        async def asking() -> AsyncGenerator[str]:
            found.append(await self._has_path(_TRANSFORMERS))
            yield ""

        yield from ticking(asking())
        return found[0]

    async def _has_path(self, path: str) -> bool:
        async with self._client() as client:
            try:
                response = await client.get(f"{self._server.url.removesuffix('/v1')}/openapi.json")
                return path in json_in(response.text)["paths"]
            except (httpx.HTTPError, ValueError, KeyError, TypeError):
                return False

    async def _models(self, attempts: int) -> list[ServedModel]:
        async with self._client() as client:
            return await self._retried(lambda: self._listed(client), attempts)

    async def _listed(self, client: httpx.AsyncClient) -> list[ServedModel]:
        response = await client.get("models")
        self._check(response)
        try:
            return models_in(json_in(response.text))
        except ValueError:
            advice = "check that composer.url is that of an OpenAI-compatible server, with its /v1."
            raise ComposerError(f"{response.url} did not answer with a list of models: {advice}") from None

    async def _reply(self, body: Mapping[str, object], heard: Heard) -> AsyncGenerator[str]:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(self._client())
            pieces = await self._retried(lambda: self._begun(client, body, stack), _ATTEMPTS)
            try:
                async for piece in pieces:
                    heard.take(piece)
                    yield piece.text
            except (httpx.TransportError, _PassingError, RefusedError) as error:
                logger.warning("%s broke off in the middle of a reply: %s", self._server.url, self._reason(error))

    async def _begun(
        self, client: httpx.AsyncClient, body: Mapping[str, object], stack: AsyncExitStack
    ) -> AsyncGenerator[Piece]:
        """The pieces of a reply that has said its first words; what fails before may go well another time."""
        async with AsyncExitStack() as opening:
            response = await opening.enter_async_context(client.stream("POST", "chat/completions", json=body))
            if response.status_code != httpx.codes.OK:
                await response.aread()
            self._check(response)
            pieces = await opening.enter_async_context(aclosing(self._pieces(response)))
            first = []
            async for piece in pieces:
                first.append(piece)
                if piece.text:
                    break
            await stack.enter_async_context(opening.pop_all())
        return _joined(first, pieces)

    async def _retried(self, attempt: Callable[[], Awaitable[_Found]], attempts: int) -> _Found:
        """What ``attempt`` gives, tried again with backoff and jitter where it may go well another time."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=self._wait,
            retry=retry_if_exception(_may_pass),
            before_sleep=lambda state: logger.info(
                "%s failed %d times: %s", self._server.url, state.attempt_number, self._reason(_error_of(state))
            ),
            reraise=True,
        )

        async def attempted() -> _Found:
            return await attempt()

        try:
            return await retrying(attempted)
        except (httpx.TransportError, _PassingError) as error:
            busy = isinstance(error, _PassingError) and error.busy
            advice = (
                "it is asked too often, or what it allows is used up; try again later."
                if busy
                else "check that it is running and that composer.url is right."
            )
            kind = OverloadedError if isinstance(error, _PassingError) else ComposerError
            raise kind(
                f"The language model's server {self._server.url} does not answer ({self._reason(error)}): {advice}"
            ) from error

    def _wait(self, state: RetryCallState) -> float:
        """Seconds until the next attempt: longer each time, never the same for two who wait, and what was asked for."""
        error = _error_of(state)
        asked = error.pause if isinstance(error, _PassingError) and error.pause else 0.0
        own = wait_random_exponential(multiplier=self._pause, min=self._pause / 2, max=_LONGEST_PAUSE)(state)
        return min(max(own, asked), _LONGEST_PAUSE)

    def _client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._server.key}"} if self._server.key else {}
        timeout = httpx.Timeout(self._server.timeout, connect=_CONNECT_SECONDS)
        return httpx.AsyncClient(base_url=self._server.url, headers=headers, timeout=timeout, verify=_trusted())

    def _check(self, response: httpx.Response) -> None:
        """Raise what an answer other than 200 means; its content must have been read."""
        status, server = response.status_code, self._server
        if status == httpx.codes.OK:
            return
        detail, words = _detail(response), _words(response)
        too_long = status == httpx.codes.REQUEST_ENTITY_TOO_LARGE or is_overflow(words)
        if status != httpx.codes.TOO_MANY_REQUESTS and status <= _SERVER_ERRORS and too_long:
            advice = "set composer.context to its context size, or start a new conversation."
            raise ContextExceededError(
                f"The language model's server {server.url} answered {status} ({detail}): {advice}", status, words
            )
        blamed = status == _SERVER_ERRORS and (is_about_roles(words) or is_about_request(words))
        if status in _PASSING and not blamed:
            raise _PassingError(f"{status} {detail}".strip(), _retry_after(response), busy=status in _TOO_OFTEN)
        if status in {401, 403}:
            advice = "set composer.key or OMOST_COMPOSER_KEY to its key."
            raise RefusedError(
                f"The language model's server {server.url} rejects the key ({status}): {advice}", status, words
            )
        unpaid = status == httpx.codes.PAYMENT_REQUIRED
        advice = "see to the account there." if unpaid else "check composer.url and composer.model."
        raise RefusedError(
            f"The language model's server {server.url} answered {status} ({detail}): {advice}", status, words
        )

    async def _pieces(self, response: httpx.Response) -> AsyncGenerator[Piece]:
        whole = Peeked(response)
        start = await whole.start()
        if start[:1] in (b"{", b"["):  # a server that does not stream, or one that writes an answer a line
            async for piece in self._of_json((await whole.rest()).decode("utf-8", "replace")):
                yield piece
            return
        kind = response.headers.get("content-type", "").partition(";")[0].strip()
        if kind != _STREAM and not start.startswith(_FIELDS):
            advice = "check that composer.url is that of an OpenAI-compatible server, with its /v1."
            raise ComposerError(f"{self._server.url} answered with {kind or 'nothing'}, not with a stream: {advice}")
        ended = False
        async for event in EventSource(
            httpx.Response(200, headers={"content-type": _STREAM}, stream=whole)
        ).aiter_sse():
            data = event.data.strip()
            if not data:
                continue
            if data == "[DONE]":
                return
            if event.event == "error":
                found = _error_read(data)
                error = found.get("error") or found if isinstance(found, dict) else found
                raise self._failed({"error": error}, message_of(error))
            piece = self._piece(data)
            yield piece
            ended = ended or bool(piece.finish)
        if not ended:
            raise _PassingError("the connection ended before the reply did")

    async def _of_json(self, text: str) -> AsyncGenerator[Piece]:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            lines = [line for line in text.split("\n") if line.strip()]
        else:
            lines = [text]
        for line in lines:
            yield self._piece(line)

    def _piece(self, data: str) -> Piece:
        try:
            chunk = json_in(data)
        except ValueError:
            raise _PassingError(f"it sent something that cannot be read as JSON: {data[:80]!r}") from None
        if isinstance(chunk, list) and len(chunk) == 1:  # as Google's servers give a failure
            (chunk,) = chunk
        if words := error_in(chunk):
            raise self._failed(chunk, words)
        return piece_of(chunk)

    def _failed(self, chunk: object, words: str) -> Exception:
        """What an error within a reply means: only the busy are worth another try."""
        error = chunk.get("error") if isinstance(chunk, dict) else None
        code = error.get("code", error.get("status")) if isinstance(error, dict) else None
        code = int(code) if isinstance(code, str) and re.fullmatch("[1-5][0-9]{2}", code) else code
        busy = isinstance(error, dict) and bool(_BUSY.search(str(error.get("type", ""))))
        if busy or (isinstance(code, int) and code in _PASSING - {500}) or not isinstance(chunk, dict):
            return _PassingError(f"it sent {words}", busy=busy or code in _TOO_OFTEN)
        kind = ContextExceededError if is_overflow(json.dumps(chunk)) else RefusedError
        advice = (
            "see its log, and whether composer.context is right." if kind is ContextExceededError else "see its log."
        )
        status = code if isinstance(code, int) else 400
        return kind(f"The language model's server {self._server.url} failed (it sent {words}): {advice}", status, words)

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, httpx.ReadTimeout):
            return f"it sent nothing for {self._server.timeout:g} seconds"
        return short(str(error)) or type(error).__name__


class Peeked(httpx.AsyncByteStream):
    """A response's bytes from the beginning, of which the first have been looked at."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.aiter_bytes()
        self._head = b""

    async def start(self) -> bytes:
        """The first bytes that are no blanks; nothing where there are none."""
        while not self._head.lstrip():
            chunk = await anext(self._chunks, None)
            if chunk is None:
                return b""
            self._head = (self._head + chunk).removeprefix(codecs.BOM_UTF8)
        while len(self._head.lstrip()) < _LOOK and (chunk := await anext(self._chunks, None)) is not None:
            self._head += chunk
        return self._head.lstrip()

    async def rest(self) -> bytes:
        """All of them."""
        return b"".join([chunk async for chunk in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._head
        async for chunk in self._chunks:
            yield chunk


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


def _error_read(data: str) -> object:
    """What the data of an error event hold, which may be words alone."""
    try:
        return json_in(data)
    except ValueError:
        return data


def _words(response: httpx.Response) -> str:
    """All that an answer says, with the letters that JSON may have written as numbers."""
    try:
        return json.dumps(json_in(response.text), ensure_ascii=False)
    except ValueError:
        return response.text


def _detail(response: httpx.Response) -> str:
    try:
        return message_of(json_in(response.text))
    except ValueError:
        return short(response.text)


async def _joined(first: Sequence[Piece], rest: AsyncGenerator[Piece]) -> AsyncGenerator[Piece]:
    for piece in first:
        yield piece
    async for piece in rest:
        yield piece


def _may_pass(error: BaseException) -> bool:
    """Whether another attempt may go well; who was silent for so long once would be again."""
    return isinstance(error, httpx.TransportError | _PassingError) and not isinstance(error, httpx.ReadTimeout)


def _error_of(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome else None
    assert error is not None, "only what failed is tried again"
    return error


def _retry_after(response: httpx.Response) -> float | None:
    try:
        return float(response.headers["retry-after"])
    except (KeyError, ValueError):  # absent, or a date
        return None


def listed(server: Server) -> list[ServedModel]:
    """The models that a server names, asked once; blocks.

    Raises:
        ComposerError: if it could not be reached.
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
