"""The admins' page: its two routes. What there is to see comes as plain data; who may see it is decided elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.desk import person_called
from bot.chat.web.entry import NAME
from bot.chat.web.language import language_in
from bot.chat.web.told_page import PRIVATE, policy, told_page
from bot.messages import Author

Overview = Callable[[Author], Awaitable[Mapping[str, object] | None]]
"""Everything there is to see for somebody; None where they may not."""

_WORDS = {
    "title": Text("admin-page-title"),
    "queue": Text("admin-page-queue"),
    "failures": Text("admin-page-failures"),
    "people": Text("admin-page-people"),
    "hours": Text("admin-page-hours"),
    "nothing": Text("admin-page-nothing"),
    "waiting": Text("admin-page-waiting"),
    "running": Text("admin-page-running"),
    "reports": Text("admin-page-reports"),
    "finished": Text("admin-page-finished"),
    "failed": Text("admin-page-failed"),
    "unreachable": Text("canvas-unreachable"),
}
_PRIVATE = policy() | PRIVATE


class AdminPage:
    """Serves the page to those whom ``overview`` tells something."""

    def __init__(self, overview: Overview) -> None:
        self._overview = overview

    def routes(self) -> list[Route]:
        """The page's addresses."""
        return [Route("/admin", self._page), Route("/admin/figures", self._figures)]

    async def _seen(self, request: Request) -> Mapping[str, object] | None:
        person = person_called(str(request.scope.get(NAME, "")), language_in(request.headers))
        return await self._overview(person.author)

    async def _figures(self, request: Request) -> Response:
        seen = await self._seen(request)
        if seen is None:
            return JSONResponse({}, status_code=403, headers=_PRIVATE)
        return JSONResponse(dict(seen), headers=_PRIVATE)

    async def _page(self, request: Request) -> Response:
        language = language_in(request.headers)
        if await self._seen(request) is None:
            return PlainTextResponse(f"{say(Text('refused-not-admin'), language)}\n", 403, headers=_PRIVATE)
        words = {name: say(text, language) for name, text in _WORDS.items()}
        return told_page("admin.html", language, words["title"], words, _PRIVATE)
