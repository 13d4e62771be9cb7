"""A model's part that comes to the device only while it works; its weights stay on the host all the time.

So leaving costs nothing: what is on the device is dropped, never copied back. Knows modules and no model family.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class HostCopy:
    """The weights of a module on the host; in pinned memory for CUDA, from where copies are quickest."""

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        """``device`` is where the module works. Its weights must not be changed from here on."""
        self._device = device
        self._module = module
        for tensor in (*module.parameters(), *module.buffers()):
            if device.type == "cuda" and tensor.device.type == "cpu":
                tensor.data = tensor.data.pin_memory()

    @contextmanager
    def on_device(self) -> Iterator[None]:
        """Have the module on the device meanwhile."""
        places = list(_places(self._module))
        moved: dict[int, Tensor] = {}
        with torch.inference_mode(mode=False):  # so that gradients may go through them
            for owner, name, home in places:
                if id(home) not in moved:  # tied weights stay tied
                    there = home.detach().to(self._device, non_blocking=True)
                    moved[id(home)] = (
                        nn.Parameter(there, home.requires_grad) if isinstance(home, nn.Parameter) else there
                    )
                setattr(owner, name, moved[id(home)])
        try:
            yield
        finally:
            for owner, name, home in places:
                setattr(owner, name, home)


def _places(module: nn.Module) -> Iterator[tuple[nn.Module, str, Tensor]]:
    """Every (module, name, parameter or buffer), tied ones at each of their places."""
    for owner in module.modules():
        for name, tensor in (*owner.named_parameters(recurse=False), *owner.named_buffers(recurse=False)):
            yield owner, name, tensor
