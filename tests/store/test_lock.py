"""One bot at a time on one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.lock import sole_user
from tests.bot_parts import database_url
from tests.places import ROOT

HOLDER = """
import sys, time
from bot.store.lock import sole_user
with sole_user(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_bot_is_refused_in_one_sentence_until_the_first_is_killed(tmp_path: Path) -> None:
    url = database_url(tmp_path / "data")
    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            refusal = rf"process {process.pid}\) is using the database .*omost\.db; stop it"
            with pytest.raises(StoreError, match=refusal), sole_user(url):
                pass
        finally:
            process.kill()
    with sole_user(url):
        assert (tmp_path / "data" / "omost.db.lock").exists()


def test_the_same_process_may_open_it_again_after_closing_it(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_user(database_url(tmp_path)):
            assert not (tmp_path / "omost.db").exists(), "the database itself is not touched"


def test_a_database_in_memory_needs_no_lock() -> None:
    with sole_user("sqlite+aiosqlite:///:memory:"), sole_user("sqlite+aiosqlite://"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be made"), sole_user(database_url(tmp_path / "file" / "data")):
        pass


@pytest.mark.slow
def test_the_program_says_so_and_does_not_start(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('device = "cpu"\n[web]\nport = 0\n', encoding="utf-8")
    command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
    with sole_user(database_url(tmp_path / "data")):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is using the database" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / "omost.db.lock").symlink_to("/dev/full")
    with (
        pytest.raises(StoreError, match=r"omost\.db\.lock cannot be written \(.+\): see to that disk"),
        sole_user(f"sqlite+aiosqlite:///{tmp_path / 'omost.db'}"),
    ):
        pass
