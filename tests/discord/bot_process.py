"""The program with quick models, in a process that can be killed: ``bot_process.py CONFIG FOLDER``.

Everything else is as in ``omost-bot run``. Where a file ``hold-step`` lies in FOLDER, drawing stops at its first step;
``hold-commit`` stops it after the picture was posted and before the database knows: both after making ``reached-NAME``.
"""

from __future__ import annotations

import asyncio
import sys
import time
import warnings
from collections.abc import Generator
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # discord.py imports audioop
    from bot import app
    from bot.config import load_settings
    from bot.jobs.queue import Queue
    from omost_pipeline.canvas.elements import Canvas
    from omost_pipeline.profiles import Profile
    from omost_pipeline.renderer.renderer import Rendered, RenderOptions, Step
    from tests.fakes import FakeEngine


class Holds:
    """Points at which the process waits to be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def wait(self, name: str) -> None:
        """Wait here while the test wants it."""
        while (self._folder / f"hold-{name}").exists():
            (self._folder / f"reached-{name}").touch()
            time.sleep(0.02)


class HeldEngine(FakeEngine):
    """Quick models that can be held in the middle of a drawing."""

    def __init__(self, holds: Holds, profile: Profile) -> None:
        super().__init__(profile=profile)
        self._holds = holds

    def composer(self) -> HeldEngine:
        return self

    def renderer(self) -> HeldEngine:
        return self

    def render(self, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
        for new in super().render(canvas, options):
            yield new
            self._holds.wait("step")


class HeldQueue(Queue):
    """The real queue, held before it notes that a result was posted."""

    holds: Holds

    async def posted(self, job_id: int) -> None:
        self.holds.wait("commit")
        await super().posted(job_id)


def main(config: Path, folder: Path) -> None:
    """Run until killed."""
    HeldQueue.holds = Holds(folder)
    app.Queue = HeldQueue  # type: ignore[attr-defined]  # the one place that a running program has no seam for
    asyncio.run(app.run(load_settings(config), print, lambda profile, _: HeldEngine(Holds(folder), profile)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
