"""Canvases that come with the program: what drafts are guessed from before a conversation has any of its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def sample_replies() -> tuple[str, ...]:
    """Whole replies with a canvas each, as a language model writes them, written by hand."""
    text = files(__name__).joinpath("canvases.txt").read_text(encoding="utf-8")
    return tuple(f"```python\n{part.split('```')[0]}```" for part in text.split("```python\n")[1:])
