"""Text of all kinds through the parser: sound replies that were damaged, and what must be true of every one.

``python -m tests.fuzz.hostile_text 1000000`` reads a million damaged replies and reports; with ``--atheris`` libFuzzer
looks for inputs that reach new code instead (``pip install atheris``; its own options may follow).

Only such a program of its own sees to it that reading does nothing but read: an audit hook stays for the life of its
process, and where Python before 3.12 runs one while coverage is measured, threads that start at once fail to.
"""

from __future__ import annotations

import random
import sys
import time
import unicodedata  # noqa: F401 - Python's parser imports it for names beyond ASCII; it need not while it is watched
from collections.abc import Iterator
from contextlib import contextmanager

from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.samples import sample_replies
from omost_pipeline.errors import CanvasError

SLOW = 0.1
"""Processor seconds that no text may take."""

_MARKS = (
    *"'\"()[]{},=\n\\#;.*:1 \0\r",
    *("'''", '"""', "```", "'s ", " canvas", "None", "\ud800", "tags=", "canvas.add_local_description("),
    *("canvas = Canvas()\n", "import os\n", "__import__('os').system('true')", "f'{1}'", "9**9**9"),
)
_FORBIDDEN = ("exec", "import", "open", "os.", "subprocess.", "socket.", "shutil.", "ctypes.")


def damaged(dice: random.Random, reply: str) -> str:
    """A reply with some marks put in and some of its text left out."""
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        start, gone = dice.randrange(len(reply) + 1), dice.choice((0, 0, 1, 1, 3, 20, 200))
        new = dice.choice(_MARKS) * dice.choice((1, 1, 1, 2, 50)) if dice.random() < 0.7 else ""
        reply = reply[:start] + new + reply[start + gone :]
    return reply


def read(text: str) -> Canvas | None:
    """The canvas in ``text``, None if it is refused.

    Raises:
        AssertionError: if it is refused in another way, or gives what cannot be written; after `watch`, if reading it
            does anything but read, too.
    """
    try:
        with watched():
            canvas = parse_canvas(text).canvas
    except CanvasError:
        return None
    again = parse_canvas(canvas_to_code(canvas))
    assert (again.canvas, again.corrections, again.cut) == (canvas, (), False), text
    return canvas


_watching = False


def watch() -> None:
    """From now on what runs code, opens a file or imports a module within `watched` is an error."""
    sys.addaudithook(_watch)


@contextmanager
def watched() -> Iterator[None]:
    """What is done within is looked at, where `watch` was called."""
    global _watching  # noqa: PLW0603 - an audit hook is asked of everything, and cannot be taken away again
    _watching = True
    try:
        yield
    finally:
        _watching = False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event.startswith(_FORBIDDEN):
        raise AssertionError(f"reading text led to {event} {arguments}")


def _measured(text: str) -> tuple[bool, float]:
    begun = time.process_time()
    found = read(text) is not None
    return found, time.process_time() - begun


def _million(count: int) -> None:
    dice = random.Random(0)
    replies = sample_replies()
    found, slowest = 0, 0.0
    for _ in range(count):
        text = damaged(dice, dice.choice(replies)[: dice.choice((500, 2000, 70_000))])
        kept, seconds = _measured(text)
        if seconds > SLOW:  # the collector or another program may have come between: what is slow is slow again
            seconds = min(_measured(text)[1] for _ in range(3))
            assert seconds <= SLOW, (seconds, text)
        found, slowest = found + kept, max(slowest, seconds)
    print(f"{count} texts: {found} canvases, {count - found} refused, the slowest took {1000 * slowest:.0f} ms")  # noqa: T201 - a command reports


def _atheris(arguments: list[str]) -> None:
    import atheris  # type: ignore[import-not-found,unused-ignore]  # only where somebody has installed it

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        for before in ("", "```python\ncanvas = Canvas()\ncanvas.set_global_description('A', [], '', 'red')\n"):
            _, seconds = _measured(before + text)
            assert seconds <= SLOW, seconds

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


if __name__ == "__main__":
    watch()
    if sys.argv[1:2] == ["--atheris"]:
        _atheris(sys.argv[2:])
    else:
        _million(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
