"""A local Discord and a local Telegram with people on them, and the program on both, as a process that can be killed.

Holds what must be true at any moment (:func:`bot.ops.check.check`), and what people must see once all has come to rest.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from subprocess import PIPE, Popen

from bot.chat.telegram.places import named
from bot.ops.check import check
from tests.places import ROOT
from tests.platforms.discord.interactions import Interaction
from tests.platforms.discord.player import Player as DiscordPlayer
from tests.platforms.discord.server import TOKEN as DISCORD_TOKEN
from tests.platforms.discord.server import LocalDiscord
from tests.platforms.discord.world import Channel, Guild, Message
from tests.platforms.telegram.player import Player as TelegramPlayer
from tests.platforms.telegram.server import TOKEN as TELEGRAM_TOKEN
from tests.platforms.telegram.server import LocalTelegram

PATIENCE = 60.0
SPEED = 20.0

_UNSETTLED = """
SELECT (SELECT count(*) FROM job WHERE state IN ('queued', 'running') OR posted IS NULL)
     + (SELECT count(*) FROM discord_message WHERE handled IS NULL)
     + (SELECT count(*) FROM telegram_message WHERE note = 'held')
"""
_PROGRESS = """
SELECT (SELECT count(*) FROM job WHERE posted IS NOT NULL), (SELECT count(*) FROM job WHERE status_message IS NOT NULL),
  (SELECT count(*) FROM job), (SELECT count(*) FROM job WHERE state = 'queued'),
  (SELECT count(*) FROM discord_message WHERE handled IS NULL), (SELECT count(*) FROM discord_message),
  (SELECT max(seen) FROM telegram_message)
"""
_JOBS = """
SELECT conversation.platform, conversation.key, turn.words, job.state, job.kind, job.status_message,
  turn.removed
FROM job JOIN turn ON job.turn = turn.id JOIN conversation ON turn.conversation = conversation.id ORDER BY job.id
"""
_ANEW = "SELECT substr(note, 7), chat || ':' || message FROM telegram_message WHERE note LIKE 'again %'"
"""Messages that were said anew, as words alone cannot take a picture's place on Telegram, and what stands for them."""
_OWN = "SELECT words, parent IS NULL FROM turn WHERE coalesce(json_extract(spec, '$.count'), 1) = 1"
"""Turns of what was said: variations have the words of what they vary."""


