"""What the database holds of one person, to be given to them or deleted, and what has been kept long enough.

A person's turns in conversations of several people stay as empty links of the tree, so that what others made goes on;
conversations of theirs alone go whole. Knows every table that holds words or people; knows no platform's SDK.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.job import ACTIVE, JobKind, State
from bot.store.preferences import Scope
from bot.store.reports import CaseState
from bot.store.tables import (
    characters,
    conversations,
    discord_messages,
    jobs,
    pictures,
    post_attachments,
    posts,
    preferences,
    report_cases,
    reports,
    telegram_messages,
    turns,
    usage,
)

FORGOTTEN = ""
"""Stands for whoever removed a turn that its own author wanted to be forgotten, and for who that was."""

_EMPTY: dict[str, Any] = {
    "author_id": FORGOTTEN,
    "author_name": "",
    "author_language": None,
    "words": "",
    "canvas": None,
    "corrections": "[]",
    "cut": False,
    "message": None,
    "remembered": None,
    "removed": FORGOTTEN,
    "kept": None,
    "whole": None,
    "mask": None,
}


@dataclass(frozen=True)
class Person:
    """Somebody by their platform and their id on it."""

    platform: str
    id: str

    @property
    def subject(self) -> str:
        """Their name as :mod:`bot.subjects` has it."""
        return f"{self.platform}:{self.id}"


def _own_turns(person: Person) -> Select[Any]:
    joined = turns.join(conversations, turns.c.conversation == conversations.c.id)
    return (
        select(turns.c.id)
        .select_from(joined)
        .where(turns.c.author_id == person.id, conversations.c.platform == person.platform)
    )


def _own_posts(person: Person) -> ColumnElement[bool]:
    """The posts of the web chat's places that are somebody's: where they have an account, those under its name."""
    place = posts.c.platform == person.platform
    if person.platform == "web" and person.id == "web":
        return place & ~posts.c.key.contains("/")
    return place & posts.c.key.startswith(f"{person.id}/", autoescape=True)


async def stop(connection: AsyncConnection, person: Person, now: float) -> list[int]:
    """End everything that waits or runs for somebody; the jobs that ran."""
    own = jobs.c.author == person.subject
    running = await connection.scalars(select(jobs.c.id).where(own, jobs.c.state == State.RUNNING))
    found = list(running)
    ended = {"state": State.CANCELLED, "finished": now}
    await connection.execute(update(jobs).where(own, jobs.c.state.in_(ACTIVE)).values(ended))
    return found


async def files_of(connection: AsyncConnection, person: Person) -> list[str]:
    """The paths of somebody's pictures, but for those that another's turn shows, too."""
    return await _paths(connection, _own_turns(person))


async def _paths(connection: AsyncConnection, own: Select[Any]) -> list[str]:
    """Paths of the pictures of some turns that no other turn shows."""
    wanted = select(pictures.c.path).where(pictures.c.turn.in_(own), pictures.c.path != "")
    mine = Counter(await connection.scalars(wanted))
    paths = sorted(mine)
    found: list[str] = []
    for first in range(0, len(paths), 500):
        some = pictures.c.path.in_(paths[first : first + 500])
        shown = select(pictures.c.path, func.count().label("times")).where(some).group_by(pictures.c.path)
        found += [row.path for row in await connection.execute(shown) if row.times == mine[row.path]]
    return found


async def forget(connection: AsyncConnection, person: Person) -> int:
    """Delete what there is of somebody, and empty their turns; how many those were.

    What tells of their turns on a platform is then yet to be told that they were removed.
    """
    own = list(await connection.scalars(_own_turns(person)))
    messages = await _message_ids(connection, own)
    await connection.execute(delete(pictures).where(pictures.c.turn.in_(_own_turns(person))))
    mine = jobs.c.turn.in_(_own_turns(person))
    bare = {"kind": JobKind.COMPOSE, "error": ""}
    await connection.execute(update(jobs).where(mine).values(bare))
    await connection.execute(update(jobs).where(mine, jobs.c.state == State.FAILED).values(error="-"))
    await connection.execute(update(jobs).where(mine, jobs.c.status_message.is_not(None)).values(posted=None))
    await connection.execute(update(jobs).where(jobs.c.author == person.subject).values(author=FORGOTTEN))
    theirs = conversations.c.id.in_(_own_turns(person).with_only_columns(turns.c.conversation))
    heads = theirs & conversations.c.head.in_(_own_turns(person))
    root = func.coalesce(turns.c.parent, "") == ""  # not in the words of an index: somebody's own turns are fewer
    titled = _own_turns(person).with_only_columns(turns.c.conversation).where(root)
    await connection.execute(update(conversations).where(conversations.c.id.in_(titled)).values(title=""))
    await connection.execute(update(conversations).where(heads).values(head=_other_head(person)))
    for first in range(0, len(own), 500):
        some = turns.c.id.in_(own[first : first + 500])
        await connection.execute(update(turns).where(some).values(_EMPTY))
    await _forget_messages(connection, person, messages)
    gone = report_cases.c.turn.in_(_own_turns(person))
    await connection.execute(update(report_cases).where(gone).values(state=CaseState.REMOVED, told=False))
    await connection.execute(delete(reports).where(reports.c.by == person.subject))
    mine_alone = (preferences.c.scope == Scope.PERSON) & (preferences.c.platform == person.platform)
    await connection.execute(delete(preferences).where(mine_alone, preferences.c.key == person.id))
    await connection.execute(delete(characters).where(_own_characters(person)))
    return len(own)


def _own_characters(person: Person) -> ColumnElement[bool]:
    return (characters.c.platform == person.platform) & (characters.c.person == person.id)


def _other_head(person: Person) -> ScalarSelect[Any]:
    """The newest turn of a conversation that is somebody else's and was not removed; None where there is none."""
    newest = select(turns.c.id).where(turns.c.conversation == conversations.c.id, turns.c.removed.is_(None))
    newest = newest.where(turns.c.author_id != person.id, turns.c.canvas.is_not(None))
    return newest.order_by(turns.c.created.desc()).limit(1).correlate(conversations).scalar_subquery()


