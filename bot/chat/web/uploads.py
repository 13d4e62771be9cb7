"""Files on their way from a browser: it brings one here by a request of its own, then says which words go with it."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.shared.recent import Recent
from bot.chat.web.language import language_in
from bot.messages import Upload, largest_file

_MOST = 16
"""Files that wait for their words; older ones are forgotten."""


class Uploads:
    """Keeps the newest files until they are taken."""

    def __init__(self) -> None:
        self._kept: Recent[str, Upload] = Recent(_MOST)

    async def receive(self, request: Request) -> Response:
        """Keep a request's body under the name in its query; the answer is the token to take it by."""
        content, name = bytearray(), request.query_params.get("name", "")
        most = largest_file(name)
        async for piece in request.stream():
            content += piece
            if len(content) > most:
                words = say(Text("web-file-too-large", most=most), language_in(request.headers))
                return Response(f"{words}\n", status_code=413, media_type="text/plain")
        token = secrets.token_urlsafe(16)
        self._kept[token] = Upload(name, len(content), bytes(content))
        return Response(token, media_type="text/plain")

    def take(self, token: str) -> Upload | None:
        """The file of a token, once; None if it never came or is forgotten."""
        return self._kept.pop(token, None)
