"""Which messages are meant for the bot: everything in its calm threads, elsewhere only what addresses it.

Pure but for its counts. A thread's own switch is kept in a small file, so that it survives restarts.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

logger = logging.getLogger(__name__)


class Switch(StrEnum):
    """What is heard in a thread; ``AUTO`` is everything while it is calm there."""

    AUTO = "auto"
    ALL = "all"
    MENTIONS = "mentions"


@dataclass(frozen=True)
class Heard:
    """What is known of a message. ``answers_other`` is a reply to another person; ``own`` a thread of the bot's.

    One that ``brings`` a canvas or words in a file needs no text; what it ``shows`` otherwise cannot be read.
    """

    text: str
    direct: bool = False
    own: bool = False
    mentioned: bool = False
    answers_us: bool = False
    answers_other: bool = False
    names_other: bool = False
    brings: bool = False
    shows: bool = False


def meant(heard: Heard, switch: Switch, *, busy: bool) -> bool:
    """Whether the message is for the bot."""
    if not (heard.text or heard.brings) or heard.text.startswith("//"):
        return False
    return _addressed(heard, switch, busy=busy)


def beyond_reading(heard: Heard, switch: Switch, *, busy: bool) -> bool:
    """Whether the message would be for the bot, but has nothing that it can read."""
    if heard.text or heard.brings:
        return False
    # Where Discord keeps a message's content from the bot, every message in its threads looks as if it said nothing.
    says_so = heard.shows or heard.direct or heard.mentioned or heard.answers_us
    return says_so and _addressed(heard, switch, busy=busy)


def _addressed(heard: Heard, switch: Switch, *, busy: bool) -> bool:
    if heard.direct or heard.mentioned or heard.answers_us:
        return True
    if not heard.own or heard.answers_other or heard.names_other:
        return False
    return switch is Switch.ALL or (switch is Switch.AUTO and not busy)


def addressed(text: str, bot: int) -> str:
    """The words without the bot's mention."""
    return re.sub(rf"<@!?{bot}>", " ", text).strip()


class Traffic:
    """Counts messages, to tell busy threads: at least ``people`` wrote ``messages`` within ``seconds``."""

    def __init__(
        self,
        messages: int = 10,
        people: int = 3,
        seconds: float = 60.0,
    ) -> None:
        self._messages = messages
        self._people = people
        self._seconds = seconds
        self._seen: defaultdict[int, deque[tuple[float, int]]] = defaultdict(deque)
        self._told: set[int] = set()

    def busy(self, place: int, person: int, at: float) -> bool:
        """Count a person's message of the time ``at``, in seconds; whether the place is busy with it."""
        seen = self._seen[place]
        seen.append((at, person))
        while seen and seen[0][0] < at - self._seconds:
            seen.popleft()
        busy = len(seen) >= self._messages and len({each for _, each in seen}) >= self._people
        if not busy:
            self._told.discard(place)
        return busy

    def first_time(self, place: int) -> bool:
        """Whether the place has just become busy; True once until it is calm again."""
        new = place not in self._told
        self._told.add(place)
        return new


class Switches:
    """The threads' switches, in a JSON file; in memory only without one."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known = _read(file)
        self._writing = asyncio.Lock()

    def of(self, place: int) -> Switch:
        """A thread's switch."""
        return self._known.get(place, Switch.AUTO)

    async def turn(self, place: int, switch: Switch) -> None:
        """Set a thread's switch for good.

        Raises:
            OSError: if the file cannot be written.
        """
        self._known[place] = switch
        if switch is Switch.AUTO:
            del self._known[place]
        if self._file is not None:
            async with self._writing:
                await asyncio.to_thread(_write, self._file, dict(self._known))


def _write(file: Path, switches: Mapping[int, Switch]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({str(key): value for key, value in switches.items()}), encoding="utf-8")
    new.replace(file)


def _read(file: Path | None) -> dict[int, Switch]:
    if file is None or not file.exists():
        return {}
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return {int(key): Switch(value) for key, value in stored.items()}
    except (OSError, ValueError, AttributeError) as error:
        logger.warning("%s cannot be read, so every thread is as at first: %s", file, error)
        return {}
