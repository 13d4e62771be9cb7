"""``kill -9`` around the work: the next start finishes it, does nothing twice, and shows the picture in its message.

The moments in which a platform is spoken to are killed in the tests of the platforms, with the program as it is.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.fakes import PATIENCE
from tests.jobs.bot_process import Folder
from tests.places import ROOT

pytestmark = pytest.mark.slow

SLOW_START = 2 * PATIENCE


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SLOW_START
    while not condition():
        assert process.poll() is None, "the bot died by itself"
        assert time.monotonic() < deadline, "the bot never came there"
        time.sleep(0.02)


@contextmanager
def bot(folder: Folder, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The bot's process; killed with SIGKILL at the end."""
    command = [sys.executable, "-m", "tests.jobs.bot_process", str(folder.path), *words]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def results(folder: Folder) -> list[dict[str, object]]:
    return [each for each in folder.notes("chat") if each["result"]]


def kill_at(folder: Folder, name: str, *words: str) -> None:
    hold = folder.path / f"hold-{name}"
    hold.touch()
    with bot(folder, *words) as process:
        wait_for((folder.path / f"reached-{name}").exists, process)
    hold.unlink()


def finish(folder: Folder, count: int = 1) -> None:
    """Start the bot again and let it come to rest: as many results, each marked as posted."""
    with bot(folder) as process:
        wait_for(lambda: len({str(each["id"]) for each in results(folder)}) >= count, process)
        wait_for(lambda: _untold(folder) == 0, process)


def rest(folder: Folder, count: int, process: subprocess.Popen[bytes]) -> None:
    """Wait for as many results, and until nobody is left to be told anything."""
    wait_for(lambda: len(results(folder)) == count and _untold(folder) == 0, process)


def _untold(folder: Folder) -> int:
    database = sqlite3.connect(folder.path / "omost.db")
    try:
        (count,) = database.execute("SELECT count(*) FROM job WHERE posted IS NULL").fetchone()
    finally:
        database.close()
    return int(count)


def names(folder: Folder) -> set[object]:
    return {each["id"] for each in folder.notes("chat")}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_killed_while_rendering_it_renders_again_but_composes_once(folder: Folder) -> None:
    kill_at(folder, "render", "red house")
    assert results(folder) == []
    finish(folder)
    assert [each["did"] for each in folder.notes("calls")] == ["compose", "render", "render"]
    assert [each["did"] for each in folder.notes("chat")].count("post") == 1
    assert len(results(folder)) == 1
    assert names(folder) == {"m1"}
    assert len(list((folder.path / "pictures").glob("*.png"))) == 1


def test_killed_while_composing_a_second_message_both_are_finished_in_order(folder: Folder) -> None:
    kill_at(folder, "compose", "red house", "blue house")
    finish(folder, 2)
    composed = [(each["words"], each["history"]) for each in folder.notes("calls") if each["did"] == "compose"]
    assert composed == [("red house", []), ("red house", []), ("blue house", ["red house"])]
    assert [each["id"] for each in results(folder)] == ["m1", "m2"]


def test_killed_in_the_middle_of_an_edit_it_is_drawn_exactly_as_it_would_have_been(tmp_path: Path) -> None:
    killed, whole = (Folder(tmp_path / name) for name in ("killed", "whole"))
    for each in (killed, whole):
        each.path.mkdir()
        with bot(each, "red house") as process:
            rest(each, 1, process)
    kill_at(killed, "render", "blue house")
    finish(killed, 2)
    with bot(whole, "blue house") as process:
        rest(whole, 2, process)
    edits = [
        [(each["of"], each["pixel"]) for each in f.notes("calls") if each["did"] == "edit"] for f in (killed, whole)
    ]
    assert edits[0] == edits[1] * 2, "the second try begins with the same picture"
    assert _pixels(killed) == _pixels(whole)


def _pixels(folder: Folder) -> set[bytes]:
    found = set()
    for file in (folder.path / "pictures").glob("*.png"):
        with Image.open(file) as image:
            found.add(image.tobytes())
    return found


def test_killed_before_the_posting_the_same_message_shows_the_picture_once(folder: Folder) -> None:
    kill_at(folder, "before-result", "red house")
    finish(folder)
    assert [each["did"] for each in folder.notes("calls")] == ["compose", "render"], "the result was stored already"
    assert len(results(folder)) == 1
    assert names(folder) == {"m1"}
