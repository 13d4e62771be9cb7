"""The whole program in a process that can be killed, with models that draw slowly and on command.

Usage: bot_process.py CONFIG FOLDER. Where a file ``hold`` exists in FOLDER, drawing stops after making ``reached``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Generator
from pathlib import Path

from bot import app
from bot.config import load_settings
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.renderer import Rendered, RenderOptions, Step
from tests.fakes import FakeEngine


class HeldEngine(FakeEngine):
    """Models that can be held in the middle of a picture."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        super().__init__(profile=profile)
        self._folder = folder

    def renderer(self) -> HeldEngine:
        return self

    def render(self, canvas: Canvas, options: RenderOptions) -> Generator[Step | Rendered, None, None]:
        for new in super().render(canvas, options):
            yield new
            while isinstance(new, Step) and (self._folder / "hold").exists():
                (self._folder / "reached").touch()
                time.sleep(0.02)


def main(config: Path, folder: Path) -> None:
    """Run until told to stop."""
    asyncio.run(app.run(load_settings(config), print, lambda profile, _: HeldEngine(folder, profile)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
