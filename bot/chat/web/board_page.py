"""The page on which a canvas is taken in hand: its routes, what it is told, and what it sends back.

For the person at the web chat under their conversation's address; for everybody else by a signed link. Plain HTML,
JSON and the files ``board.css``, ``board.js`` and ``things.js``; knows no canvas, only the file that describes one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.web.board_links import (
    APPS,
    LINK_MINUTES,
    START,
    BoardLinks,
    Grant,
    LinkError,
    LinkExpiredError,
    NotTheirsError,
    OpenedElsewhereError,
)
from bot.chat.web.desk import Desk, is_key, person_called
from bot.chat.web.entry import NAME
from bot.chat.web.first_use import FirstUse
from bot.chat.web.init_data import InitData
from bot.chat.web.language import language_in
from bot.chat.web.told_page import PRIVATE, plain_page, policy, told_page
from bot.messages import CUT_OUTS, Action, Answer, Handle, Notice, Pressed, Submitted

_HEADERS = policy(img_src="'self' data: blob:") | PRIVATE
_APP_HEADERS = policy(img_src="'self' data: blob:", framed_by="https://web.telegram.org") | PRIVATE
_APP_PATH = f"{APPS}{{token}}"
_INIT_DATA = "X-Telegram-Init-Data"
"""The header in which a Mini App's page hands on what Telegram told it."""

_OWN_PATH, _LINKED_PATH = "/c/{key}/canvas/{turn}", "/canvas/{token}"
_BROWSER = "omost-browser"
"""The cookie by which a browser is known again, for links alone."""

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
    "full": Text("refused-too-many-regions", most="{most}"),  # the page is told the number with the canvas
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
        self._browsers = FirstUse(60 * LINK_MINUTES)

    def routes(self) -> list[Route]:
        """The pages' addresses."""
        pages: list[tuple[str, Endpoint, FindWay]] = [(_OWN_PATH, _page(self._own), self._own)]
        if self._apps is not None:
            app = _page(lambda _: None, _APP_HEADERS)
            pages += [(START, app, self._started), (_APP_PATH, app, self._app)]
        linked = self._in_known_browser(_page(self._linked))
        pages.append((_LINKED_PATH, linked, self._linked_here))
        found = []
        for path, page, way in pages:
            found += [
                Route(path, page, methods=["GET"]),
                Route(f"{path}/board", _board(way), methods=["GET"]),
                Route(f"{path}/picture", _picture(way, kept=not path.startswith(APPS)), methods=["GET"]),
                Route(f"{path}/layers", _layers(way), methods=["GET"]),
                Route(f"{path}/board", _draw(way), methods=["POST"]),
            ]
        return found

    def _own(self, request: Request) -> Way:
        key, turn = request.path_params["key"], request.path_params["turn"]
        if not is_key(key):
            raise LinkError("no conversation's key")

        person = person_called(str(request.scope[NAME]), language_in(request.headers))
        whole = person.whole_key(key)

        async def hand_in(values: dict[str, str]) -> Answer:
            return await self._desk.submit(whole, Action.CANVAS, turn, values, person)

        return Way(lambda: self._desk.press(whole, Action.CANVAS, turn, person=person), hand_in, f"/c/{key}")

    def _linked(self, request: Request) -> Way:
        if self._links is None:
            raise LinkError("there are no links")
        return self._granted(self._links.read(request.path_params["token"]))

    def _linked_here(self, request: Request) -> Way:
        """What a link opens in the browser that it was first opened in: it may have been passed on, or read by others.

        The page itself, which holds nothing, opens anywhere: programs look at links, too.
        """
        found, browser = self._linked(request), request.cookies.get(_BROWSER, "")[:64]
        if not browser or not self._browsers.by(request.path_params["token"], browser):
            raise OpenedElsewhereError("in another browser")
        return found

    def _in_known_browser(self, page: Endpoint) -> Endpoint:
        secure = self._links is not None and self._links.is_secure

        async def marked(request: Request) -> Response:
            response = await page(request)
            if _BROWSER not in request.cookies:
                name = secrets.token_urlsafe(16)
                response.set_cookie(_BROWSER, name, path="/canvas/", httponly=True, samesite="lax", secure=secure)
            return response

        return marked

    def _app(self, request: Request) -> Way:
        """What a Mini App opens. Its page holds nothing: what Telegram says of its person comes with its questions."""
        assert self._links is not None, "apps are opened by links"
        token = request.path_params["token"]
        return self._opened(request, self._links.read(token, app=True), token)

    def _started(self, request: Request) -> Way:
        """As :meth:`_app`, for what Telegram hands on as a start parameter."""
        assert self._links is not None, "apps are opened by links"
        assert self._apps is not None, "else there is no such page"
        start = self._apps.opened_by(request.headers.get(_INIT_DATA, "")).start
        return self._opened(request, self._links.read_start(start), start)

    def _opened(self, request: Request, grant: Grant, link: str) -> Way:
        assert self._apps is not None, "else there is no such page"
        opener = self._apps.check(request.headers.get(_INIT_DATA, ""), grant.author.id, link)
        return self._granted(replace(grant, author=replace(grant.author, name=grant.author.name or opener.name)))

    def _granted(self, grant: Grant) -> Way:
        handle = self._handle
        if handle is None:
            raise LinkError("nobody is there")

        async def ask() -> Answer:
            return await handle(Pressed(grant.place, grant.author, Action.CANVAS, grant.turn))

        async def hand_in(values: dict[str, str]) -> Answer:
            return await handle(Submitted(grant.place, grant.author, Action.CANVAS, grant.turn, values))

        return Way(ask, hand_in, "")