async def _message_ids(connection: AsyncConnection, own: Sequence[str]) -> list[str]:
    found: list[str] = []
    for first in range(0, len(own), 500):
        some = turns.c.id.in_(own[first : first + 500])
        found += await connection.scalars(select(turns.c.message).where(some, turns.c.message.is_not(None)))
    return found


async def _forget_messages(connection: AsyncConnection, person: Person, messages: Collection[str]) -> None:
    """The adapters' own memories of what somebody wrote."""
    if person.platform == "discord":
        numbers = [int(each) for each in messages if each.isdecimal()]
        for first in range(0, len(numbers), 500):
            here = numbers[first : first + 500]
            named = discord_messages.c.message.in_(here) | discord_messages.c.request.in_(here)
            await connection.execute(update(discord_messages).where(named).values(text=""))
    elif person.platform == "telegram":
        own = telegram_messages.c.note == f"by {person.id}"
        firsts = await connection.execute(select(telegram_messages.c.chat, telegram_messages.c.message).where(own))
        notes = [f"with {row.chat}:{row.message}" for row in firsts]
        await connection.execute(delete(telegram_messages).where(own))
        for first in range(0, len(notes), 500):
            some = telegram_messages.c.note.in_(notes[first : first + 500])
            await connection.execute(delete(telegram_messages).where(some))
        if person.id.isdecimal():  # a private chat has the number of its person
            await connection.execute(
                update(telegram_messages).where(telegram_messages.c.chat == int(person.id)).values(state="")
            )
    elif person.platform == "web":
        mine = select(posts.c.id).where(_own_posts(person))
        await connection.execute(delete(post_attachments).where(post_attachments.c.post.in_(mine)))
        await connection.execute(delete(posts).where(_own_posts(person)))
        gone = select(jobs.c.id).join(turns).where(turns.c.author_id == FORGOTTEN)
        on_web = turns.c.conversation.in_(select(conversations.c.id).where(conversations.c.platform == "web"))
        told = {"status_message": None, "posted": jobs.c.finished}
        await connection.execute(update(jobs).where(jobs.c.id.in_(gone.where(on_web))).values(told))


async def untold(connection: AsyncConnection) -> list[int]:
    """Jobs of forgotten turns whose messages still show them."""
    query = select(jobs.c.id).join(turns).where(turns.c.removed == FORGOTTEN, jobs.c.posted.is_(None))
    return list(await connection.scalars(query))


async def purge(connection: AsyncConnection) -> int:
    """Delete the conversations of which nothing is left but forgotten turns that everybody was told of."""
    other = turns.alias()
    some = conversations.c.id.in_(select(turns.c.conversation).where(turns.c.removed == FORGOTTEN))
    alive = (
        exists()
        .where(other.c.conversation == conversations.c.id)
        .where(or_(other.c.removed.is_(None), other.c.removed != FORGOTTEN))
    )
    told_of = turns.alias()
    pending = (
        select(jobs.c.id)
        .join(told_of, jobs.c.turn == told_of.c.id)
        .where(told_of.c.conversation == conversations.c.id, jobs.c.posted.is_(None))
        .exists()
    )
    gone = list(await connection.scalars(select(conversations.c.id).where(some, ~alive, ~pending)))
    await delete_conversations(connection, gone)
    return len(gone)


