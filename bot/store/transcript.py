"""Keeps the messages of a platform that has no server of its own: the stored transcript of the web chat."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import MessageGoneError
from bot.messages import Action, Attachment, Author, Button, Outgoing, Place, Post, digest_of
from bot.store.tables import post_attachments, posts
from bot.store.turns import Store
from bot.turns.conversation import title

_NEWEST, _LISTED = 500, 50
"""Posts among which places are looked for, and places that are listed."""


_DIGITS = 9
"""Of a post's number: PostgreSQL refuses to look for what no integer column can hold."""


class StoredTranscript:
    """The :class:`bot.messages.Transcript` in the database; a post's id is its number."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def places(self, platform: str = "", within: str = "") -> list[tuple[Place, str]]:
        """Places with a post, newest activity first, titled after the first words or file somebody sent there.

        Only those whose posts are among the newest ones, so that a long history makes no page slow.
        """
        newest = select(posts.c.platform, posts.c.key, posts.c.changed)
        if platform:
            newest = newest.where(posts.c.platform == platform)
        if within:
            newest = newest.where(posts.c.key.startswith(within, autoescape=True))
        newest = newest.order_by(posts.c.changed.desc()).limit(_NEWEST)
        recent = newest.subquery()
        changed = func.max(recent.c.changed).label("changed")
        groups = select(recent.c.platform, recent.c.key, changed).group_by(recent.c.platform, recent.c.key)
        grouped = groups.order_by(changed.desc()).limit(_LISTED).subquery()
        here = (posts.c.platform == grouped.c.platform) & (posts.c.key == grouped.c.key)
        first = select(posts.c.id).where(here, posts.c.author_id.is_not(None)).order_by(posts.c.id).limit(1)
        named = select(grouped, first.scalar_subquery().label("first")).subquery()
        query = select(named, posts.c.text, post_attachments.c.name).outerjoin(posts, posts.c.id == named.c.first)
        query = query.outerjoin(
            post_attachments, (post_attachments.c.post == named.c.first) & (post_attachments.c.number == 0)
        )
        async with self._store.reading() as connection:
            rows = (await connection.execute(query.order_by(named.c.changed.desc()))).all()
        return [(Place(row.platform, row.key), title(row.text or row.name or "")) for row in rows]

    async def posts(self, place: Place) -> list[Post]:
        """The posts of one place, oldest first."""
        here = (posts.c.platform == place.platform) & (posts.c.key == place.key)
        files = select(post_attachments).join(posts, posts.c.id == post_attachments.c.post).where(here)
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(posts).where(here).order_by(posts.c.id))).all()
            attached = await _attached(connection, files)
        return [_post(row, attached.get(row.id, ())) for row in rows]

    async def words(self, place: Place) -> list[Post]:
        """The posts of one place without their files, oldest first."""
        here = (posts.c.platform == place.platform) & (posts.c.key == place.key)
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(posts).where(here).order_by(posts.c.id))).all()
        return [_post(row, ()) for row in rows]

    async def file(self, place: Place, digest: str) -> Attachment | None:
        """The attachment of a place with this content, by the digest that :func:`bot.messages.digest_of` gives."""
        here = (posts.c.platform == place.platform) & (posts.c.key == place.key)
        joined = post_attachments.join(posts, posts.c.id == post_attachments.c.post)
        query = select(post_attachments).select_from(joined).where(here, post_attachments.c.digest == digest).limit(1)
        async with self._store.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _attachment(row) if row is not None else None

    async def add(self, place: Place, message: Outgoing, author: Author | None) -> str:
        """Store a post and return its id; a known non-empty ``nonce`` changes the post it named instead."""
        async with self._store.writing() as connection:
            known = await _by_nonce(connection, place, message.nonce)
            if known is not None:
                await _replace(connection, known, message, self._clock())
                return str(known)
            values = {
                "platform": place.platform,
                "key": place.key,
                "nonce": message.nonce,
                "author_id": author.id if author is not None else None,
                "author_name": author.name if author is not None else None,
                "created": self._clock(),
            }
            result = await connection.execute(insert(posts).values(values | _content(message, self._clock())))
            key = result.inserted_primary_key
            assert key is not None
            await _attach(connection, key[0], message.attachments)
            return str(key[0])

    async def change(self, place: Place, post_id: str, message: Outgoing) -> None:
        """Replace a post's message; its nonce and author stay.

        Raises:
            MessageGoneError: if the place has no such post.
        """
        async with self._store.writing() as connection:
            await _replace(connection, await _known(connection, place, post_id), message, self._clock())

    async def reword(self, place: Place, post_id: str, text: str) -> None:
        """Put other words in place of a post's; the rest of it stays.

        Raises:
            MessageGoneError: if the place has no such post.
        """
        async with self._store.writing() as connection:
            post = await _known(connection, place, post_id)
            values = {"text": text, "changed": self._clock()}
            await connection.execute(update(posts).where(posts.c.id == post).values(values))

    async def passed_on(self, place: Place, request: Sequence[str]) -> None:
        """The bot has taken people's posts as one request, which the first of them names."""
        here = (posts.c.platform == place.platform) & (posts.c.key == place.key)
        numbers = [int(each) for each in request]
        async with self._store.writing() as connection:
            taken = update(posts).where(here, posts.c.id.in_(numbers))
            await connection.execute(taken.values(parent=request[0], progress=None))

    async def waiting(self) -> list[tuple[Place, Post]]:
        """People's posts that are yet to be passed on, oldest first."""
        held = posts.c.author_id.is_not(None) & posts.c.progress.is_not(None)
        files = select(post_attachments).join(posts, posts.c.id == post_attachments.c.post).where(held)
        async with self._store.reading() as connection:
            rows = (await connection.execute(select(posts).where(held).order_by(posts.c.id))).all()
            attached = await _attached(connection, files)
        return [(Place(row.platform, row.key), _post(row, attached.get(row.id, ()))) for row in rows]


