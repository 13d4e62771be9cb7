"""``omost-bot run``: the bot itself, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated

import typer

from bot.cli.arguments import ConfigOption
from bot.cli.terminal import Terminal
from bot.settings.config import load_settings


def run(
    config: ConfigOption = None,
    host: Annotated[str | None, typer.Option(help="The web chat's address, instead of the settings'.")] = None,
    port: Annotated[int | None, typer.Option(help="The web chat's port, instead of the settings'.")] = None,
) -> None:
    """Start the bot and its web chat; Ctrl-C stops it."""
    settings = load_settings(config)
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    if given:
        settings = settings.with_changes(web={**settings.web.model_dump(), **given})
    _log(settings.log_level)
    from bot import app

    asyncio.run(app.run(settings, Terminal().result))


def _log(level: str) -> None:
    """The project's own words at ``level``, the libraries' from warnings on."""
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    for name in ("bot", "omost_pipeline"):
        logging.getLogger(name).setLevel(level.upper())
