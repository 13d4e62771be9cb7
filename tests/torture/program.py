"""``omost-bot run`` as it is, started over and over: a process that has imported everything forks for each start.

Only the models are stand-ins, and time on the platforms passes faster, as on the local servers. Reads lines from stdin,
``CONFIG LOG TRAP``, and prints the number of the process that it has started; when one ends, ``ended NUMBER STATUS``.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

import bot.app
import bot.chat.discord.chat
import bot.chat.telegram.chat
from bot.chat.discord.pace import Pace
from bot.chat.telegram.pacing import Tempo
from bot.cli.program import status_of
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.engine.local import LocalEngine
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step
from tests.fakes import FakeModels
from tests.torture.traps import Spring, Trap

SPEED = 20.0
PAUSE = 0.1
"""Seconds between messages that are one request."""

_PIECE = 0.01
_SLOWLY = 0.5


@dataclass
class WornModels(FakeModels):
    """Models that take their time, can be stopped dead in the middle, and fail where the words say so."""

    spring: Spring = field(default_factory=lambda: Spring(Trap("")))

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        writing = super().compose(history, words, options)
        for piece in writing:
            yield piece
            time.sleep(_PIECE)
            self.spring.reached("composing")
            if "slowly" in words:
                time.sleep(_SLOWLY)
            if "breaks" in words:
                raise RuntimeError("a stand-in for a model that fails in the middle")
        return None

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        for news in super().render(canvas, options, picture):
            time.sleep(_PIECE)
            self.spring.reached("drawing")
            if isinstance(news, Rendered) and options.highres is None:
                kept = tuple(f"{seed}".encode() for seed in news.seeds)
                yield replace(news, remains=kept, layers=kept)
            else:
                yield news

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        return self.render(canvas, options)


def hurry() -> None:
    """Let time on the platforms pass as fast as it does on the local servers."""
    pace = replace(Pace(), burst=PAUSE, identify=0.1, retry=0.1)
    _given(bot.chat.discord.chat.DiscordChat, pace=pace)
    _given(bot.chat.telegram.chat.TelegramChat, pause=PAUSE, tempo=Tempo().faster(SPEED), poll_seconds=2.0)


def _given(kind: type, **options: object) -> None:
    """Other defaults for what a class is made with."""
    defaults: dict[str, Any] | None = kind.__init__.__kwdefaults__  # type: ignore[misc]
    assert defaults is not None, "its options are given by name"
    defaults |= options


def serve(config: str, log: str, trap: str) -> int:
    """Be the program, until it ends."""
    with open(log, "ab") as file:  # noqa: PTH123 - its descriptor is all that is wanted
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    spring = Spring(Trap.of(trap))
    spring.set()
    bot.app.chosen_engine = lambda _: LocalEngine(WornModels(spring=spring))  # type: ignore[attr-defined, assignment]
    return status_of(["run", "--config", config])


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # not sys.stdout, whose lock another thread may hold at a fork


def _reap(process: int) -> None:
    _, status = os.waitpid(process, 0)
    _say(f"ended {process} {os.waitstatus_to_exitcode(status)}")


def main() -> None:
    """Start programs as they are asked for; what still runs at the end is killed."""
    hurry()
    running: list[int] = []
    _say("ready")
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            sys.stdin.close()
            os._exit(serve(*line.split()))
        running.append(process)
        _say(f"started {process}")
        threading.Thread(target=_reap, args=(process,), daemon=True).start()
    for process in running:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
