"""Which database an address names. Imports nothing, as the settings ask here, and ``--help`` needs no database."""

from __future__ import annotations

POSTGRES = "postgresql"
"""What SQLAlchemy calls it."""

SQLITE_FILE, POSTGRES_SERVER = "sqlite+aiosqlite:///", f"{POSTGRES}://"
"""How the addresses of databases begin."""


def on_postgres(address: str) -> bool:
    """Whether a database is on a PostgreSQL server, which several bots may use at once; else it is SQLite's."""
    return address.startswith(POSTGRES_SERVER)
