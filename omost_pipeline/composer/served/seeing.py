"""A model that sees, on a server: the picture goes along in the request, as OpenAI's vision models take it."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Sequence

from PIL.Image import Image

from omost_pipeline.composer.describing import WORDS
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.composer.served.llm import ServedLlm
from omost_pipeline.composer.served.server import Server
from omost_pipeline.errors import ComposerError


class ServedDescriber:
    """Implements :class:`~omost_pipeline.composer.describing.Describer` with any OpenAI-compatible server."""

    def __init__(self, server: Server, pause: float = 0.5) -> None:
        """``pause`` is that of :class:`~omost_pipeline.composer.served.chat_server.ChatServer`."""
        self._llm = ServedLlm(server, examples=True, pause=pause)

    def looking_at(self, picture: Image) -> ServedLook:
        """As :class:`~omost_pipeline.composer.describing.Describer`."""
        return ServedLook(self._llm, picture_url(picture))


class ServedLook:
    """Writes one picture's canvas."""

    def __init__(self, llm: ServedLlm, picture: str) -> None:
        self._llm, self._picture = llm, picture

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, Written]:
        """As :class:`~omost_pipeline.composer.protocol.Composer`; the picture says all, words and history nothing."""
        del history, words
        try:
            return (yield from self._llm.compose((), WORDS, options, self._picture))
        except ComposerError as error:
            raise ComposerError(_of_vision(str(error))) from error


def _of_vision(message: str) -> str:
    """A message about a language model's server with the names of the settings of this one."""
    for name, own in (("OMOST_COMPOSER_KEY", "OMOST_VISION__KEY"), ("composer.", "vision."), ("language", "vision")):
        message = message.replace(name, own)
    return message


def picture_url(picture: Image) -> str:
    """A picture as the data URL of a PNG file."""
    into = io.BytesIO()
    picture.convert("RGB").save(into, "PNG")
    return f"data:image/png;base64,{base64.b64encode(into.getvalue()).decode()}"
