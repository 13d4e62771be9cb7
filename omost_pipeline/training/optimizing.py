"""What the renderer's two trainings share: orthogonalised momentum, averaged weights, a rate over time, checkpoints.

Knows no model and no data.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, overload

import torch
from torch import Tensor, nn

_QUINTIC = (3.4445, -4.7750, 2.0315)
"""Newton–Schulz coefficients of Muon (Jordan et al. 2024): fast, and close enough to orthogonal."""


@cache
def bfloat16_pays() -> bool:
    """Whether this CPU multiplies bfloat16 faster than float32; without instructions for it, it is far slower.

    The fastest of several products counts: what else runs on the machine makes single ones slow, never fast.
    """
    fastest = []
    for kind in (torch.float32, torch.bfloat16):
        matrix = torch.ones(192, 192, dtype=kind)
        times = []
        for _ in range(10):
            began = time.perf_counter()
            _ = matrix @ matrix
            times.append(time.perf_counter() - began)
        fastest.append(min(times))
    return fastest[1] < fastest[0]


def mixed_precision() -> torch.autocast:
    """A context in which products are of bfloat16, where that pays."""
    return torch.autocast("cpu", torch.bfloat16, enabled=bfloat16_pays())


def orthogonalised(matrix: Tensor, steps: int = 5) -> Tensor:
    """The nearest (semi-)orthogonal matrix to ``matrix`` [rows, columns], roughly: singular values land in 0.7…1.2."""
    a, b, c = _QUINTIC
    wide = matrix.size(0) <= matrix.size(1)
    x = matrix if wide else matrix.T
    x = x / (x.norm() + 1e-7)
    if bfloat16_pays():
        x = x.bfloat16()  # rough is enough, and half the time
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    result: Tensor = (x if wide else x.T).to(matrix.dtype)
    return result


class Muon(torch.optim.Optimizer):
    """Momentum whose every matrix step is orthogonalised; a convolution counts as the matrix [out, in · k · k].

    Steps are scaled to the size AdamW's usually have (Liu et al. 2025, §2.2), so one rate serves both optimisers.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update. ``closure`` is not supported.

        Raises:
            ValueError: if a closure is given.
        """
        if closure is not None:
            raise ValueError("Muon takes no closure; compute the gradients before the step")
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, group["lr"], group["momentum"])
        return None

    def _move(self, weight: nn.Parameter, rate: float, momentum: float) -> None:
        assert weight.grad is not None
        state = self.state[weight]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(weight.grad)
        velocity = state["velocity"]
        velocity.lerp_(weight.grad, 1 - momentum)
        ahead = weight.grad.lerp(velocity, momentum).flatten(1)
        scale = 0.2 * math.sqrt(max(ahead.shape))
        weight.add_(orthogonalised(ahead).reshape(weight.shape), alpha=-rate * scale)


def optimisers(modules: Iterable[nn.Module], rate: float) -> list[torch.optim.Optimizer]:
    """Muon for convolutions and linear layers, AdamW for embeddings, norms and biases."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for module in modules:
        for part in module.modules():
            is_map = isinstance(part, (nn.Conv2d, nn.Linear))
            for name, weight in part.named_parameters(recurse=False):
                (matrices if is_map and name == "weight" else others).append(weight)
    return [Muon(matrices, rate), torch.optim.AdamW(others, rate, betas=(0.9, 0.98), weight_decay=0.0)]


def rate_factor(progress: float, step: int, warm_up: int, tail: float) -> float:
    """Share (0…1) of the peak rate at ``progress`` (0…1) of the time: linear warm-up over ``warm_up`` steps,
    flat, then a linear fall over the last ``tail`` of the time."""
    return min(1.0, (step + 1) / warm_up, max(1.0 - progress, 0.0) / tail)


def take_step(optims: Iterable[torch.optim.Optimizer], rate: float) -> None:
    """One update of each optimiser's weights at a rate, after which their gradients are forgotten."""
    for optim in optims:
        for group in optim.param_groups:
            group["lr"] = rate
        optim.step()
        optim.zero_grad(set_to_none=True)


class Average:
    """An exponential moving average of modules' weights, young at first so that the start is soon forgotten."""

    def __init__(self, modules: dict[str, nn.Module], decay: float) -> None:
        self._modules = modules
        self._decay = decay
        self._seen = 0
        self._weights = {
            name: {k: v.detach().clone() for k, v in m.state_dict().items()} for name, m in modules.items()
        }

    @torch.no_grad()
    def update(self) -> None:
        """Take in the modules' present weights."""
        self._seen += 1
        decay = min(self._decay, (1 + self._seen) / (10 + self._seen))
        for name, module in self._modules.items():
            mean = self._weights[name]
            for key, value in module.state_dict().items():
                if value.is_floating_point():
                    mean[key].lerp_(value, 1 - decay)
                else:
                    mean[key].copy_(value)

    def weights(self, name: str) -> dict[str, Tensor]:
        """The averaged state of one module."""
        return self._weights[name]

    def state_dict(self) -> dict[str, Any]:
        return {"seen": self._seen, "weights": self._weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._seen, self._weights = state["seen"], state["weights"]


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint so that a killed process leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def load_state(path: Path) -> dict[str, Any] | None:
    """The checkpoint at ``path``, or None where there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def load_average(file: Path, parts: Mapping[str, nn.Module], command: str) -> None:
    """Give modules the averaged weights that a training has left in ``file``, and put them into evaluation mode.

    Raises:
        FileNotFoundError: if there is none; names the ``command`` that trains.
    """
    state = load_state(file)
    if state is None:
        raise FileNotFoundError(f"{file} is missing; run python -m omost_pipeline.training.{command} first")
    for name, part in parts.items():
        part.load_state_dict(state["average"]["weights"][name])
        part.eval()
