"""What people are told of a failure: its own text where it has one, a frequent one by id, else a frame around it.

The program's own sentences are English and for the terminal; here they only fill the frame.
"""

from __future__ import annotations

from bot.catalogues.durations import duration
from bot.catalogues.text import Text, Wording
from bot.errors import StoreError, UserError
from omost_pipeline.engine.events import Failed, Failure
from omost_pipeline.errors import CanvasError, OmostError

UNEXPECTED = Text("failed-unexpected")
NOTHING_DRAWN = Text("failed-nothing-drawn")
NOT_SAVED = Text("failed-not-saved")
BLOCKED = Text("failed-picture-blocked")
UNCHECKED = Text("failed-picture-unchecked")
NOT_THERE = Text("failed-picture-gone")
BROUGHT_BLOCKED = Text("refused-picture-blocked")
BROUGHT_UNCHECKED = Text("refused-picture-unchecked")


def explanation(error: OmostError) -> Wording:
    """What to tell whoever asked for what failed in the bot."""
    match error:
        case UserError():
            return error.wording
        case StoreError():
            return Text("failed-store")
        case CanvasError():
            return Text("failed-canvas-file", reason=_clause(str(error)))
        case _:
            return Text("failed-other", reason=_clause(str(error)))


def of_engine(failed: Failed) -> Wording:
    """What to tell of work that the engine could not do."""
    match failed.failure:
        case Failure.CANVAS:
            return Text("failed-canvas", reason=_clause(failed.message))
        case Failure.BUDGET:
            return Text("failed-budget")
        case Failure.MEMORY:
            return Text("failed-memory")
        case Failure.WEIGHTS:
            return Text("failed-weights", reason=_clause(failed.message))
        case Failure.UNEXPECTED | Failure.DEVICE:
            return UNEXPECTED
        case _:
            return Text("failed-other", reason=_clause(failed.message))


def _clause(sentence: str) -> str:
    return " ".join(sentence.split()).rstrip(".")


def too_long(seconds: float) -> Wording:
    """What to tell of work that was ended because it took too long."""
    return Text("failed-too-long", duration=duration(seconds))
