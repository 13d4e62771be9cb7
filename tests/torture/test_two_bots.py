"""Two programs on one PostgreSQL, Discord in one and Telegram by webhook in the other: one dies, or wakes up late."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from tests.platforms.discord.server import TOKEN as DISCORD_TOKEN
from tests.platforms.telegram.server import TOKEN as TELEGRAM_TOKEN
from tests.postgres_server import PostgresServer
from tests.torture.stage import Stage, Starter, staged

pytestmark = pytest.mark.slow

LEASE = 5.0
JOBS = """
SELECT conversation.platform, job.state, job.attempts, job.posted IS NOT NULL FROM job
JOIN turn ON job.turn = turn.id JOIN conversation ON turn.conversation = conversation.id ORDER BY job.id
"""


@dataclass
class Two:
    """Programs by the platform that each of them serves."""

    stage: Stage
    url: str
    webhook: int
    processes: dict[str, int] = field(default_factory=dict)

    def settings(self, platform: str) -> Path:
        """Of one of the two: the same database and folder."""
        stage, file = self.stage, self.stage.folder / f"{platform}.toml"
        own = {
            "discord": f'token = "{DISCORD_TOKEN}"\napi_url = "{stage.discord.api_url}"\n'
            f'gateway_url = "{stage.discord.gateway_url}"',
            "telegram": f'token = "{TELEGRAM_TOKEN}"\nbase_url = "{stage.telegram.base_url}"\n'
            f'base_file_url = "{stage.telegram.base_file_url}"\nwebhook_url = "http://127.0.0.1:{self.webhook}"\n'
            f"webhook_port = {self.webhook}",
        }[platform]
        file.write_text(
            f'device = "cpu"\ndatabase_url = "{self.url}"\njob_lease_seconds = {LEASE}\n[web]\nenabled = false\n'
            f"[{platform}]\nenabled = true\n{own}\n",
            encoding="utf-8",
        )
        return file

    def log(self, platform: str) -> str:
        file = self.stage.folder / f"{platform}.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    async def start(self, platform: str, trap: str = "none@before@1") -> None:
        """Start one of them, until it is on its platform."""
        stage = self.stage

        def calls() -> int:
            if platform == "discord":
                return len(stage.discord.calls_to("PUT", "/commands$"))
            return len(stage.telegram.calls_to("setMyCommands")) // 3

        before = calls()
        log = str(stage.folder / f"{platform}.log")
        self.processes[platform] = await stage.starter.start(str(self.settings(platform)), log, trap)
        await self.until(lambda: calls() > before)
        if platform == "discord":
            await self.until(lambda: stage.discord.gateway.connected)

    async def until(self, condition: Callable[[], object]) -> None:
        """As the stage's; says what both programs wrote if it never comes."""
        try:
            await self.stage.until(condition, 120.0)
        except AssertionError as error:
            raise AssertionError(f"{await self.jobs()}\n{self.log('discord')}\n{self.log('telegram')}") from error

    async def jobs_are(self, *expected: tuple[str, str, int, bool]) -> None:
        """Wait for the jobs' platform, state, attempts, and whether they are posted."""
        found: list[tuple[object, ...]] = []
        for _ in range(2400):
            found = await self.jobs()
            if found == list(expected):
                return
            await asyncio.sleep(0.05)
        pytest.fail(f"{found}\n{self.log('discord')}\n{self.log('telegram')}")

    async def jobs(self) -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(JOBS)]
        finally:
            await connection.close()

    async def words(self) -> str:
        """What all turns ask for."""
        connection = await asyncpg.connect(self.url)
        try:
            return "\n".join(row[0] for row in await connection.fetch("SELECT words FROM turn ORDER BY id"))
        finally:
            await connection.close()

    async def paths(self) -> set[str]:
        connection = await asyncpg.connect(self.url)
        try:
            return {Path(row[0]).name for row in await connection.fetch("SELECT path FROM picture")}
        finally:
            await connection.close()

    def signal(self, platform: str, number: signal.Signals) -> None:
        os.kill(self.processes[platform], number)

    async def dead(self, platform: str) -> None:
        """Wait until one of them has been killed."""
        await self.until(lambda: self.stage.starter.ended(self.processes[platform]) == -signal.SIGKILL)

    async def end(self) -> None:
        """Kill what still runs."""
        for platform, process in self.processes.items():
            if self.stage.starter.ended(process) is None:
                self.signal(platform, signal.SIGKILL)
            await self.dead(platform)

    async def at_rest(self) -> None:
        """Wait until every job is posted."""
        jobs: list[tuple[object, ...]] = []
        for _ in range(2400):
            jobs = await self.jobs()
            if jobs and all(posted for *_, posted in jobs):
                return
            await asyncio.sleep(0.05)
        pytest.fail(f"{jobs}\n{self.log('discord')}\n{self.log('telegram')}")

    def drawn_on_discord(self) -> int:
        world = self.stage.discord.world
        threads = world.threads(self.stage.guild)
        return sum("Reroll" in each.labels() for thread in threads for each in world.in_channel(thread))

    def drawn_on_telegram(self) -> int:
        return sum("Reroll" in each.labels() for each in self.stage.telegram.messages(self.stage.cy.private))

    def files(self) -> set[str]:
        return {each.name for each in (self.stage.data / "pictures").glob("*.png")}


