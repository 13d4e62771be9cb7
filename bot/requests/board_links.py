"""The button *Canvas* on platforms that have no page of their own: the answer is a link to one, for the person alone.

Wraps the way into the bot, so that whoever may not see a canvas gets no link. Knows no page and no signature.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.catalogues.text import Text, Wording
from bot.messages import Action, Author, Handler, Incoming, Notice, Page, Place, Pressed, Reply

MakeLink = Callable[[Place, Author, str], Page[Wording]]
"""The page that opens the canvas of a turn, for one person in one place."""


def with_board_links(handler: Handler, link: MakeLink, minutes: int, whispers: Callable[[Place], bool]) -> Handler:
    """A way into the bot that answers the button with a link, good for so many ``minutes``, in place of files.

    ``whispers`` says whether an answer in a place is seen by whoever asked alone; a link that all see would let all act
    as that person.
    """

    async def handle(incoming: Incoming) -> Reply:
        answer = await handler(incoming)
        if not (isinstance(incoming, Pressed) and incoming.action is Action.CANVAS):
            return answer
        if not (isinstance(answer, Notice) and answer.attachments):
            return answer  # a refusal
        page, alone = link(incoming.place, incoming.author, incoming.turn), whispers(incoming.place)
        if page.guarded and alone:
            return Notice(Text("canvas-app", minutes=minutes), page=page)
        if page.guarded:
            return Notice(Text("canvas-app-for", name=incoming.author.name, minutes=minutes), page=page)
        if not alone:
            return Notice(Text("canvas-not-here"))
        return Notice(Text("canvas-link", url=page.url, minutes=minutes), page=page)

    return handle
