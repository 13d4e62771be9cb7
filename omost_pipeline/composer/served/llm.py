"""A composer whose language model runs elsewhere: vLLM, llama.cpp, or any server that speaks OpenAI's language.

What the server can do is found out once, by asking and by what it refuses, and remembered.

Where the server can hold a model to a grammar it gets that of the Canvas language; else the model writes freely and the
parser puts right what it can. Knows no model and no tokenizer: tokens are estimated, rather too many than too few.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

from omost_pipeline.composer.budget import Prompt, fit
from omost_pipeline.composer.language import canvas_gbnf
from omost_pipeline.composer.prompt import chat_messages
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.composer.reasoning import Reasoning, after_thoughts
from omost_pipeline.composer.served.chat_server import ChatServer, Heard, first_of
from omost_pipeline.composer.served.dialect import Dialect, limit_in, sampling_config
from omost_pipeline.composer.served.events import ServedModel
from omost_pipeline.composer.served.server import Server, is_unfiltered
from omost_pipeline.composer.streaming import PATIENCE, ReplyEnd
from omost_pipeline.errors import ComposerError, ContextExceededError, RefusedError

logger = logging.getLogger(__name__)

_OWNERS = {"vllm": "vllm", "llamacpp": "llama.cpp"}
_MESSAGE_TOKENS = 10
"""What a chat template writes around a message, at most."""

_WHOLE_NUCLEUS = {"top_k": 0, "min_p": 0.0}
"""What llama.cpp must be told so that only ``top_p`` cuts what is drawn from, as with a model in this process: else the
40 likeliest, and of those the ones that are at least a twentieth as likely as the first."""

_MALFORMED = frozenset({400, 422, 500, 501})
"""Answers that blame the request; llama.cpp blames a chat template's refusal on itself."""

_REQUESTS = 8
"""Ways to ask that are tried: each leaves out or changes one thing."""

_SHORTER = 4
"""Times that a server's context is found to be smaller than thought."""

_WHY = {
    "content_filter": " (its filter held it back)",
    "tool_calls": " (it called a tool instead)",
    "function_call": " (it called a tool instead)",
    "length": " (there was no room for one: composer.context or compose.max_new_tokens is too small)",
}
"""What a server says of the end of a reply without words."""

_LEAST_CONTEXT = 512
_LEAD = 80
"""Characters before the first code; more may be thoughts of which the server shows the end alone."""

_SILENCE = 3.0
"""Seconds without a word behind a closing fence after which no other block of code is waited for."""


