"""The desk between the pages and the bot: what pages may read, what their person does, and who must be told.

Knows no element of a page and no route.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.shared.bursts import Burst, Bursts
from bot.chat.shared.incoming_files import with_words
from bot.chat.web.files import Files
from bot.chat.web.uploads import Uploads
from bot.messages import (
    Action,
    Answer,
    Attachment,
    Author,
    Handle,
    Incoming,
    Notice,
    Outgoing,
    Place,
    Post,
    Pressed,
    Rewritten,
    Said,
    Submitted,
    Transcript,
    Upload,
    digest_of,
)

PLATFORM = "web"
YOU = Author("web", "You", moderator=True)
"""Whoever reaches a page without a log-in: the one who runs the bot, who may do everything."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_BRIEF = 160

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Person:
    """Whoever looks at a page. Without an ``account`` everybody is the same one, and sees every conversation."""

    author: Author = YOU
    account: str = ""

    def whole_key(self, key: str) -> str:
        """A conversation's key as the bot knows it, from the one in this person's addresses."""
        return f"{self.account}/{key}" if self.account else key

    def own_key(self, key: str) -> str | None:
        """The key in this person's addresses, None for somebody else's conversation."""
        account, _, own = key.rpartition("/")
        return own if account == self.account else None


OPEN = Person()


def person_called(account: str, language: str = "") -> Person:
    """Whoever is logged in under this name; without one, whoever there is."""
    if not account:
        return Person(replace(YOU, language=language))
    return Person(Author(account, account, language, moderator=True), account)


Tell = Callable[[Answer], None]
"""Shows an answer on the page that asked."""


@dataclass(frozen=True)
class Sent:
    """Who sent a message, the file that came with it, and how to answer; None where the page that asked is gone."""

    person: Person
    file: Upload | None = None
    tell: Tell | None = None


@dataclass(frozen=True)
class ConversationEntry:
    """An entry of the list of conversations."""

    key: str
    title: str


@dataclass(frozen=True, eq=False)
class Watcher:
    """An open page: what to call when a post of a place, or the list of conversations, has changed."""

    on_post: Callable[[str, Post], None]
    on_list: Callable[[list[ConversationEntry]], None]
    person: Person = OPEN


def is_brief(notice: Notice) -> bool:
    """Whether a notice is a sentence or two: it needs no dialog."""
    return not notice.attachments and "\n" not in notice.text and len(notice.text) <= _LONGEST_BRIEF


def new_key() -> str:
    """A key for a new conversation: short, safe in a URL, not to be guessed."""
    return secrets.token_urlsafe(9)


def is_key(key: str) -> bool:
    """Whether a key from an address could be one of ours."""
    return _KEY.fullmatch(key) is not None


