"""Reports: somebody finds a picture wrong, its moderators are shown it, and decide with buttons.

Which moderators, and after how many reports a picture goes without them, is a policy of the place. Every step is in the
audit log. Knows cases, rulings and the chats by their protocol; knows no platform.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.catalogues.catalogue import say
from bot.catalogues.text import Lines, Text, Wording
from bot.errors import MessageGoneError
from bot.messages import Action, Author, Button, Chat, Notice, Outgoing, Place, Pressed, Reply, Said
from bot.store.reports import Case, CaseState, ReportCases
from bot.store.rulings import EVERYWHERE, Ruling, RulingKind, Rulings
from bot.store.turns import Store
from bot.subjects import Subjects, subjects_of
from bot.telling import replies
from bot.telling.lines import shortened
from bot.telling.views import Views
from bot.turns.conversation import TurnRecord

logger = logging.getLogger(__name__)

MODERATING = (Action.TAKE_DOWN, Action.BAN, Action.DISMISS)
"""What a case's buttons do."""

_MOST, _WITHIN = 10, 3600.0
"""Pictures that one person can report in so many seconds."""

_PATIENCE, _EVERY = 5.0, 60.0
_WORDS = 300
_GONE = Text("report-removed")

Remove = Callable[[TurnRecord, Author], Awaitable[None]]
Link = Callable[[Place, str], str]


@dataclass(frozen=True)
class Policy:
    """Where reports of some places are read; of all places where none is named.

    ``to`` is a channel or chat by its subject. With ``remove_after`` so many different people's reports take a picture
    down before anybody has decided; 0 leaves it. ``language`` is the moderators'.
    """

    to: str
    places: frozenset[str] = frozenset()
    remove_after: int = 0
    language: str = ""

    @property
    def place(self) -> Place:
        """The channel or chat as a place."""
        platform, _, key = self.to.partition(":place:")
        return Place(platform, key)

    def holds(self, subjects: Subjects) -> bool:
        """Whether it is one for a place that goes by these names."""
        return not self.places or bool(self.places.intersection(subjects.places))


