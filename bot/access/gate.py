"""The gate in front of the way into the bot: who is let in, and what is said to those who are not.

Blocked, banned and uninvited people learn why in their language; what only stops or takes away their own is done for
everybody. Knows the lists and the rulings; knows no platform and no picture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace

from bot.access.administration import Administration
from bot.access.lists import AccessLists, CurrentLists, Rank
from bot.access.privacy import Privacy
from bot.access.reports import MODERATING, Reports
from bot.catalogues.text import Text, Wording
from bot.messages import Action, Handler, Incoming, Notice, Pressed, Reply, Rewritten, Said, Submitted
from bot.requests.brought_pictures import texts_in
from bot.requests.commands import Wish, read_command
from bot.store.rulings import EVERYWHERE, Ruling, RulingKind, Rulings
from bot.subjects import Subjects, subjects_of
from bot.turns.decency import Filter

_ALWAYS = (Wish.CANCEL, Wish.FORGET)
"""Commands that take something away."""


class Gate:
    """The way into the bot for those who may use it. Admins' commands end here."""

    def __init__(
        self,
        handle: Handler,
        lists: CurrentLists,
        rulings: Rulings,
        administration: Administration,
        privacy: Privacy,
        decency: Filter,
        reports: Reports,
    ) -> None:
        self._handle = handle
        self._lists = lists
        self._rulings = rulings
        self._administration = administration
        self._privacy = privacy
        self._decency = decency
        self._reports = reports

    async def __call__(self, incoming: Incoming) -> Reply:
        subjects, lists = subjects_of(incoming.place, incoming.author), self._lists.now
        rank = lists.rank(incoming.author, subjects)
        if rank is Rank.EVERYWHERE:
            incoming = replace(incoming, author=replace(incoming.author, moderator=True))
        elif not takes_away(incoming):
            refusal = refused(subjects, lists, await self._rulings.about(subjects.all))
            if refusal is not None:
                # Nobody asked for anything by rewriting a message.
                return None if isinstance(incoming, Rewritten) else Notice(refusal)
        own = self._own(incoming, subjects, rank)
        if own is not None:
            return await own
        indecent = await self._indecent(incoming, subjects) if self._decency.holds(subjects.places) else None
        return Notice(indecent) if indecent is not None else await self._handle(incoming)

    async def _indecent(self, incoming: Incoming, subjects: Subjects) -> Wording | None:
        said = await asyncio.to_thread(entered, incoming) if _brings(incoming) else entered(incoming)
        return self._decency.refusal(said, subjects.places, incoming.author.language, written=False)

    def _own(self, incoming: Incoming, subjects: Subjects, rank: Rank) -> Awaitable[Reply] | None:
        """What is answered here and needs no picture to be drawn; None where it is the bot's business."""
        match incoming:
            case Said(text=text):
                command = read_command(text)
                if command.wish is Wish.REPORT:
                    return self._reports.said(incoming, subjects)
                if command.wish is Wish.ADMIN:
                    return _noticed(self._administration.answer(command.words, incoming, subjects, rank))
                if command.wish is Wish.FORGET:
                    return _noticed(self._privacy.answer(command.words, incoming, subjects))
            case Pressed(action=Action.REPORT):
                return self._reports.pressed(incoming, subjects)
            case Pressed(action=action) if action in MODERATING:
                return self._reports.decide(incoming, subjects)
        return None


async def _noticed(words: Awaitable[Wording]) -> Reply:
    return Notice(await words)


def refused(subjects: Subjects, lists: AccessLists, rulings: Sequence[Ruling]) -> Wording | None:
    """Why somebody is not let in; None if they are."""
    if lists.blocks(subjects):
        return Text("refused-blocked")
    scopes = (EVERYWHERE, *subjects.places)
    for ruling in rulings:
        if ruling.kind is RulingKind.BAN and ruling.subject in subjects.all and ruling.scope in scopes:
            return Text("refused-banned-because", reason=ruling.value) if ruling.value else Text("refused-banned")
    if not lists.lets_in(subjects):
        return Text("refused-not-allowed", id=subjects.person)
    return None


def entered(incoming: Incoming) -> list[str]:
    """Everything that somebody wrote, in messages, forms, options and files."""
    match incoming:
        case Said(text=text, options=options, file=file) if file is not None and file.is_picture:
            return [text, *options.values(), *texts_in(file)]
        case Said(text=text, options=options, file=file):
            content = file.content.decode("utf-8", "replace") if file is not None and file.content else ""
            return [text, *options.values(), content]
        case Rewritten(text=text):
            return [text]
        case Submitted(values=values):
            return list(values.values())
        case _:
            return []


def _brings(incoming: Incoming) -> bool:
    return isinstance(incoming, Said) and incoming.file is not None


def takes_away(incoming: Incoming) -> bool:
    """Whether it only stops or removes something, which whoever it belongs to may always do."""
    if isinstance(incoming, Pressed):
        return incoming.action in {Action.CANCEL, Action.DELETE}
    return isinstance(incoming, Said) and read_command(incoming.text).wish in _ALWAYS
