"""How many CPU threads a model is worth: small ones run on one.

A step of a small model is so short that torch's threads cost more to meet than they save. Where another program keeps a
core busy, each meeting waits for it: 16 steps of the bundled renderer were measured to take 0.5 s on one thread of a
busy two-core machine and 107 s on two. Knows no model.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import nn

_SMALL = 20_000_000
"""Parameters up to which a model counts as small."""


def is_small(model: nn.Module) -> bool:
    """Whether one thread is best for a model, on the CPU."""
    return sum(weight.numel() for weight in model.parameters()) <= _SMALL


@contextmanager
def threads_for(*, small: bool) -> Generator[None, None, None]:
    """One torch thread within the block if the model is ``small``, else as many as there were."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if small else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
