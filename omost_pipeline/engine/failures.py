"""From what went wrong in a model to the event that says so, and back for callers who want an exception."""

from __future__ import annotations

from omost_pipeline.engine.events import Failed, Failure
from omost_pipeline.errors import (
    BudgetError,
    CanvasError,
    ComposerError,
    DeviceLostError,
    MemoryShortError,
    OmostError,
    OptionsError,
    RendererError,
    WeightsError,
)

_FAILURES: tuple[tuple[type[OmostError], Failure], ...] = (
    (CanvasError, Failure.CANVAS),
    (BudgetError, Failure.BUDGET),
    (ComposerError, Failure.COMPOSER),
    (OptionsError, Failure.OPTIONS),
    (RendererError, Failure.RENDERER),
    (WeightsError, Failure.WEIGHTS),
    (MemoryShortError, Failure.MEMORY),
    (DeviceLostError, Failure.DEVICE),
)
"""The narrower errors first."""

_LOST = "CUDA error"
"""What torch says of a device whose context is gone; running out of memory is said otherwise."""


def failed(error: Exception) -> Failed:
    """What to say of an error."""
    if _lost(error):
        return Failed(Failure.DEVICE, "The graphics card stopped responding; the program has to restart.")
    failure = next((failure for kind, failure in _FAILURES if isinstance(error, kind)), Failure.UNEXPECTED)
    return Failed(failure, str(error) or type(error).__name__)


def error_of(event: Failed) -> OmostError:
    """The failure as the error that it was."""
    if event.failure is Failure.DEVICE:
        return DeviceLostError(event.message)
    kind = next((kind for kind, failure in _FAILURES if failure is event.failure), OmostError)
    return kind(event.message)


def _lost(error: BaseException | None) -> bool:
    """Whether the device was lost, whatever the libraries made of it on the way."""
    while error is not None:
        if _LOST in str(error) and isinstance(error, RuntimeError):
            return True
        error = error.__cause__ or error.__context__
    return False
