"""Canvases that come with the program or a model: what drafts are guessed from before a conversation has its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

FILE = "canvases.txt"


@cache
def sample_replies() -> tuple[str, ...]:
    """Whole replies with a canvas each, as a large language model writes them, written by hand."""
    return _replies(files(__name__).joinpath(FILE).read_text(encoding="utf-8"))


def model_replies(folder: Path) -> tuple[str, ...]:
    """Replies as the model in ``folder`` writes them, from the file of them that lies there; none without one."""
    path = folder / FILE
    return _replies(path.read_text(encoding="utf-8")) if path.is_file() else ()


def _replies(text: str) -> tuple[str, ...]:
    return tuple(f"```python\n{part.split('```')[0]}```" for part in text.split("```python\n")[1:])
