#!/usr/bin/env bash
# asyncpg 0.32.0 on PostgreSQL 16.2: idle_in_transaction_session_timeout does not end a transaction whose client stands
# still between preparing a statement and executing it.
# Expected: that it ends every transaction whose client has gone quiet, so that its locks are let go. Seen: the driver
# prepares with Flush and not Sync, so the session stays "active", waiting for its client, and keeps its locks.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --target "$folder/packages" asyncpg==0.32.0 pgserver==0.1.4
PYTHONPATH=$folder/packages python3 - "$folder" <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version

import asyncpg
import pgserver

LIMIT = {"idle_in_transaction_session_timeout": "1s"}


async def look(uri):
    """For each way to go quiet: the session's state three seconds later, and whether its lock is free."""
    seen = {}
    for how in ("after a statement", "after preparing one"):
        quiet, other = await asyncpg.connect(uri, server_settings=LIMIT), await asyncpg.connect(uri)
        await quiet.execute("BEGIN; SELECT pg_advisory_xact_lock(7)")
        if how == "after preparing one":
            await quiet.prepare("SELECT 1")
        process = quiet.get_server_pid()
        await asyncio.sleep(3)
        state = await other.fetchrow("SELECT state, wait_event FROM pg_stat_activity WHERE pid = $1", process)
        free = await other.fetchval("SELECT pg_try_advisory_lock(7)")
        seen[how] = tuple(state) if state else None, free
        await other.close()
        quiet.terminate()
    return seen


server = pgserver.get_server(f"{sys.argv[1]}/data")
try:
    seen = asyncio.run(look(server.get_uri()))
finally:
    server.cleanup()
print("asyncpg", version("asyncpg"), "PostgreSQL of pgserver", version("pgserver"))
for how, (state, free) in seen.items():
    print(f"quiet {how}: session {state or 'ended'}, its lock is {'free' if free else 'held'}")
wanted = {"after a statement": (None, True), "after preparing one": (("active", "ClientRead"), False)}
sys.exit(0 if seen == wanted else "this has changed")
PYTHON
