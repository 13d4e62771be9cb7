"""A whole bot in a process that can be killed: the platform and the models live in files of a folder.

Usage: bot_process.py FOLDER [WORDS…]; says each of WORDS, then works until it is killed. Where a file ``hold-NAME``
exists, the work stops at NAME after making ``reached-NAME``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path

from PIL.Image import Image

from bot.messages import Author, Outgoing, Place, Said
from bot.store.database import connect
from bot.store.migrate import upgrade
from bot.store.turns import Store
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from tests.bot_parts import put_together, work
from tests.fakes import EditingModels


class Folder:
    """What the process leaves behind for the test to see."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, file: str, **values: object) -> None:
        with (self.path / file).open("a", encoding="utf-8") as log:
            log.write(json.dumps(values) + "\n")

    def notes(self, file: str) -> list[dict[str, object]]:
        path = self.path / file
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def held(self, name: str) -> bool:
        if not (self.path / f"hold-{name}").exists():
            return False
        (self.path / f"reached-{name}").touch()
        return True

    def stop_at(self, name: str) -> None:
        while self.held(name):
            time.sleep(0.01)


class FileChat:
    """A platform that outlives the bot."""

    platform = "test"

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def serve(self) -> None:
        """It hears nobody: the words stand on the command line."""

    async def age_restricted(self, place: Place) -> bool:
        return False

    async def post(self, place: Place, message: Outgoing) -> str:
        del place
        posts = [each for each in self._folder.notes("chat") if each["did"] == "post"]
        name = next((str(each["id"]) for each in posts if each["nonce"] == message.nonce), f"m{len(posts) + 1}")
        self._folder.note("chat", did="post", id=name, nonce=message.nonce, **_summary(message))
        return name

    async def edit(self, place: Place, message_id: str, message: Outgoing) -> None:
        del place
        result = len(message.buttons) > 2
        while result and self._folder.held("before-result"):
            await asyncio.sleep(0.01)
        self._folder.note("chat", did="edit", id=message_id, **_summary(message))


class FileModels(EditingModels):
    """Models that write down what they do and can be held."""

    def __init__(self, folder: Folder) -> None:
        super().__init__()
        self._folder = folder

    def composer(self) -> FileModels:
        return self

    def renderer(self) -> FileModels:
        return self

    def compose(self, history: Sequence[Turn], words: str, options: ComposeOptions) -> Generator[str, None, None]:
        self._folder.note("calls", did="compose", words=words, history=[turn.words for turn in history])
        for piece in super().compose(history, words, options):
            yield piece
            self._folder.stop_at("compose")

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        self._folder.note("calls", did="render", seed=options.seed)
        for new in super().render(canvas, options, picture):
            yield new
            self._folder.stop_at("render")

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        self._folder.note("calls", did="edit", of=earlier.remains.decode(), pixel=earlier.picture.getpixel((0, 0)))
        return super().edit(canvas, options, earlier)


def _summary(message: Outgoing) -> dict[str, object]:
    return {
        "text": message.text,
        "files": [each.name for each in message.attachments],
        "result": len(message.buttons) > 2,
    }


async def main(path: Path, words: list[str]) -> None:
    """Say the words and work."""
    folder = Folder(path)
    url = f"sqlite+aiosqlite:///{path / 'omost.db'}"
    upgrade(url)
    database = connect(url)
    bot = put_together(path, Store(database), FileModels(folder), [lambda _: FileChat(folder)], pace=0.0)
    for each in words:
        await bot.handlers.handle(Said(Place("test", "room"), Author("1", "Ann"), each))
    await work(bot.worker, bot.announcer)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
