"""The page on which a canvas is taken in hand: its routes, what it is told, and what it sends back.

For the person at the web chat under their conversation's address; for everybody else by a signed link. Plain HTML,
JSON and the two files ``board.css`` and ``board.js``; knows no canvas, only the file that describes one.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.board_links import APPS, BoardLinks, Grant, LinkError, LinkExpiredError
from bot.chat.web.desk import Desk, is_key, person_called
from bot.chat.web.entry import NAME
from bot.chat.web.init_data import InitData
from bot.chat.web.language import language_in
from bot.chat.web.told_page import PRIVATE, policy, told_page
from bot.messages import Action, Answer, Handle, Notice, Pressed, Submitted

_HEADERS = policy(img_src="'self' data: blob:") | PRIVATE
_APP_HEADERS = policy(img_src="'self' data: blob:", framed_by="https://web.telegram.org") | PRIVATE
_APP_PATH = f"{APPS}{{token}}"
_INIT_DATA = "X-Telegram-Init-Data"
"""The header in which a Mini App's page hands on what Telegram told it."""

LARGEST_BOARD = 600_000
"""Bytes of what a page may send."""

_WORDS = {
    "title": Text("canvas-title"),
    "back": Text("canvas-back"),
    "undo": Text("canvas-undo"),
    "redo": Text("canvas-redo"),
    "add": Text("canvas-add"),
    "addWhat": Text("canvas-add-what"),
    "draw": Text("web-draw-it"),
    "anyway": Text("canvas-draw-anyway"),
    "nearer": Text("canvas-nearer"),
    "farther": Text("canvas-farther"),
    "remove": Text("canvas-remove"),
    "description": Text("field-description"),
    "color": Text("field-color"),
    "negative": Text("field-negative"),
    "method": Text("field-method"),
    "usual": Text("method-usual"),
    "strength": Text("field-strength"),
    "reference": Text("field-reference"),
    "control": Text("field-control"),
    "snap": Text("canvas-snap"),
    "regions": Text("canvas-regions"),
    "hint": Text("canvas-hint"),
    "sent": Text("canvas-sent"),
    "unreachable": Text("canvas-unreachable"),
    "nothing": Text("layout-no-regions"),
}


@dataclass(frozen=True)
class Way:
    """How one page reaches the bot: asks for a canvas, hands in a changed one, and where it leads back to."""

    ask: Callable[[], Awaitable[Answer]]
    hand_in: Callable[[dict[str, str]], Awaitable[Answer]]
    back: str


class BoardPages:
    """Serves the pages.

    ``links`` and ``handle`` are for people of other platforms; None where none are made. ``apps`` knows who opened a
    page as a Mini App.
    """

    def __init__(
        self,
        desk: Desk,
        links: BoardLinks | None = None,
        handle: Handle | None = None,
        apps: InitData | None = None,
    ) -> None:
        self._desk = desk
        self._links = links
        self._handle = handle
        self._apps = apps

    def routes(self) -> list[Route]:
        """The pages' addresses."""
        found = []
        ways: list[tuple[str, FindWay]] = [("/c/{key}/canvas/{turn}", self._own), ("/canvas/{token}", self._linked)]
        if self._apps is not None:
            found.append(Route(_APP_PATH, _page(self._app_page, _APP_HEADERS), methods=["GET"]))
            ways.append((_APP_PATH, self._app))
        for path, way in ways:
            found += [
                Route(path, _page(way), methods=["GET"]),
                Route(f"{path}/board", _board(way), methods=["GET"]),
                Route(f"{path}/picture", _picture(way, kept=path != _APP_PATH), methods=["GET"]),
                Route(f"{path}/board", _draw(way), methods=["POST"]),
            ]
        return found

    def _own(self, request: Request) -> Way | Text:
        key, turn = request.path_params["key"], request.path_params["turn"]
        if not is_key(key):
            return Text("canvas-bad-link")

        person = person_called(str(request.scope[NAME]), language_in(request.headers))
        whole = person.whole_key(key)

        async def hand_in(values: dict[str, str]) -> Answer:
            return await self._desk.submit(whole, Action.CANVAS, turn, values, person)

        return Way(lambda: self._desk.press(whole, Action.CANVAS, turn, person=person), hand_in, f"/c/{key}")

    def _linked(self, request: Request) -> Way | Text:
        if self._links is None or self._handle is None:
            return Text("canvas-bad-link")
        try:
            grant = self._links.read(request.path_params["token"])
        except LinkExpiredError:
            return Text("canvas-expired")
        except LinkError:
            return Text("canvas-bad-link")
        return self._granted(grant, self._handle)

    def _app_page(self, request: Request) -> Way | Text:
        """The page itself, which holds nothing: what Telegram says of whoever opened it comes with its questions."""
        found = self._app_grant(request)
        if isinstance(found, Text) or self._handle is None:
            return found if isinstance(found, Text) else Text("canvas-bad-link")
        return self._granted(found, self._handle)

    def _app(self, request: Request) -> Way | Text:
        found = self._app_grant(request)
        if isinstance(found, Text) or self._apps is None or self._handle is None:
            return found if isinstance(found, Text) else Text("canvas-bad-link")
        try:
            told = request.headers.get(_INIT_DATA, "")
            self._apps.check(told, found.author.id, request.path_params["token"])
        except LinkExpiredError:
            return Text("canvas-expired")
        except LinkError:
            return Text("canvas-not-opened-by-you")
        return self._granted(found, self._handle)

    def _app_grant(self, request: Request) -> Grant | Text:
        if self._links is None or self._handle is None:
            return Text("canvas-bad-link")
        try:
            return self._links.read(request.path_params["token"], app=True)
        except LinkExpiredError:
            return Text("canvas-expired")
        except LinkError:
            return Text("canvas-bad-link")

    def _granted(self, grant: Grant, handle: Handle) -> Way:
        async def ask() -> Answer:
            return await handle(Pressed(grant.place, grant.author, Action.CANVAS, grant.turn))

        async def hand_in(values: dict[str, str]) -> Answer:
            return await handle(Submitted(grant.place, grant.author, Action.CANVAS, grant.turn, values))

        return Way(ask, hand_in, "")