FindWay = Callable[[Request], Way]
"""Finds the way that a request is given, or raises :class:`LinkError`."""

Endpoint = Callable[[Request], Awaitable[Response]]


def _page(find: Callable[[Request], Way | None], headers: dict[str, str] = _HEADERS) -> Endpoint:
    async def page(request: Request) -> Response:
        language = language_in(request.headers)
        try:
            way = find(request)
        except LinkError as error:
            said = say(_refusal(error), language)
            return plain_page("refused.html", language, say(_WORDS["title"], language), said, status=404)
        words = {name: say(text, language) for name, text in _WORDS.items()}
        back = way.back if way is not None else ""
        return told_page("board.html", language, words["title"], {"words": words, "back": back}, headers)

    return page


def _refusal(error: LinkError) -> Text:
    match error:
        case LinkExpiredError():
            return Text("canvas-expired")
        case OpenedElsewhereError():
            return Text("canvas-opened-elsewhere")
        case NotTheirsError():
            return Text("canvas-not-opened-by-you")
        case _:
            return Text("canvas-bad-link")


def _board(find: FindWay) -> Endpoint:
    async def board(request: Request) -> Response:
        found = await _asked(request, find)
        if isinstance(found, Response):
            return found
        content = next(file.content for file in found.attachments if file.name.endswith(".json"))
        names = [file.name for file in found.attachments]
        there = {"picture": any(not name.endswith(".json") for name in names), "layers": CUT_OUTS in names}
        told = json.loads(content) | there
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


def _layers(find: FindWay) -> Endpoint:
    async def layers(request: Request) -> Response:
        found = await _asked(request, find)
        if isinstance(found, Response):
            return found
        content = next((file.content for file in found.attachments if file.name == CUT_OUTS), None)
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})

    return layers


async def _asked(request: Request, find: FindWay) -> Notice | Response:
    """The bot's files for a page, or what to answer in their place."""
    language = language_in(request.headers)
    try:
        way = find(request)
    except LinkError as error:
        return JSONResponse({"refused": say(_refusal(error), language)}, status_code=404)
    answer = await way.ask()
    if isinstance(answer, Notice) and answer.attachments:
        return answer
    words = answer.text if isinstance(answer, Notice) else say(Text("canvas-bad-link"), language)
    return JSONResponse({"refused": words}, status_code=409)


def _draw(find: FindWay) -> Endpoint:
    async def draw(request: Request) -> Response:
        language = language_in(request.headers)
        try:
            way = find(request)
        except LinkError as error:
            return JSONResponse({"refused": say(_refusal(error), language)}, status_code=404)
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