class Reports:
    """Takes reports and decisions. ``remove`` takes a turn's pictures down; ``link`` gives a message's address."""

    def __init__(
        self,
        store: Store,
        rulings: Rulings,
        views: Views,
        chats: Mapping[str, Chat[Wording]],
        policies: Sequence[Policy],
        remove: Remove,
        link: Link,
    ) -> None:
        self._store = store
        self._cases = ReportCases(store)
        self._rulings = rulings
        self._views = views
        self._chats = chats
        self._policies = policies
        self._remove = remove
        self._link = link
        self._news = asyncio.Event()
        self._telling = asyncio.Lock()

    async def said(self, said: Said, subjects: Subjects) -> Reply:
        """``/report``: of the picture that it answers, else of the newest one."""
        turn = await self._store.shown_by(said.place, said.answers) if said.answers else None
        if turn is None:
            known = await self._store.conversation(said.place)
            turn = await self._store.turn(known.head) if known is not None and known.head is not None else None
        return await self._report(turn, subjects, said.author)

    async def pressed(self, pressed: Pressed, subjects: Subjects) -> Reply:
        """The menu or link at a picture."""
        turn = await self._store.turn(pressed.turn)
        if turn is not None and await self._store.place_of(turn.id) != pressed.place:
            turn = None
        return await self._report(turn, subjects, pressed.author)

    async def _report(self, turn: TurnRecord | None, subjects: Subjects, author: Author) -> Reply:
        if turn is None or not turn.drawn:
            return Notice(replies.UNKNOWN_TURN)
        policy = next((each for each in self._policies if each.holds(subjects)), None)
        if policy is None:
            return Notice(Text("report-nowhere"))
        if await self._cases.since(subjects.person, _WITHIN) >= _MOST:
            return Notice(Text("report-too-many"))
        if not await self._cases.add(turn.id, subjects.person, policy.place):
            return Notice(Text("report-known"))
        await self._note(subjects.person, author.name, "report", turn)
        case = await self._cases.case(turn.id)
        if case is not None and case.state is CaseState.OPEN and 0 < policy.remove_after <= case.reporters:
            await self._take_down(turn)
            await self._note("reports", "", "remove", turn)
        await self._tell_soon()
        return Notice(Text("report-thanks"))

    async def decide(self, pressed: Pressed, subjects: Subjects) -> Reply:
        """A button under a case, for those who moderate its channel; nobody else sees one."""
        case = await self._cases.case(pressed.turn)
        here = case is not None and f"{case.to.platform}:place:{case.to.key}" in subjects.places
        turn = await self._store.turn(pressed.turn) if here else None
        if case is None or turn is None:
            return Notice(replies.UNKNOWN_TURN)
        if not pressed.author.moderator:
            return Notice(replies.MODERATORS_ONLY)
        by, name = subjects.person, pressed.author.name
        match pressed.action:
            case Action.TAKE_DOWN:
                await self._take_down(turn)
                await self._note(by, name, "remove", turn)
            case Action.BAN:
                await self._ban(turn, by, name)
            case _:
                await self._cases.change(turn.id, state=CaseState.DISMISSED, told=False)
                await self._note(by, name, "dismiss", turn)
        await self._tell_soon()
        return None

    async def _take_down(self, turn: TurnRecord) -> None:
        if turn.removed is None:
            await self._remove(turn, Author("", say(Text("report-moderator"), turn.language)))
        await self._cases.change(turn.id, state=CaseState.REMOVED, told=False)

    async def _ban(self, turn: TurnRecord, by: str, name: str) -> None:
        """Let the picture's author in no longer: in its server or group, or everywhere where it is in none."""
        about, scope = await self._about(turn)
        if about == by:
            return
        await self._rulings.rule(Ruling(RulingKind.BAN, about, scope), by, name)
        await self._cases.change(turn.id, banned=True, told=False)

    async def _about(self, turn: TurnRecord) -> tuple[str, str]:
        """Whom a case is about, and how far a ban of them reaches."""
        place = await self._store.place_of(turn.id)
        if place is None:
            return "", EVERYWHERE
        subjects = subjects_of(place, turn.author)
        shared = place.key.startswith("-") or (place.platform == "discord" and "/" in place.key)
        return subjects.person, subjects.server if shared else EVERYWHERE

    async def _note(self, by: str, name: str, action: str, turn: TurnRecord) -> None:
        about, scope = await self._about(turn)
        await self._rulings.note(by, name, action, about, scope, turn.id)

    async def run(self) -> None:
        """Until cancelled: show moderators what they have yet to see, now and whenever a platform answers again."""
        while True:
            self._news.clear()
            try:
                await self.tell()
            except Exception:
                logger.exception("moderators could not be told of reports")
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._news.wait()

    async def _tell_soon(self) -> None:
        """Show it now, if the platform answers soon; else it is tried again."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.tell()
        except Exception:  # noqa: BLE001 - whatever a platform's SDK may raise; it is tried again
            logger.info("a report is yet to be shown to its moderators")

    async def tell(self) -> None:
        """Show moderators what they have yet to see.

        Raises:
            Exception: whatever a platform's SDK may raise; trying again is safe.
        """
        async with self._telling:
            for case in await self._cases.untold():
                chat, turn = self._chats.get(case.to.platform), await self._store.turn(case.turn)
                if chat is None:
                    continue
                known = turn is not None and turn.author.id  # else somebody is forgotten
                shown = await self._message(case, turn) if turn is not None and known else Outgoing(_GONE)
                await self._cases.change(case.turn, told=True)  # what changes from here on is shown once more
                try:
                    await self._show(chat, case, shown)
                except MessageGoneError as error:
                    logger.warning("reports cannot be shown in %s: %s", case.to.key, error)
                except BaseException:
                    await self._cases.change(case.turn, told=False)
                    raise
                if turn is None:
                    await self._cases.drop(case.turn)

    async def _show(self, chat: Chat[Wording], case: Case, shown: Outgoing[Wording]) -> None:
        if case.message is not None:
            await chat.edit(case.to, case.message, shown)
        else:
            await self._cases.change(case.turn, message=await chat.post(case.to, shown))

    async def _message(self, case: Case, turn: TurnRecord) -> Outgoing[Wording]:
        about, _ = await self._about(turn)
        gone = case.state is CaseState.REMOVED or turn.removed is not None
        lines: list[Wording] = [Text("report-case", subject=about, name=turn.author.name, count=case.reporters)]
        link = await self._address(turn)
        lines += [link] if link else []
        lines += [_GONE] if gone else []
        lines += [Text("report-dismissed")] if case.state is CaseState.DISMISSED else []
        lines += [Text("report-banned")] if case.banned else []
        files = await self._views.originals(turn, turn.canvas) if turn.canvas is not None and not gone else ()
        return Outgoing(
            Lines(tuple(lines)),
            tuple(replace(each, spoiler=True) for each in files),
            _buttons(case, gone=gone),
            nonce=f"report-{turn.id}",
            words=shortened(turn.words, _WORDS) if not gone else "",
            language=next((each.language for each in self._policies if each.place == case.to), ""),
        )

    async def _address(self, turn: TurnRecord) -> str:
        place, message = await self._store.place_of(turn.id), await self._store.message_of(turn.id)
        return self._link(place, message) if place is not None and message else ""


def _buttons(case: Case, *, gone: bool) -> tuple[Button[Wording], ...]:
    if case.state is CaseState.DISMISSED:
        return ()
    labels: dict[Action, Wording] = {}
    if not gone:
        labels[Action.TAKE_DOWN] = Text("button-take-down")
    if not case.banned:
        labels[Action.BAN] = Text("button-ban")
    if not gone and not case.banned:
        labels[Action.DISMISS] = Text("button-dismiss")
    return tuple(Button(action, case.turn, label) for action, label in labels.items())
