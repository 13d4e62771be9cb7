"""What a model library's RuntimeError means: out of memory, a device that is lost, or a failure of this one work.

Knows messages and no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from omost_pipeline.errors import DeviceLostError, MemoryShortError, OmostError

_LOST = ("CUDA error", "CUDNN_STATUS_EXECUTION_FAILED", "CUBLAS_STATUS_EXECUTION_FAILED", "device-side assert")
"""After any of these every later call fails as well: the process's CUDA context is dead."""


@contextmanager
def explained(failed: type[OmostError], what: str, short: str) -> Iterator[None]:
    """Turn what a model raises meanwhile into our errors.

    ``what``: who failed at what, as in "The renderer could not draw". ``short``: the sentence for too little memory.

    Raises:
        MemoryShortError: with ``short``, where memory ran out.
        DeviceLostError: where the device's context is dead; only a new process helps.
        OmostError: a ``failed``, for any other RuntimeError.
    """
    import torch  # deferred, so that importing this module costs nothing

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise MemoryShortError(short) from error
    except RuntimeError as error:
        cause = _first_line(error)
        if isinstance(error, torch.AcceleratorError) or any(mark in str(error) for mark in _LOST):
            raise DeviceLostError(f"The GPU failed ({cause}): the program has to be restarted.") from error
        raise failed(f"{what} ({cause}).") from error


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).strip().split("\n")[0].split()).rstrip(".:") or type(error).__name__