class ServedLlm:
    """Implements :class:`~omost_pipeline.composer.protocol.Composer` with a model on a server.

    While the server is silent, ``compose`` yields empty pieces, so that it can be closed at any time.
    """

    def __init__(self, server: Server, examples: bool = False, pause: float = 0.5) -> None:
        """``examples`` teach a model that was not trained on canvases; ``pause`` is that of :class:`ChatServer`."""
        self._server = server
        self._client = ChatServer(server, pause)
        self._examples = examples
        self._model: ServedModel | None = None
        self._structured: str = server.structured
        self._context = server.context
        self._dialect = Dialect(server.leave_out, dict(server.request), server.model)

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions, picture: str = ""
    ) -> Generator[str, None, Written]:
        """Yield the reply's text as it comes, up to the model's end of turn or the closing fence.

        A ``picture``, as an address, is shown with the words. Returns how many of the newest turns the model was told.

        Raises:
            BudgetError: if ``words`` do not fit the model's context.
            ComposerError: if the server cannot be reached, refuses, or makes no sense; says what to do.
        """
        model = yield from self._known()
        for _ in range(_SHORTER):
            prompt = self._fitted(model, history, words, options.max_new_tokens)
            try:
                yield from self._answered(self._body(model, prompt, words, options), picture)
            except ContextExceededError as error:
                if not self._shorten(error.words):
                    raise
            else:
                return Written(prompt.turns)
        raise ComposerError(f"{self._server.url} has no room for this conversation: set composer.context.")

    def abilities(self) -> Generator[str, None, str]:
        """What there is to say of the server, in words; asks it if that was not done yet.

        Raises:
            ComposerError: if it could not be reached, or has no model to use.
        """
        model = yield from self._known()
        grammar = self._structured if self._structured in set(_OWNERS.values()) else "no grammar"
        context = min(self._context, model.context or self._context)
        return f"{grammar}, {context:,} tokens"

    def _body(self, model: ServedModel, prompt: Prompt, words: str, options: ComposeOptions) -> dict[str, object]:
        body: dict[str, object] = {
            "model": model.id,
            "messages": chat_messages(prompt.history, words, self._examples),
            "temperature": options.temperature,
            "top_p": options.top_p,
            "seed": options.seed,
            "max_tokens": prompt.reply_room,
            "stream": True,
        }
        return body | sampling_config(body) if self._structured == "transformers" else body

    def _shorten(self, words: str) -> bool:
        """Expect a smaller context after a server has said in these ``words`` that its own was exceeded."""
        said = limit_in(words) or self._context
        self._context = min(said, int(self._context * 0.6))
        logger.info("%s has a smaller context: from now on %d tokens", self._server.url, self._context)
        return self._context >= _LEAST_CONTEXT

    def _known(self) -> Generator[str, None, ServedModel]:
        """The model, and what its server can do: asked until there is an answer, if the settings leave it open."""
        name = self._server.model
        if self._model is None and name and self._structured != "auto":
            self._model = ServedModel(name)
        if self._model is None:
            try:
                models = yield from self._client.models(attempts=1)
            except ComposerError as error:
                if self._structured == "auto" and (yield from self._client.is_transformers()):
                    self._structured, self._model = "transformers", ServedModel(name)
                    return self._model
                if name:
                    logger.info("%s Replies are written without the grammar.", error)  # the chat itself may work
                    return ServedModel(name)
                models = yield from self._client.models()
            self._model = yield from self._chosen(models)
        return self._model

    def _chosen(self, models: Sequence[ServedModel]) -> Generator[str, None, ServedModel]:
        name = self._server.model
        found = first_of(models, name)
        owner = (found or first_of(models, "") or ServedModel(name)).owner
        if self._structured == "auto" and owner not in _OWNERS and (yield from self._client.is_transformers()):
            self._structured = "transformers"
            return ServedModel(name)  # its list is of all that lies on its disk, in no order
        if found is None and not name:
            raise ComposerError(f"The server {self._server.url} lists no models: set composer.model to a name.")
        serving = found or (models[0] if len(models) == 1 else None)
        if serving is not None:
            self._check_filtered(serving.id)
        if self._structured == "auto":
            self._structured = _OWNERS.get(owner, "none")
        logger.info("%s: model %s, grammar %s", self._server.url, found or name, self._structured)
        return found or ServedModel(name)

    def _check_filtered(self, model: str) -> None:
        if is_unfiltered(model) and not is_unfiltered(self._server.model):
            raise ComposerError(
                f"The server's model {model} was trained without filtering: set composer.model to its name "
                "and allow_unfiltered to true."
            )

    def _fitted(self, model: ServedModel, history: Sequence[Turn], words: str, max_new_tokens: int) -> Prompt:
        def encode(turns: Sequence[Turn], said: str) -> Sequence[int]:
            return range(estimated_tokens(chat_messages(turns, said, self._examples)))  # as many, and no real ones

        context = min(self._context, model.context or self._context)
        return fit(history, words, encode, context, max_new_tokens)

    def _answered(self, body: dict[str, object], picture: str) -> Generator[str, None, None]:
        """The reply, held to the grammar; what the server refuses of the request is left out or put otherwise."""
        for _ in range(_REQUESTS):
            grammar = _grammar(self._structured)
            asked = _showing(picture, self._dialect.worded({**body, **grammar}))
            try:
                yield from self._heard(asked)
            except ContextExceededError:
                raise
            except RefusedError as error:
                if error.status not in _MALFORMED:
                    raise
                if self._dialect.learn(error.words, asked):
                    self._check_filtered(self._dialect.model)
                    continue
                if not grammar or self._server.structured != "auto":
                    raise
                logger.warning("%s Replies are written without the grammar.", error)
                self._structured = "none"
            else:
                return
        raise ComposerError(f"{self._server.url} refuses every form of the request: set composer.leave_out.")

    def _heard(self, asked: dict[str, object]) -> Generator[str, None, None]:
        """The text of the answer up to where it ends, without what the model thinks aloud."""
        heard, reasoning, end, text = Heard(), Reasoning(), ReplyEnd(PATIENCE), ""
        spoke = time.monotonic()
        with closing(self._client.reply(asked, heard)) as pieces:
            for piece in pieces:
                if piece:
                    spoke = time.monotonic()
                elif end.closed and time.monotonic() - spoke > _SILENCE:
                    return
                shown = reasoning.feed(piece)
                yield shown
                text += shown
                if (answer := after_thoughts(text)) is not None:
                    text, end = answer, ReplyEnd(PATIENCE)
                    shown = answer
                if end.feed(shown) and (end.circling or len(text.partition("```")[0]) < _LEAD):
                    return
        cut = heard.finish == "length"
        rest = reasoning.finish(whole=not cut)
        yield rest
        if (text + rest).strip():
            return
        if not (heard.thinks or reasoning.thought):
            raise ComposerError(
                f"{self._server.url} sent an empty reply{_WHY.get(heard.finish, '')}: ask again in other words, see "
                "its log, or choose another model."
            )
        spent = f"all {asked.get('max_tokens', 'its')} tokens" if cut else "its whole reply"
        raise ComposerError(
            f"The language model spent {spent} on reasoning and wrote no canvas: set compose.max_new_tokens "
            'higher, switch reasoning off (composer.request = { reasoning_effort = "low" }), or choose another.'
        )


def _showing(picture: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The request with a picture before its last words; as it is without one."""
    if not picture:
        return asked
    *before, last = asked["messages"]
    parts = [{"type": "image_url", "image_url": {"url": picture}}, {"type": "text", "text": last["content"]}]
    return asked | {"messages": [*before, {**last, "content": parts}]}


def _grammar(structured: str) -> dict[str, object]:
    """The keys that hold a reply to the Canvas language."""
    match structured:
        case "vllm":
            return {"structured_outputs": {"grammar": canvas_gbnf()}}
        case "llama.cpp":
            return {"grammar": canvas_gbnf(), **_WHOLE_NUCLEUS}
        case _:
            return {}


def estimated_tokens(messages: Sequence[dict[str, str]]) -> int:
    """Rather more tokens than a chat model's tokenizer makes of ``messages``.

    Three ASCII characters or half of any other one make a token. English and canvas code have more than four in one,
    so that a third of the context may be left unused; older turns are left out the sooner, and nothing else changes.
    """
    return sum(_MESSAGE_TOKENS + _estimated(message["content"]) for message in messages)


def _estimated(text: str) -> int:
    ascii_only = sum(character.isascii() for character in text)
    return -(-ascii_only // 3) + 2 * (len(text) - ascii_only)


def server_abilities(server: Server) -> str:
    """What a server's model can do, asked once; blocks.

    Raises:
        ComposerError: if it could not be reached, or has no model to use.
    """
    asking = ServedLlm(server).abilities()
    while True:
        try:
            next(asking)
        except StopIteration as end:
            words: str = end.value
            return words
