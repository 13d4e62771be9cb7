"""A PostgreSQL server of the tests' own, in a temporary folder, where Debian's programs are; and databases on it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from bot.store.migrate import upgrade

_TEMPLATE = "migrated"
_FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=16MB -c max_connections=60"


def programs() -> Path | None:
    """Where the newest server's programs are; None where there are none, or nobody that may run them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    able = os.geteuid() != 0 or shutil.which("runuser") is not None
    return found[-1].parent if found and able else None


@dataclass
class PostgresServer:
    """A server that listens on a socket in ``folder`` alone. A test's databases have the names of its folders."""

    folder: Path
    made: dict[Path, str] = field(default_factory=dict)

    def url(self, database: str) -> str:
        return f"postgresql://tests@/{database}?host={self.folder}"

    def database_of(self, folder: Path) -> str:
        """The URL of the database that stands for the one in a folder: migrated, and empty at first."""
        if folder not in self.made:
            name = f"t{hashlib.sha256(str(folder).encode()).hexdigest()[:20]}"
            self.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
            self.made[folder] = name
        return self.url(self.made[folder])

    def bare(self, name: str) -> str:
        """The URL of a database without a table."""
        self.execute(f"CREATE DATABASE {name}")
        self.made[Path(name)] = name
        return self.url(name)

    def drop(self) -> None:
        """Remove what :meth:`database_of` made."""
        for name in self.made.values():
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")
        self.made.clear()

    def execute(self, statement: str, database: str = "postgres") -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url(database))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, run()).result()

    def make_template(self) -> None:
        self.execute(f"CREATE DATABASE {_TEMPLATE}")
        upgrade(self.url(_TEMPLATE))


@contextmanager
def running_server(bin_folder: Path) -> Iterator[PostgresServer]:
    """A new server, meanwhile. It refuses to be root, so then ``nobody`` runs it."""
    with TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
        if user:
            shutil.chown(folder, "nobody")
        data = str(folder / "data")

        def call(program: str, *arguments: str) -> None:
            command = [*user, str(bin_folder / program), "-D", data, *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=120)

        call("initdb", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses='' {_FAST}", "start")
        try:
            server = PostgresServer(folder)
            server.make_template()
            yield server
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