async def delete_conversations(connection: AsyncConnection, gone: Sequence[int]) -> None:
    """Delete conversations with everything in them."""
    for first in range(0, len(gone), 200):
        here = gone[first : first + 200]
        inside = select(turns.c.id).where(turns.c.conversation.in_(here))
        places = select(conversations.c.platform, conversations.c.key).where(conversations.c.id.in_(here))
        for row in (await connection.execute(places)).all():
            await _delete_place(connection, row.platform, row.key)
        await connection.execute(delete(pictures).where(pictures.c.turn.in_(inside)))
        await connection.execute(delete(reports).where(reports.c.turn.in_(inside)))
        closed = update(report_cases).where(report_cases.c.turn.in_(inside))
        await connection.execute(closed.values(state=CaseState.REMOVED, told=False))
        await connection.execute(delete(jobs).where(jobs.c.turn.in_(inside)))
        await connection.execute(update(turns).where(turns.c.conversation.in_(here)).values(parent=None))
        await connection.execute(delete(turns).where(turns.c.conversation.in_(here)))
        await connection.execute(delete(conversations).where(conversations.c.id.in_(here)))


async def _delete_place(connection: AsyncConnection, platform: str, key: str) -> None:
    """What the platforms' own memories hold of a place."""
    here = (posts.c.platform == platform) & (posts.c.key == key)
    own = post_attachments.c.post.in_(select(posts.c.id).where(here))
    await connection.execute(delete(post_attachments).where(own))
    await connection.execute(delete(posts).where(here))
    if platform == "discord":
        await connection.execute(delete(discord_messages).where(discord_messages.c.key == key))
    elif platform == "telegram":
        await connection.execute(delete(telegram_messages).where(telegram_messages.c.key == key))


async def removed_files(connection: AsyncConnection) -> list[str]:
    """The paths of pictures of removed turns that no other turn shows."""
    return await _paths(connection, select(turns.c.id).where(turns.c.removed.is_not(None)))


async def delete_removed(connection: AsyncConnection) -> None:
    """Delete the rows of removed turns' pictures; their files are gone."""
    removed = select(turns.c.id).where(turns.c.removed.is_not(None))
    await connection.execute(delete(pictures).where(pictures.c.turn.in_(removed)))


async def old_files(connection: AsyncConnection, before: float) -> list[str]:
    """The paths of pictures of turns from before a time that no younger turn shows."""
    return await _paths(connection, select(turns.c.id).where(turns.c.created < before))


async def expire_pictures(connection: AsyncConnection, before: float) -> None:
    """Let the rows of old pictures say that there is no file any more; the layout is shown in its place."""
    old = select(turns.c.id).where(turns.c.created < before)
    await connection.execute(update(pictures).where(pictures.c.turn.in_(old)).values(path=""))
    told = select(posts.c.id).where(posts.c.created < before, posts.c.author_id.is_(None))
    await connection.execute(delete(post_attachments).where(post_attachments.c.post.in_(told)))


async def old_conversations(connection: AsyncConnection, before: float) -> tuple[list[int], list[str]]:
    """Conversations in which nothing has happened since a time, and the paths of their pictures."""
    newest = select(turns.c.conversation).group_by(turns.c.conversation).having(func.max(turns.c.created) < before)
    busy = select(turns.c.conversation).join(jobs).where(jobs.c.state.in_(ACTIVE))
    gone = list(await connection.scalars(newest.where(turns.c.conversation.not_in(busy))))
    paths: list[str] = []
    for first in range(0, len(gone), 200):
        inside = select(turns.c.id).where(turns.c.conversation.in_(gone[first : first + 200]))
        paths += await connection.scalars(
            select(pictures.c.path).where(pictures.c.turn.in_(inside), pictures.c.path != "")
        )
    return gone, paths


async def gather(connection: AsyncConnection, person: Person) -> dict[str, Any]:
    """Everything that is kept of somebody, as plain data; pictures by their paths, those of characters in base64."""
    joined = turns.join(conversations, turns.c.conversation == conversations.c.id)
    columns = (conversations.c.platform, conversations.c.key, turns)
    query = select(*columns).select_from(joined).where(turns.c.id.in_(_own_turns(person)))
    own = [dict(row) for row in (await connection.execute(query.order_by(turns.c.created))).mappings()]
    for each in own:
        each.pop("mask", None)
    shown = select(pictures).where(pictures.c.turn.in_(_own_turns(person)))
    asked = select(jobs).where(jobs.c.author == person.subject).order_by(jobs.c.id)
    saved = select(preferences).where(
        preferences.c.scope == Scope.PERSON, preferences.c.platform == person.platform, preferences.c.key == person.id
    )
    said = select(posts.c.key, posts.c.created, posts.c.author_id, posts.c.text).where(_own_posts(person))
    used = select(usage).where(usage.c.subject == person.subject)
    lists = {"pictures": shown, "jobs": asked, "preferences": saved, "posts": said.order_by(posts.c.id), "usage": used}
    lists["reports"] = select(reports).where(reports.c.by == person.subject)
    found: dict[str, Any] = {"person": person.subject, "turns": own}
    for name, wanted in lists.items():
        found[name] = [dict(row) for row in (await connection.execute(wanted)).mappings()]
    cast = select(characters).where(_own_characters(person)).order_by(characters.c.created)
    found["characters"] = [
        {**row, "picture": b64encode(row["picture"]).decode()} for row in (await connection.execute(cast)).mappings()
    ]
    return found