class Starter:
    """The process that starts programs; a thread listens to it."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process
        self._ended: dict[int, int] = {}
        self._started: Queue[int] = Queue()

    async def start(self, *arguments: str) -> int:
        """Start a program; its process's number."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{' '.join(arguments)}\n")
        self._process.stdin.flush()
        return await asyncio.to_thread(self._started.get, timeout=PATIENCE)

    def ended(self, number: int) -> int | None:
        """With which status a program has ended; negative is a signal's number."""
        return self._ended.get(number)

    def listen(self) -> None:
        """Note what it says, until it ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, *numbers = line.split()
            if word == "started":
                self._started.put(int(numbers[0]))
            elif word == "ended":
                self._ended[int(numbers[0])] = int(numbers[1])


@contextmanager
def starter() -> Iterator[Starter]:
    """A process that has imported the program."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "tests.torture.program")
    with Popen(command, stdin=PIPE, stdout=PIPE, cwd=ROOT, env=environment, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", "it could not be started"
        found = Starter(process)
        listening = threading.Thread(target=found.listen)
        listening.start()
        yield found
        process.stdin.close()
        listening.join()


@dataclass
class Stage:
    """Everything a test needs. Ann and Bob are on Discord, Cy and Di on Telegram."""

    folder: Path
    starter: Starter
    discord: LocalDiscord
    telegram: LocalTelegram
    guild: Guild
    channel: Channel
    ann: DiscordPlayer
    bob: DiscordPlayer
    cy: TelegramPlayer
    di: TelegramPlayer
    more: str = ""
    said: list[str] = field(default_factory=list)
    asked: list[tuple[str, Interaction]] = field(default_factory=list)
    process: int = 0
    deaths: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def words(self, text: str) -> str:
        """Words that nobody has said before, and that must be answered once."""
        self.said.append(f"{text} number {next(self._numbers)}")
        return self.said[-1]

    # The program.

    def settings(self) -> Path:
        file = self.folder / "config.toml"
        file.write_text(
            f"""
device = "cpu"
{self.more}
[web]
enabled = false
[limits]
waiting_per_author = 1000
waiting = 1000
per_minute = 10000
[discord]
enabled = true
token = "{DISCORD_TOKEN}"
api_url = "{self.discord.api_url}"
gateway_url = "{self.discord.gateway_url}"
[telegram]
enabled = true
token = "{TELEGRAM_TOKEN}"
base_url = "{self.telegram.base_url}"
base_file_url = "{self.telegram.base_file_url}"
""",
            encoding="utf-8",
        )
        return file

    @property
    def log(self) -> str:
        file = self.folder / "log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    @property
    def dead(self) -> bool:
        return self.starter.ended(self.process) is not None

    async def start(self, trap: str = "none@before@1") -> None:
        """Start the program, until it is on both platforms; with a trap it may die before."""
        before = len(self.discord.calls_to("PUT", "/commands$")), len(self.telegram.calls_to("setMyCommands"))
        self.process = await self.starter.start(str(self.settings()), str(self.folder / "log"), trap)

        def there() -> bool:
            registered = len(self.discord.calls_to("PUT", "/commands$")), len(self.telegram.calls_to("setMyCommands"))
            on_both = registered[0] > before[0] and registered[1] >= before[1] + 3
            return on_both and bool(self.discord.gateway.connected)

        await self.until(lambda: self.dead or there())

    async def killed(self) -> None:
        """SIGKILL."""
        if not self.dead:
            os.kill(self.process, signal.SIGKILL)
        await self.until(lambda: self.dead)
        self.deaths += 1

    async def stop(self) -> None:
        """SIGTERM, and a clean end."""
        os.kill(self.process, signal.SIGTERM)
        await self.until(lambda: self.dead)
        assert self.starter.ended(self.process) == 0, self.log

    async def revived(self) -> None:
        """Start the program again if its trap has snapped."""
        if self.dead:
            assert self.starter.ended(self.process) == -signal.SIGKILL, self.log
            self.deaths += 1
            self.holds()
            await self.start()

    # What people do.

    async def imagine(self, player: DiscordPlayer, text: str) -> Interaction:
        """/imagine, in the channel."""
        words = f"{text} number {next(self._numbers)}"
        interaction = await player.slash_at_once(self.channel, "imagine", {"prompt": words})
        self.asked.append((words, interaction))
        return interaction

    async def press(self, player: DiscordPlayer, message: Message, label: str) -> None:
        """Press a button on Discord, until it is answered or the program has died."""
        pressed = await player.press(message, label, answered=False)
        await self.until(lambda: self.dead or pressed.answer is not None)
        await self.settled()

    async def until(self, condition: Callable[[], object], patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while not condition():
            assert time.monotonic() < deadline, f"it never came there\n{self.log[-8000:]}\n{self.unsettled()}"
            await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Wait until nobody waits for anything, as long as there is progress; revive the program where it has died."""
        deadline = time.monotonic() + PATIENCE
        calm, before = 0, None
        while calm < 5:
            if (now := self.progress()) != before:
                deadline, before = time.monotonic() + PATIENCE, now
            assert time.monotonic() < deadline, f"it never came to rest\n{self.log[-8000:]}\n{self.unsettled()}"
            await self.revived()
            await asyncio.sleep(0.05)
            calm = calm + 1 if not self.telegram.updates and self.rows(_UNSETTLED) == [(0,)] else 0

    # What is found.

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.data / "omost.db", timeout=20)) as database:
            return database.execute(query).fetchall()

    def progress(self) -> tuple[object, ...]:
        """How far everything is that people wait for: another as long as anything goes on."""
        return self.rows(_PROGRESS)[0] if (self.data / "omost.db").exists() else ()

    def unsettled(self) -> str:
        """What is not at rest, to be read by people."""
        if not (self.data / "omost.db").exists():
            return "there is no database"
        held = self.rows("SELECT * FROM telegram_message WHERE note = 'held'")
        unread = self.rows("SELECT * FROM discord_message WHERE handled IS NULL")
        jobs = self.rows("SELECT id, turn, state, status_message, posted, attempts FROM job WHERE posted IS NULL")
        return f"held {held}\nunread {unread}\njobs {jobs}\nupdates {self.telegram.updates}"

    def holds(self) -> None:
        """At any moment: what is always true."""
        if (self.data / "omost.db").exists():
            report = check(self.data / "omost.db", self.data / "pictures")
            assert report.clean, report.breaches

    def answered(self) -> None:
        """At rest: everything that was said was answered once, and nothing else stands there."""
        self.holds()
        jobs = self.rows(_JOBS)
        own = self.rows(_OWN)
        turns = [line for words, _ in own for line in str(words).splitlines()]  # what was noted together is one request
        first = [str(words) for words, begins in own if begins]
        for words in self.said:
            assert turns.count(words) == 1, f"{words!r} was taken {turns.count(words)} times\n{self.log[-8000:]}"
        for words, interaction in self.asked:
            wanted = (0, 1) if interaction.answer is None else (1,)
            assert first.count(words) in wanted, f"/imagine {words!r} was taken {first.count(words)} times"
        anew = {str(name): str(by) for name, by in self.rows(_ANEW)}
        shown, known = self.shown(), {anew.get(str(message), str(message)) for *_, message, _ in jobs}
        stray = [f"{name}: {text!r}" for name, text in shown.items() if name not in known]
        assert shown.keys() == known, f"nobody knows of {stray}, or sees {known - shown.keys()}\n{self.log[-8000:]}"
        assert len(jobs) == len(known), "two jobs share a message"
        for platform, key, asked, state, _, message, removed in jobs:
            words = str(asked)
            labels, text = self._message(str(platform), str(key), anew.get(str(message), str(message)))
            if removed is not None or state == "cancelled":
                assert not {"Cancel", "Reroll"} & set(labels), (words, text)
            elif state == "finished":
                assert "Reroll" in labels, (words, labels, text)
            else:
                assert "Retry" in " ".join(labels), (words, labels, text)
        assert not self.discord.violations, self.discord.violations
        assert not self.telegram.violations, self.telegram.violations

    def shown(self) -> dict[str, str]:
        """The bot's messages that tell of jobs, by the names that the bot has for them; notices are none."""
        world = self.discord.world
        threads = [each for thread in world.threads(self.guild) for each in world.in_channel(thread)]
        own = [each for each in threads if each.author is world.bot and each.reference is None]
        found = {str(each.id): f"{each.labels()} {each.content}" for each in own}
        for player in (self.cy, self.di):
            chat = player.private
            own_there = [each for each in self.telegram.messages(chat) if not each.asks()]
            found |= {f"{chat.id}:{each.id}": f"{each.labels()} {each.text}" for each in own_there}
        return found

    def _message(self, platform: str, key: str, name: str) -> tuple[list[str], str]:
        if platform == "discord":
            channel = self.discord.world.channels[int(key.rpartition("/")[2])]
            message = self.discord.world.message(channel, int(name))
            return message.labels(), message.content
        chat, number = named(name)
        shown = self.telegram.world.chats[chat].messages[number]
        return shown.labels(), shown.text


@asynccontextmanager
async def staged(folder: Path, starting: Starter, more: str = "") -> AsyncGenerator[Stage]:
    """Both platforms, and no program yet; it is killed at the end."""
    async with LocalDiscord() as discord, LocalTelegram(speed=SPEED) as telegram:
        ann, bob = (DiscordPlayer(discord, discord.world.add_user(name)) for name in ("Ann", "Bob"))
        cy, di = (TelegramPlayer(telegram, telegram.world.add_user(name)) for name in ("Cy", "Di"))
        guild = discord.world.add_guild("Studio", ann.user)
        channel = discord.world.add_channel(guild, "pictures")
        stage = Stage(folder, starting, discord, telegram, guild, channel, ann, bob, cy, di, more)
        try:
            yield stage
        finally:
            if stage.process and not stage.dead:
                await stage.killed()