class Desk:
    """Serves every open page of one bot. Keys are whole ones (:meth:`Person.whole_key`).

    ``pause`` is how many seconds may lie between messages that are one request; ``sleep`` waits them out, in a task
    that ``start`` runs.
    """

    def __init__(
        self,
        transcript: Transcript,
        handle: Handle,
        start: Callable[[Coroutine[Any, Any, None]], object],
        pause: float,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._transcript = transcript
        self._handle = handle
        self._watchers: set[Watcher] = set()
        self._passing: dict[tuple[str, str], Post] = {}
        self._bursts: Bursts[Sent] = Bursts(self._deliver, start, pause, sleep)
        self.can_leave = False
        """Whether there is a log-in to leave."""
        self.reports = False
        """Whether pictures can be reported to somebody."""
        self.visited = asyncio.Event()
        """Set once a page has been opened and has what it shows."""
        self.files = Files(self._file)
        self.uploads = Uploads()

    def watch(self, watcher: Watcher) -> None:
        """Tell this page of changes from now on."""
        self._watchers.add(watcher)

    def forget(self, watcher: Watcher) -> None:
        """Tell this page nothing more."""
        self._watchers.discard(watcher)

    async def conversations(self, person: Person = OPEN) -> list[ConversationEntry]:
        """Every conversation of somebody's, newest activity first."""
        within = f"{person.account}/" if person.account else ""
        places = await self._transcript.places(PLATFORM, within)
        keys = ((person.own_key(place.key), title) for place, title in places if place.platform == PLATFORM)
        return [ConversationEntry(key, title) for key, title in keys if key is not None]

    async def posts(self, key: str) -> list[Post]:
        """The posts of a conversation, oldest first, each in its newest state."""
        stored = await self._transcript.posts(Place(PLATFORM, key))
        return [self._passing.get((key, post.id), post) for post in stored]

    async def _file(self, key: str, digest: str) -> Attachment | None:
        passing = (post for (place, _), post in self._passing.items() if place == key)
        files = (each for post in passing for each in post.message.attachments)
        shown = next((each for each in files if digest_of(each.content) == digest), None)
        return shown or await self._transcript.file(Place(PLATFORM, key), digest)

    async def pass_by(self, place: Place, post: Post) -> None:
        """Show a state of a post that is not worth storing: another follows, and after a restart it is drawn anew."""
        self._passing[place.key, post.id] = post
        self._tell(place, post)

    def show(self, place: Place, post: Post) -> None:
        """Tell every page of a post that is new or has changed for good."""
        self._passing.pop((place.key, post.id), None)
        self._tell(place, post)

    def _tell(self, place: Place, post: Post) -> None:
        for watcher in tuple(self._watchers):
            try:
                watcher.on_post(place.key, post)
            except Exception:  # one broken page must not keep the others, or the bot, from the news
                log.exception("a page could not show post %s; it will hear no more", post.id)
                self._watchers.discard(watcher)

    async def refresh_list(self) -> None:
        """Tell every page of the list of conversations as it is now."""
        if not self._watchers:
            return
        known: dict[str, list[ConversationEntry]] = {}
        for watcher in tuple(self._watchers):
            account = watcher.person.account
            if account not in known:
                known[account] = await self.conversations(watcher.person)
            watcher.on_list(known[account])

    async def say(self, key: str, words: str, tell: Tell, file: Upload | None = None, person: Person = OPEN) -> None:
        """Store what the person wrote and show it everywhere; the bot gets it with what else they write at once.

        A file, and the words that came with it, are a request of their own.
        """
        place = Place(PLATFORM, key)
        if file is not None and file.content is None:  # there is nothing to store; the bot says why
            tell(await self._ask(Said(place, person.author, words, file=file)))
            return
        files = (Attachment(file.name, file.content),) if file is not None and file.content is not None else ()
        message = Outgoing(words, files, progress=0.0)
        post_id = await self._transcript.add(place, message, person.author)
        self.show(place, Post(post_id, message, person.author))
        await self.refresh_list()
        sent = Sent(person, file, tell)
        self._bursts.add((key, person.author.id), post_id, words, sent, alone=file is not None)

    async def resume(self) -> None:
        """Take up what was written, but not passed on before the bot was stopped."""
        for place, post in await self._transcript.waiting():
            if place.platform == PLATFORM:
                files = [Upload(each.name, len(each.content), each.content) for each in post.message.attachments]
                person = person_called(place.key.rpartition("/")[0])
                sent = Sent(person, files[0] if files else None)
                self._bursts.add((place.key, person.author.id), post.id, post.message.text, sent, alone=bool(files))

    async def _deliver(self, burst: Burst[Sent]) -> None:
        place, sent = Place(PLATFORM, burst.key[0]), burst.context
        text, file = (burst.text, None) if sent.file is None else with_words(burst.text, sent.file)
        answer = await self._ask(Said(place, sent.person.author, text, str(burst.message), file=file))
        await self._transcript.passed_on(place, [str(each) for each in burst.lines])
        brief = isinstance(answer, Notice) and (sent.tell is None or is_brief(answer))
        if isinstance(answer, Notice) and brief and await self._is_there(place, str(burst.message)):
            message = Outgoing(answer.text, answer.attachments)
            self.show(place, Post(await self._transcript.add(place, message, None), message))
        elif sent.tell is not None:
            sent.tell(answer)

    async def _is_there(self, place: Place, post_id: str) -> bool:
        """Whether somebody's words are still there to be answered below: they may just have asked to be forgotten."""
        return any(post.id == post_id for post in await self._transcript.words(place))

    async def rewrite(self, key: str, post_id: str, words: str, person: Person = OPEN) -> Answer:
        """Put other words in place of what the person wrote; the bot does their request again.

        Raises:
            MessageGoneError: if there is no such post.
        """
        place = Place(PLATFORM, key)
        await self._transcript.reword(place, post_id, words)
        waits = self._bursts.rewritten(post_id, words)
        if not waits:
            await self._bursts.settled(post_id)
        own = {post.id: post for post in await self._transcript.words(place) if post.author is not None}
        self.show(place, own[post_id])
        await self.refresh_list()
        if waits:
            return None  # it will be passed on with these words
        request = own[post_id].message.parent or post_id
        lines = [post.message.text for post in own.values() if request in {post.id, post.message.parent}]
        return await self._ask(Rewritten(place, person.author, "\n".join(lines), request))

    async def flush(self) -> None:
        """Hand to the bot at once what still waits for more."""
        await self._bursts.flush()

    async def press(self, key: str, action: Action, turn: str, value: str = "", person: Person = OPEN) -> Answer:
        """Hand a pressed button, or what was chosen from several things, to the bot."""
        return await self._ask(Pressed(Place(PLATFORM, key), person.author, action, turn, value))

    async def submit(
        self, key: str, action: Action, turn: str, values: dict[str, str], person: Person = OPEN
    ) -> Answer:
        """Hand a filled form to the bot."""
        return await self._ask(Submitted(Place(PLATFORM, key), person.author, action, turn, values))

    async def _ask(self, incoming: Incoming) -> Answer:
        try:
            return await self._handle(incoming)
        except Exception:  # the last stop before the page: log once, and answer the person
            log.exception("the web chat could not handle %s", type(incoming).__name__)
            return Notice("Something went wrong here. The log of the bot says what; you can try again.")
