"""What is always true of a bot's database and pictures, whatever died when; and what is found where it is not.

Reads one unchanging view through an open connection and the folder of pictures; changes nothing. Knows the tables'
meaning, not how the bot is run. What waits to be done after a crash (a job marked as running, a status that says so)
is no breach: the next start does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError
from sqlalchemy import Connection, Row, func, select

from bot.jobs.job import ACTIVE, JobKind, State
from bot.store.tables import conversations, jobs, pictures, posts, turns
from bot.store.turns import turn_of
from omost_pipeline.errors import OmostError

_OF_A_TURN = re.compile(r"(?P<turn>[a-z2-7]{10})-\d+\.(png|latents|ora)(\.partial)?")
"""The names of files in the folder of pictures."""


@dataclass(frozen=True)
class Breach:
    """Something that should never be: which rule it breaks, and a sentence that names it."""

    rule: str
    found: str


def breaches(connection: Connection, folder: Path) -> Iterator[Breach]:
    """Everything that is wrong; ``folder`` is the one of the pictures."""
    records = {row.id: row for row in connection.execute(select(turns))}
    every = list(connection.execute(select(jobs).order_by(jobs.c.id)))
    shown = list(connection.execute(select(pictures).order_by(pictures.c.turn, pictures.c.number)))
    yield from _trees(connection, records)
    yield from _readable(records.values())
    yield from _requests(records, every, {row.turn for row in shown})
    yield from _lives(every, records)
    yield from _messages(connection, every)
    yield from _files(shown, {row.turn for row in every if row.state in ACTIVE}, records, folder)


def _trees(connection: Connection, records: dict[str, Row[Any]]) -> Iterator[Breach]:
    """Turns form trees within their conversations, and each conversation goes on from one of its own."""
    whole: set[str] = set()
    for turn, row in records.items():
        parent = records.get(row.parent)
        if row.parent is not None and (parent is None or parent.conversation != row.conversation):
            yield Breach("tree", f"Turn {turn} has a parent {row.parent} outside its conversation.")
        path: list[str] = []
        above: str | None = turn
        while above is not None and above not in whole and above not in path:
            path.append(above)
            above = records[above].parent if above in records else None
        if above is not None and above in path:
            yield Breach("tree", f"Turn {turn} is its own ancestor.")
        whole.update(path)
    for row in connection.execute(select(conversations).where(conversations.c.head.is_not(None))):
        head = records.get(row.head)
        if head is None or head.conversation != row.id:
            yield Breach("tree", f"Conversation {row.id} goes on from turn {row.head}, which is not one of its own.")
        elif head.removed is not None:
            yield Breach("tree", f"Conversation {row.id} goes on from turn {row.head}, which was removed.")


def _readable(records: Iterable[Row[Any]]) -> Iterator[Breach]:
    """Every turn can be read: canvas, options, corrections."""
    for row in records:
        try:
            turn_of(row)
        except (OmostError, ValueError, TypeError, KeyError) as error:
            yield Breach("turns", f"Turn {row.id} cannot be read: {error}.")


def _requests(records: dict[str, Row[Any]], every: list[Row[Any]], drawn: set[str]) -> Iterator[Breach]:
    """Every turn was answered once, or waits to be; what was answered with a picture has one."""
    finished: dict[str, list[int]] = {}
    active: dict[str, list[int]] = {}
    for job in every:
        if job.state in ACTIVE:
            active.setdefault(job.turn, []).append(job.id)
        elif job.state == State.FINISHED and job.kind != JobKind.SHOW:
            finished.setdefault(job.turn, []).append(job.id)
    known = {job.turn for job in every}
    for turn, row in records.items():
        if turn not in known:
            yield Breach("requests", f"Turn {turn} has no job: nobody will answer it.")
        if len(active.get(turn, ())) > 1:
            yield Breach("requests", f"Turn {turn} waits more than once: jobs {active[turn]}.")
        if len(finished.get(turn, ())) > 1:
            yield Breach("requests", f"Turn {turn} was drawn more than once: jobs {finished[turn]}.")
        if turn in finished and row.removed is None and (turn not in drawn or row.canvas is None):
            yield Breach("requests", f"Turn {turn} is finished by job {finished[turn][0]} and has no picture.")


def _lives(every: list[Row[Any]], records: dict[str, Row[Any]]) -> Iterator[Breach]:
    """Each job is where its columns say, and of a conversation one runs at a time."""
    running: dict[int, int] = {}
    for job in every:
        yield from _life(job)
        turn = records.get(job.turn)
        if turn is None:
            continue
        if job.kind == JobKind.RENDER and turn.canvas is None:
            yield Breach("jobs", f"Job {job.id} is to draw turn {job.turn}, which has no canvas.")
        if job.state == State.RUNNING and running.setdefault(turn.conversation, job.id) != job.id:
            other = running[turn.conversation]
            yield Breach("jobs", f"Jobs {other} and {job.id} of one conversation run at once.")


def _life(job: Row[Any]) -> Iterator[Breach]:
    if job.state not in set(State) or job.kind not in set(JobKind):
        yield Breach("jobs", f"Job {job.id} is {job.state!r} of kind {job.kind!r}, which this program never writes.")
        return
    active = job.state in ACTIVE
    if active and job.finished is not None:
        yield Breach("jobs", f"Job {job.id} is {job.state} and has ended.")
    if not active and job.finished is None:
        yield Breach("jobs", f"Job {job.id} is {job.state} and has no time of its end.")
    if active and job.posted is not None:
        yield Breach("jobs", f"Job {job.id} is {job.state} and its end was told.")
    if job.state == State.FAILED and not job.error:
        yield Breach("jobs", f"Job {job.id} failed without a reason.")
    if job.state == State.RUNNING and job.status_message is None:
        yield Breach("jobs", f"Job {job.id} runs, and nobody was told that it was accepted.")


def _messages(connection: Connection, every: list[Row[Any]]) -> Iterator[Breach]:
    """Each job has a message of its own; those that the bot keeps itself say what the job came to."""
    places = select(turns.c.id, conversations.c.platform, conversations.c.key).join_from(turns, conversations)
    where = {row.id: (row.platform, row.key) for row in connection.execute(places)}
    by_message: dict[tuple[str, str, str], int] = {}
    for job in every:
        if job.status_message is None or job.turn not in where:
            continue
        other = by_message.setdefault((*where[job.turn], job.status_message), job.id)
        if other != job.id:
            platform, key = where[job.turn]
            found = f"Jobs {other} and {job.id} share the message {job.status_message} in {platform} {key}."
            yield Breach("messages", found)
    named = {f"{job.turn}-{job.id}": job for job in every}
    own = select(posts.c.id, posts.c.platform, posts.c.key, posts.c.nonce, posts.c.progress).where(
        posts.c.author_id.is_(None), posts.c.nonce != ""
    )
    present = set()
    for post in connection.execute(own):
        present.add((post.platform, post.key, str(post.id)))
        told_of = named.get(post.nonce)
        if told_of is None:
            yield Breach("messages", f"Post {post.id} tells of a job {post.nonce} that is not there.")
        elif post.progress is not None and told_of.state not in ACTIVE and told_of.posted is not None:
            yield Breach("messages", f"Post {post.id} says that job {told_of.id} goes on, which is {told_of.state}.")
    kept_here = {platform for platform, _, _ in present}
    for (platform, key, message), number in by_message.items():
        if platform in kept_here and (platform, key, message) not in present:
            yield Breach("messages", f"Job {number} is told of in post {message}, which is not there.")


def _files(shown: list[Row[Any]], active: set[str], records: dict[str, Row[Any]], folder: Path) -> Iterator[Breach]:
    """Each picture has its file, and each file its picture, or a job that will write it again."""
    wanted = set()
    for row in shown:
        if not row.path:  # deleted for its age
            continue
        path = folder.parent / row.path
        wanted |= {path.name, path.with_suffix(".latents").name, path.with_suffix(".ora").name}
        if row.turn in records and records[row.turn].removed is None and (wrong := _wrong(path, row)):
            yield Breach("pictures", f"Picture {row.path} of turn {row.turn} {wrong}.")
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = _OF_A_TURN.fullmatch(file.name)
        if file.name not in wanted and (match is None or match["turn"] not in active):
            yield Breach("pictures", f"The file {folder.name}/{file.name} belongs to no picture.")


def _wrong(path: Path, row: Row[Any]) -> str:
    try:
        with Image.open(path) as image:
            size = image.size
    except FileNotFoundError:
        return "is missing"
    except (OSError, UnidentifiedImageError) as error:
        return f"cannot be read: {error}"
    return "" if size == (row.width, row.height) else f"is {size[0]}x{size[1]}, not {row.width}x{row.height}"


def counts(connection: Connection) -> dict[str, int]:
    """How much there is of what was looked at."""
    tables = {"conversations": conversations, "turns": turns, "jobs": jobs, "pictures": pictures, "posts": posts}
    return {name: connection.scalar(select(func.count()).select_from(table)) or 0 for name, table in tables.items()}
