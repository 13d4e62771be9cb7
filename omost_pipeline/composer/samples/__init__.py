"""Canvases that come with the program or a model: what drafts are guessed from before a conversation has its own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from omost_pipeline.errors import WeightsError

FILE = "canvases.txt"


@cache
def sample_replies() -> tuple[str, ...]:
    """Whole replies with a canvas each, as a large language model writes them, written by hand."""
    return _replies(files(__name__).joinpath(FILE).read_text(encoding="utf-8"))


def model_replies(folder: Path) -> tuple[str, ...]:
    """Replies as the model in ``folder`` writes them, from the file of them that lies there; none without one.

    Raises:
        WeightsError: if that file is no text.
    """
    path = folder / FILE
    try:
        return _replies(path.read_text(encoding="utf-8")) if path.is_file() else ()
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(f"{path} cannot be read as UTF-8 text ({error}): save it anew or take it away.") from error


def _replies(text: str) -> tuple[str, ...]:
    return tuple(f"```python\n{part.split('```')[0]}```" for part in text.split("```python\n")[1:])
