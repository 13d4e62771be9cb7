"""``omost-bot run``: the bot itself, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from typing import Annotated

import typer

from bot.cli.arguments import ConfigOption
from bot.cli.terminal import Terminal
from bot.ops.logs import write_logs
from bot.settings.config import Settings, load_settings


def run(
    config: ConfigOption = None,
    host: Annotated[str | None, typer.Option(help="The web chat's address, instead of the settings'.")] = None,
    port: Annotated[int | None, typer.Option(help="The web chat's port, instead of the settings'.")] = None,
) -> None:
    """Start the bot and its web chat; Ctrl-C stops it."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}

    def read() -> Settings:
        settings = load_settings(config)
        return settings.with_changes(web={**settings.web.model_dump(), **given}) if given else settings

    settings = read()
    write_logs(settings.log_level, settings.log_format)
    from bot import app

    asyncio.run(app.run(settings, Terminal().result, reload=read))
    gc.freeze()  # what the models' libraries have in memory goes with the process: looking through it takes seconds
