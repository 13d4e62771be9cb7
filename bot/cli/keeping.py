"""``omost-bot check``, ``backup``, ``restore``, ``migrate-data``: what is kept, looked over, copied, moved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.arguments import ConfigOption, JsonOption
from bot.cli.terminal import Terminal
from bot.settings.config import load_settings
from bot.store.addresses import on_postgres

if TYPE_CHECKING:
    # Imported where they are needed: the database's library takes its time.
    from bot.ops.backup import Installation
    from bot.ops.check import Report

_MIB = 2**20


def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check what the bot keeps, running or not: nothing lost, nothing left over; status 1 if something is wrong."""
    from bot.ops import check as checks

    here, terminal = _installation(config), Terminal()
    with terminal.progress() as bar:
        bar.show("checking")
        report = checks.check(here.database, here.pictures)
    if as_json:
        found = {"clean": report.clean, "counts": dict(report.counts)}
        terminal.json({**found, "breaches": [asdict(each) for each in report.breaches]})
    else:
        _show(terminal, report)
    raise typer.Exit(0 if report.clean else 1)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write, a tar file.")],
    config: ConfigOption = None,
) -> None:
    """Copy everything the bot keeps into one file, while it runs or not."""
    from bot.ops.backup import save

    here, terminal = _installation(config), Terminal()
    if not file.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {str(file.parent)!r}; create it first.")
    with terminal.progress() as bar:
        bar.show("copying")
        saved = save(here, file)
    for path in saved.missing:
        terminal.note(f"{path} is missing, and so it is in the backup.")
    terminal.result(f"{file}: the database and {saved.pictures} pictures, {saved.size / _MIB:.1f} MiB.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup that omost-bot backup made.")],
    config: ConfigOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of what is there now, which is kept beside it.")
    ] = False,
) -> None:
    """Put a backup in its place, while the bot does not run."""
    from bot.ops.backup import restore as put_back

    here, terminal = _installation(config), Terminal()
    with terminal.progress() as bar:
        bar.show("restoring")
        report, kept = put_back(file, here, replace=replace)
    for breach in report.breaches:
        terminal.note(breach.found)
    if kept is not None:
        terminal.result(f"What was there before is in {kept}.")
    terminal.result(f"Restored to {here.database.parent}.")


def migrate_data(
    config: ConfigOption = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="The SQLite database; without it, the data folder's.")
    ] = None,
) -> None:
    """Move an SQLite database to the PostgreSQL server that database_url names, while no bot runs; can be run again."""
    from bot.ops.move_data import move_data

    settings, terminal = load_settings(config), Terminal()
    if not on_postgres(settings.database):
        raise typer.BadParameter(
            f"database_url is {settings.database_url!r}: set the one to move to, as postgresql://user@host/name."
        )
    with terminal.progress() as bar:
        moved = move_data(source or settings.data_dir / "omost.db", settings.database, bar.show)
    rows = f"{sum(moved.rows.values())} rows in {len(moved.rows)} tables, each compared"
    terminal.result(f"It was all there already: {rows}." if moved.before else f"Moved: {rows}. The file is as it was.")


def _installation(config: Path | None) -> Installation:
    from sqlalchemy.engine import make_url

    from bot.ops.backup import Installation

    settings = load_settings(config)
    url = make_url(settings.database)
    if on_postgres(settings.database):
        raise typer.BadParameter(
            "check, backup and restore read SQLite's files, and database_url names PostgreSQL: use pg_dump and "
            f"pg_restore, and copy the folder {settings.data_dir / 'pictures'} after the dump."
        )
    if settings.s3.bucket:
        raise typer.BadParameter(
            f"check, backup and restore read files, and the pictures lie in the bucket {settings.s3.bucket}: copy that "
            "with the store's own programs, after the database."
        )
    database = url.database
    if not database or database == ":memory:":
        raise typer.BadParameter("the database is one in memory, of which nothing is kept.")
    return Installation(Path(database), settings.data_dir / "pictures")


def _show(terminal: Terminal, report: Report) -> None:
    for breach in report.breaches:
        terminal.result(f"{breach.rule:<9}{breach.found}")
    looked = ", ".join(f"{number} {name}" for name, number in report.counts.items())
    if report.clean:
        terminal.result(f"All is as it should be: {looked}.")
    else:
        terminal.note(f"{len(report.breaches)} found wrong{f' in {looked}' if looked else ''}.")