FindWay = Callable[[Request], Way | Text]
Endpoint = Callable[[Request], Awaitable[Response]]


def _page(find: FindWay, headers: dict[str, str] = _HEADERS) -> Endpoint:
    async def page(request: Request) -> Response:
        language, way = language_in(request.headers), find(request)
        if isinstance(way, Text):
            return PlainTextResponse(f"{say(way, language)}\n", status_code=404)
        words = {name: say(text, language) for name, text in _WORDS.items()}
        return told_page("board.html", language, words["title"], {"words": words, "back": way.back}, headers)

    return page


def _board(find: FindWay) -> Endpoint:
    async def board(request: Request) -> Response:
        found = await _asked(request, find)
        if isinstance(found, Response):
            return found
        content = next(file.content for file in found.attachments if file.name.endswith(".json"))
        told = json.loads(content) | {"picture": len(found.attachments) > 1}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return board


def _picture(find: FindWay, *, kept: bool) -> Endpoint:
    """The picture; ``kept`` by the browser where the address alone, or who is logged in, gives the right to it."""
    caching = "private, max-age=600" if kept else "no-store"

    async def picture(request: Request) -> Response:
        found = await _asked(request, find)
        if isinstance(found, Response):
            return found
        content = next((file.content for file in found.attachments if not file.name.endswith(".json")), None)
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type="image/png", headers={"Cache-Control": caching})

    return picture


async def _asked(request: Request, find: FindWay) -> Notice | Response:
    """The bot's files for a page, or what to answer in their place."""
    language, way = language_in(request.headers), find(request)
    if isinstance(way, Text):
        return JSONResponse({"refused": say(way, language)}, status_code=404)
    answer = await way.ask()
    if isinstance(answer, Notice) and answer.attachments:
        return answer
    words = answer.text if isinstance(answer, Notice) else say(Text("canvas-bad-link"), language)
    return JSONResponse({"refused": words}, status_code=409)


def _draw(find: FindWay) -> Endpoint:
    async def draw(request: Request) -> Response:
        language, way = language_in(request.headers), find(request)
        if isinstance(way, Text):
            return JSONResponse({"refused": say(way, language)}, status_code=404)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return Response(status_code=415)
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > LARGEST_BOARD:
                words = say(Text("web-file-too-large", most=LARGEST_BOARD), language)
                return JSONResponse({"refused": words}, status_code=413)
        try:
            sent = json.loads(content)
            values = {"regions": json.dumps(sent["regions"]), "newest": str(sent["newest"])}
            values |= {"anyway": "yes"} if sent.get("anyway") else {}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return JSONResponse({"refused": say(Text("unknown-form"), language)}, status_code=400)
        answer = await way.hand_in(values)
        refused = answer.text if isinstance(answer, Notice) else ""
        return JSONResponse({"refused": refused} if refused else {}, status_code=409 if refused else 200)

    return draw
