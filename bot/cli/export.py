"""``omost-bot export``: everything that is kept of one person, in one file for them."""

from __future__ import annotations

import asyncio
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.arguments import ConfigOption
from bot.cli.terminal import Terminal
from bot.settings.config import Settings, load_settings

if TYPE_CHECKING:
    from bot.store.assets import Pictures


def export(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose data: discord:ID, telegram:ID or web:NAME.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The zip file to write.")],
    config: ConfigOption = None,
) -> None:
    """Write everything that is kept of a person into one file: words, canvases, settings and pictures."""
    from bot.ops.picture_files import pictures_of
    from bot.subjects import is_person, read_subject

    subject = read_subject(person)
    if subject is None or not is_person(subject):
        raise typer.BadParameter(f"{person[:40]!r} is no person; write discord:ID, telegram:ID or web:NAME.")
    settings, terminal = load_settings(config), Terminal()
    found = asyncio.run(_gathered(settings, subject))
    count = _write(out, found, pictures_of(settings))
    terminal.result(f"{len(found['turns'])} requests and {count} pictures of {subject} are in {out}.")


async def _gathered(settings: Settings, subject: str) -> dict[str, Any]:
    from bot.access.personal import Person, gather
    from bot.store.database import Database, connect

    engine = connect(settings.database)
    try:
        async with Database(engine).reading() as connection:
            return await gather(connection, Person(*subject.split(":", 1)))
    finally:
        await engine.dispose()


def _write(out: Path, found: dict[str, Any], pictures: Pictures) -> int:
    """Write the file; how many pictures are in it."""
    count = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", json.dumps(found, ensure_ascii=False, indent=2))
        for path in {row["path"] for row in found["pictures"] if row["path"]}:
            content = pictures.content(path)
            if content is not None:
                file.writestr(path, content)
                count += 1
    return count
