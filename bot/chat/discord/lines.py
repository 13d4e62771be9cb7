"""Messages that are for the bot, and which of them belong together where many are read at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.chat.discord import reading
from bot.chat.shared.bursts import Burst, Key
from bot.messages import Place

_JUST_NOW = 30.0
"""Seconds; clocks may differ."""


@dataclass(frozen=True)
class Line:
    """A message for the bot, and where its conversation is; None: in a thread that is still to be opened.

    ``request`` is the one that it was made part of before a restart, or 0.
    """

    message: discord.Message
    text: str
    where: Place | None
    request: int

    @property
    def key(self) -> Key:
        """Messages that may belong together have the same."""
        key = self.where.key if self.where is not None else str(self.message.channel.id)
        return key, self.message.author.id

    @property
    def file(self) -> discord.Attachment | None:
        """The canvas, or the words in a file, that came with it; a request of its own."""
        return reading.readable_file(self.message)


def gathered(lines: Sequence[Line], pause: float) -> list[Burst[Line]]:
    """Messages as they would have come together at their time, with at most ``pause`` seconds between two."""
    bursts: list[Burst[Line]] = []
    newest: dict[Key, tuple[Burst[Line], Line]] = {}
    for line in lines:
        burst, last = newest.get(line.key, (None, line))
        if burst is None or not _continues(last, line, pause):
            burst = Burst(line.key, line)
            bursts.append(burst)
        burst.lines[line.message.id] = line.text
        newest[line.key] = burst, line
    return bursts


def _continues(last: Line, line: Line, pause: float) -> bool:
    if last.request or line.request:
        return last.request == line.request
    if last.file is not None or line.file is not None:
        return False
    apart = (line.message.created_at - last.message.created_at).total_seconds()
    return apart <= pause and not line.text.startswith("/") and not last.text.startswith("/")


def may_go_on(burst: Burst[Line], bursts: Sequence[Burst[Line]]) -> bool:
    """Whether more of it may still come by itself: it was written just now, and nothing after it."""
    if burst.context.request or any(each.key == burst.key for each in bursts[bursts.index(burst) + 1 :]):
        return False
    written = discord.utils.snowflake_time(int(list(burst.lines)[-1]))
    return (discord.utils.utcnow() - written).total_seconds() < _JUST_NOW
