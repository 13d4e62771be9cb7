"""The desk between the pages and the bot: what pages may read, what their person does, and who must be told.

Knows no element of a page and no route.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from bot.chat.shared.bursts import Burst, Bursts
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
"""Whoever reaches the page: it has no log-in, so it is the one who runs the bot, and may do everything."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = logging.getLogger(__name__)

Tell = Callable[[Answer], None]
"""Shows an answer on the page that asked."""


@dataclass(frozen=True)
class Sent:
    """What came with a message: a file, and how to answer; None where the page that asked is gone."""

    file: Upload | None = None
    tell: Tell | None = None


@dataclass(frozen=True)
class Conversation:
    """An entry of the list of conversations."""

    key: str
    title: str


@dataclass(frozen=True, eq=False)
class Watcher:
    """An open page: what to call when a post of a place, or the list of conversations, has changed."""

    on_post: Callable[[str, Post], None]
    on_list: Callable[[list[Conversation]], None]


def new_key() -> str:
    """A key for a new conversation: short, safe in a URL, not to be guessed."""
    return secrets.token_urlsafe(9)


def is_key(key: str) -> bool:
    """Whether a key from an address could be one of ours."""
    return _KEY.fullmatch(key) is not None


class Desk:
    """Serves every open page of one bot.

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
        self._you = YOU
        self._passing: dict[tuple[str, str], Post] = {}
        self._bursts: Bursts[Sent] = Bursts(self._deliver, start, pause, sleep)
        self.files = Files(self._file)
        self.uploads = Uploads()

    def welcome(self, language: str) -> None:
        """Whoever looks at a page reads ``language``, a tag; from now on they are answered in it."""
        self._you = replace(YOU, language=language)

    def watch(self, watcher: Watcher) -> None:
        """Tell this page of changes from now on."""
        self._watchers.add(watcher)

    def forget(self, watcher: Watcher) -> None:
        """Tell this page nothing more."""
        self._watchers.discard(watcher)

    async def conversations(self) -> list[Conversation]:
        """Every conversation of the web chat, newest activity first."""
        places = await self._transcript.places()
        return [Conversation(place.key, title) for place, title in places if place.platform == PLATFORM]

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
        conversations = await self.conversations()
        for watcher in tuple(self._watchers):
            watcher.on_list(conversations)

    async def say(self, key: str, words: str, tell: Tell, file: Upload | None = None) -> None:
        """Store what the person wrote and show it everywhere; the bot gets it with what else they write at once.

        A file, and the words that came with it, are a request of their own.
        """
        place = Place(PLATFORM, key)
        if file is not None and file.content is None:  # there is nothing to store; the bot says why
            tell(await self._ask(Said(place, self._you, words, file=file)))
            return
        files = (Attachment(file.name, file.content),) if file is not None and file.content is not None else ()
        message = Outgoing(words, files, progress=0.0)
        post_id = await self._transcript.add(place, message, self._you)
        self.show(place, Post(post_id, message, self._you))
        await self.refresh_list()
        self._bursts.add((key, self._you.id), post_id, words, Sent(file, tell), alone=file is not None)

    async def resume(self) -> None:
        """Take up what was written, but not passed on before the bot was stopped."""
        for place, post in await self._transcript.waiting():
            if place.platform == PLATFORM:
                files = [Upload(each.name, len(each.content), each.content) for each in post.message.attachments]
                sent = Sent(files[0] if files else None)
                self._bursts.add((place.key, self._you.id), post.id, post.message.text, sent, alone=bool(files))

    async def _deliver(self, burst: Burst[Sent]) -> None:
        place, sent = Place(PLATFORM, burst.key[0]), burst.context
        answer = await self._ask(Said(place, self._you, burst.text, str(burst.message), file=sent.file))
        await self._transcript.passed_on(place, [str(each) for each in burst.lines])
        if sent.tell is not None:
            sent.tell(answer)
        elif isinstance(answer, Notice):
            message = Outgoing(answer.text, answer.attachments)
            self.show(place, Post(await self._transcript.add(place, message, None), message))

    async def rewrite(self, key: str, post_id: str, words: str) -> Answer:
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
        return await self._ask(Rewritten(place, self._you, "\n".join(lines), request))

    async def flush(self) -> None:
        """Hand to the bot at once what still waits for more."""
        await self._bursts.flush()

    async def press(self, key: str, action: Action, turn: str, value: str = "") -> Answer:
        """Hand a pressed button, or what was chosen from several things, to the bot."""
        return await self._ask(Pressed(Place(PLATFORM, key), self._you, action, turn, value))

    async def submit(self, key: str, action: Action, turn: str, values: dict[str, str]) -> Answer:
        """Hand a filled form to the bot."""
        return await self._ask(Submitted(Place(PLATFORM, key), self._you, action, turn, values))

    async def _ask(self, incoming: Incoming) -> Answer:
        try:
            return await self._handle(incoming)
        except Exception:  # the last stop before the page: log once, and answer the person
            log.exception("the web chat could not handle %s", type(incoming).__name__)
            return Notice("Something went wrong here. The log of the bot says what; you can try again.")