async def _known(connection: AsyncConnection, place: Place, post_id: str) -> int:
    """The number of a post of this place, which must be there."""
    here = (posts.c.platform == place.platform) & (posts.c.key == place.key)
    if post_id.isascii() and post_id.isdecimal() and len(post_id) <= _DIGITS:
        found: int | None = await connection.scalar(select(posts.c.id).where(here, posts.c.id == int(post_id)))
        if found is not None:
            return found
    raise MessageGoneError(f"there is no post {post_id!r} in {place.platform} {place.key!r}")


async def _attached(connection: AsyncConnection, files: Select[Any]) -> dict[int, list[Attachment]]:
    """The attachments that ``files`` selects, by their posts' numbers."""
    found: dict[int, list[Attachment]] = {}
    for file in await connection.execute(files.order_by(post_attachments.c.post, post_attachments.c.number)):
        found.setdefault(file.post, []).append(_attachment(file))
    return found


def _attachment(row: Row[Any]) -> Attachment:
    return Attachment(row.name, row.content, row.description, row.spoiler)


async def _by_nonce(connection: AsyncConnection, place: Place, nonce: str) -> int | None:
    if not nonce:
        return None
    here = (posts.c.platform == place.platform) & (posts.c.key == place.key) & (posts.c.nonce == nonce)
    found: int | None = await connection.scalar(select(posts.c.id).where(here))
    return found


async def _replace(connection: AsyncConnection, post: int, message: Outgoing, now: float) -> None:
    await connection.execute(update(posts).where(posts.c.id == post).values(_content(message, now)))
    await connection.execute(delete(post_attachments).where(post_attachments.c.post == post))
    await _attach(connection, post, message.attachments)


async def _attach(connection: AsyncConnection, post: int, attachments: tuple[Attachment, ...]) -> None:
    rows = [
        {
            "post": post,
            "number": number,
            "name": each.name,
            "content": each.content,
            "description": each.description,
            "digest": digest_of(each.content),
            "spoiler": each.spoiler,
        }
        for number, each in enumerate(attachments)
    ]
    if rows:
        await connection.execute(insert(post_attachments), rows)


def _content(message: Outgoing, now: float) -> dict[str, Any]:
    buttons = json.dumps([[button.action, button.turn, button.label] for button in message.buttons])
    parts = {"text": message.text, "words": message.words, "footer": message.footer, "parent": message.parent}
    return parts | {"buttons": buttons, "progress": message.progress, "changed": now}


def _post(row: Row[Any], attachments: Iterable[Attachment]) -> Post:
    buttons = tuple(Button(Action(action), turn, label) for action, turn, label in json.loads(row.buttons))
    author = Author(row.author_id, row.author_name) if row.author_id is not None else None
    parts = {"words": row.words, "footer": row.footer, "parent": row.parent}
    message = Outgoing(row.text, tuple(attachments), buttons, row.progress, row.nonce, **parts)
    return Post(str(row.id), message, author)
