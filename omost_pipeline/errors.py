"""Everything the pipeline can refuse, as one tree.

    OmostError
    ├── CanvasError            text or a file is not a canvas; names the line and the value
    ├── ComposerError          the LLM's side failed
    │   ├── BudgetError        the new words alone do not fit the model's context
    │   ├── RefusedError       a server will not do what it was asked for; has HTTP's status
    │   │   └── ContextExceededError  prompt and reply are too long for it together
    │   └── OverloadedError    a server answers, but only with errors of its own
    ├── RendererError          the picture's side failed
    │   ├── OptionsError       a size, step count, guidance or seed out of its range; names the value
    │   └── AssetGoneError     a picture that is no longer kept; names its id
    ├── WeightsError           a model's files are missing or damaged; names the path and what to do
    ├── MemoryShortError       the device ran out of memory, after every fallback
    └── DeviceLostError        the device stopped answering: only a new process can use it again

A message is one or two sentences a user can act on, and names the offending value.
"""

from __future__ import annotations


class OmostError(Exception):
    """Base of every error that is meant to be shown to a user."""


class CanvasError(OmostError):
    """Text that is not a canvas. ``line`` counts from 1; 0 where no line is to blame."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


class ComposerError(OmostError):
    """The language model could not answer."""


class BudgetError(ComposerError):
    """The words do not fit the model's context, whatever is left out."""


class RefusedError(ComposerError):
    """The language model's server will not do what it was asked for; ``status`` is HTTP's."""

    def __init__(self, message: str, status: int, words: str = "") -> None:
        """``words`` are the server's own."""
        super().__init__(message)
        self.status = status
        self.words = words


class ContextExceededError(RefusedError):
    """Prompt and reply are too long for the server together."""


class OverloadedError(ComposerError):
    """The language model's server answers, but only with errors of its own."""


class RendererError(OmostError):
    """The diffusion model could not draw."""


class OptionsError(RendererError):
    """A render option out of its range."""


class AssetGoneError(RendererError):
    """A picture, or other bytes by id, that an engine no longer keeps."""


class WeightsError(OmostError):
    """A model's files are missing, damaged or of the wrong kind."""


class MemoryShortError(OmostError):
    """The device has too little memory for this model or picture."""


class DeviceLostError(OmostError):
    """The device stopped answering; nothing in this process can use it any more."""