async def test_one_dies_the_other_goes_on_and_who_wakes_up_late_posts_nothing_twice(
    tmp_path: Path, starting: Starter, postgres_server: PostgresServer, unused_tcp_port: int
) -> None:
    async with staged(tmp_path, starting) as stage:
        two = Two(stage, postgres_server.database_of(tmp_path), unused_tcp_port)
        try:
            await two.start("discord", "drawing@before@1")
            await two.start("telegram")
            two.signal("telegram", signal.SIGSTOP)  # so that Discord's own takes it
            await stage.imagine(stage.ann, "a house")
            await two.dead("discord")
            two.signal("telegram", signal.SIGCONT)
            stage.cy.say("a tree")
            done = ("discord", "finished", 2, False), ("telegram", "finished", 1, True)
            await two.jobs_are(*done)
            assert (two.drawn_on_telegram(), two.drawn_on_discord()) == (1, 0), "nobody is there to say it on Discord"
            await two.start("discord")
            told = ("discord", "finished", 2, True), done[1]
            await two.jobs_are(*told)
            assert two.drawn_on_discord() == 1

            two.signal("discord", signal.SIGSTOP)
            stage.cy.say("a boat, slowly")
            await two.jobs_are(*told, ("telegram", "running", 1, False))
            two.signal("telegram", signal.SIGSTOP)
            two.signal("discord", signal.SIGCONT)
            await two.jobs_are(*told, ("telegram", "finished", 2, False))
            two.signal("telegram", signal.SIGCONT)
            await two.jobs_are(*told, ("telegram", "finished", 2, True))
            await two.until(lambda: "or it is somebody else's" in two.log("telegram"))
            assert (two.drawn_on_telegram(), two.drawn_on_discord()) == (2, 1)
            assert two.files() == await two.paths(), "what was drawn too late is gone"

            two.signal("telegram", signal.SIGKILL)
            await stage.imagine(stage.ann, "a garden")
            await two.until(lambda: two.drawn_on_discord() == 2)
            assert not stage.discord.violations, stage.discord.violations
            assert not stage.telegram.violations, stage.telegram.violations
        finally:
            await two.end()
            postgres_server.drop()


async def test_two_that_are_killed_in_turn_answer_everything_once(
    tmp_path: Path, starting: Starter, postgres_server: PostgresServer, unused_tcp_port: int
) -> None:
    async with staged(tmp_path, starting) as stage:
        two = Two(stage, postgres_server.database_of(tmp_path), unused_tcp_port)
        try:
            await two.start("discord", "drawing@before@5")
            await two.start("telegram", "composing@before@8")
            for number in range(3):
                await stage.imagine(stage.ann, f"a house with {number} windows")
                stage.cy.say(f"a tree with {number} birds")
            await two.dead("discord")
            await two.start("discord")
            await two.dead("telegram")
            await two.start("telegram")
            await two.at_rest()
            jobs = await two.jobs()
            assert {state for _, state, _, _ in jobs} == {"finished"}
            platforms = [platform for platform, *_ in jobs]
            assert two.drawn_on_telegram() == platforms.count("telegram") > 0
            asked = await two.words()  # what is said on Telegram within a moment is one request
            assert [asked.count(f"a tree with {number} birds") for number in range(3)] == [1] * 3
            assert two.drawn_on_discord() == platforms.count("discord") > 0
            assert two.files() == await two.paths()
            assert not stage.discord.violations, stage.discord.violations
            assert not stage.telegram.violations, stage.telegram.violations
        finally:
            await two.end()
            postgres_server.drop()
