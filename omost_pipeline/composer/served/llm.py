"""A composer whose language model runs elsewhere: vLLM, llama.cpp, or any server that speaks OpenAI's language.

Where the server can hold a model to a grammar it gets that of the Canvas language; else the model writes freely and the
parser puts right what it can. Knows no model and no tokenizer: tokens are estimated, rather too many than too few.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing

from omost_pipeline.composer.budget import Prompt, fit
from omost_pipeline.composer.language import canvas_gbnf
from omost_pipeline.composer.prompt import chat_messages
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.composer.served.chat_server import ChatServer, RefusedError, ServedModel, first_of
from omost_pipeline.composer.served.server import Server, is_unfiltered
from omost_pipeline.composer.streaming import ReplyEnd
from omost_pipeline.errors import ComposerError

logger = logging.getLogger(__name__)

_OWNERS = {"vllm": "vllm", "llamacpp": "llama.cpp"}
_MESSAGE_TOKENS = 10
"""What a chat template writes around a message, at most."""

_MALFORMED = frozenset({400, 422})


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

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, int]:
        """Yield the reply's text as it comes, up to the model's end of turn or the closing fence.

        Returns how many of the newest turns the model was told.

        Raises:
            BudgetError: if ``words`` do not fit the model's context.
            ComposerError: if the server cannot be reached, refuses, or makes no sense; says what to do.
        """
        model = yield from self._known()
        prompt = self._fitted(model, history, words, options.max_new_tokens)
        body = {
            "model": model.id,
            "messages": chat_messages(prompt.history, words, self._examples),
            "temperature": options.temperature,
            "top_p": options.top_p,
            "seed": options.seed,
            "max_tokens": prompt.reply_room,
        }
        end = ReplyEnd()
        with closing(self._replied(body)) as pieces:
            for piece in pieces:
                yield piece
                if end.feed(piece):
                    break
        return prompt.turns

    def _known(self) -> Generator[str, None, ServedModel]:
        """The model, and what its server can do: asked until there is an answer, if the settings leave it open."""
        name = self._server.model
        if self._model is None and name and self._structured != "auto":
            self._model = ServedModel(name)
        if self._model is None:
            try:
                models = yield from (self._client.models(attempts=1) if name else self._client.models())
            except ComposerError as error:
                if not name:
                    raise
                logger.info("%s Replies are written without the grammar.", error)  # the chat itself may work
                return ServedModel(name)
            self._model = self._chosen(models)
        return self._model

    def _chosen(self, models: Sequence[ServedModel]) -> ServedModel:
        name = self._server.model
        found = first_of(models, name)
        if found is None and not name:
            raise ComposerError(f"The server {self._server.url} lists no model: set composer.model to one's name.")
        serving = found or (models[0] if len(models) == 1 else None)
        if serving is not None and is_unfiltered(serving.id) and not is_unfiltered(name):
            raise ComposerError(
                f"The server's model {serving.id} was trained without filtering: set composer.model to its name "
                "and allow_unfiltered to true."
            )
        if self._structured == "auto":
            owner = (found or first_of(models, "") or ServedModel(name)).owner
            self._structured = _OWNERS.get(owner, "none")
        logger.info("%s: model %s, grammar %s", self._server.url, found or name, self._structured)
        return found or ServedModel(name)

    def _fitted(self, model: ServedModel, history: Sequence[Turn], words: str, max_new_tokens: int) -> Prompt:
        def encode(turns: Sequence[Turn], said: str) -> Sequence[int]:
            return range(estimated_tokens(chat_messages(turns, said, self._examples)))  # as many, and no real ones

        context = min(self._server.context, model.context or self._server.context)
        return fit(history, words, encode, context, max_new_tokens)

    def _replied(self, body: dict[str, object]) -> Generator[str, None, None]:
        """The reply, held to the grammar; a server that was only thought to know it is asked again without."""
        grammar = _grammar(self._structured)
        try:
            yield from self._client.reply({**body, **grammar})
        except RefusedError as error:
            if not grammar or self._server.structured != "auto" or error.status not in _MALFORMED:
                raise
            logger.warning("%s Replies are written without the grammar.", error)
            self._structured = "none"
            yield from self._client.reply(body)


def _grammar(structured: str) -> dict[str, object]:
    """The keys that hold a reply to the Canvas language."""
    match structured:
        case "vllm":
            return {"structured_outputs": {"grammar": canvas_gbnf()}}
        case "llama.cpp":
            return {"grammar": canvas_gbnf()}
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
