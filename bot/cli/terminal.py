"""What the commands say: results to stdout, everything else to stderr.

With ``--json`` stdout carries one JSON object and nothing more. Knows no command and no model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text


class Terminal:
    """The two streams of one run of the program."""

    def __init__(self) -> None:
        self.out = Console(soft_wrap=True, highlight=False)
        self.err = Console(stderr=True, soft_wrap=True, highlight=False)

    def result(self, text: str) -> None:
        """A line of the result, on stdout."""
        self.out.print(Text(text))

    def json(self, value: Mapping[str, object]) -> None:
        """The whole result as one JSON object, on stdout; never wrapped or coloured."""
        self.out.file.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def note(self, text: str) -> None:
        """Something the user should know, on stderr."""
        self.err.print(Text(text, style="yellow"))

    def error(self, text: str) -> None:
        """Why the program gave up, on stderr."""
        self.err.print(Text.assemble(("error: ", "bold red"), text))

    @contextmanager
    def progress(self) -> Iterator[Bar]:
        """A progress bar on stderr while the block runs; silent where stderr is no terminal."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True, disable=not self.err.is_terminal) as progress:
            yield Bar(progress)


class Bar:
    """One line that says what is being done and how far it is."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def show(self, doing: str, done: int = 0, total: int | None = None) -> None:
        """``total`` None is work whose end nobody knows."""
        self._progress.update(self._task, description=doing, completed=done, total=total)
