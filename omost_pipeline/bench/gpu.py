"""Everything that has never run on a GPU, in at most eight minutes on a bare CUDA machine, without a network.

Models have the published sizes and random weights, which cost the same. Each part is measured while there is time left;
what is not says so. Knows which benchmarks there are, and none of their insides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypedDict

import torch
from torch import nn

from omost_pipeline.bench import flux2, render
from omost_pipeline.bench.timing import seconds
from omost_pipeline.memory import GIB, LAYERS_ROOM, RENDERER_ROOM
from omost_pipeline.renderer.offload import HostCopy

LONGEST = 480.0
"""Seconds that all of it may take."""

_NO_CUDA = "There is no GPU that torch can use by CUDA here: run this on a machine that has one."


class Report(TypedDict, total=False):
    """``card``: its name and memory. ``parts``: what was measured, by name; a part that was not has a ``note``."""

    note: str
    card: dict[str, object]
    parts: dict[str, Mapping[str, object]]
    seconds: float


@dataclass(frozen=True)
class Sizes:
    """What is measured: the published sizes, or small ones that show that measuring works."""

    unet: Mapping[str, object]
    transformer: Mapping[str, object]
    side: int = 1024


PUBLISHED = Sizes(render.SDXL, flux2.KLEIN_4B)

Part = Callable[[Sizes, torch.device], Mapping[str, object]]


def run(sizes: Sizes = PUBLISHED, device: str = "cuda", longest: float = LONGEST) -> Report:
    """Measure part after part until ``longest`` seconds are over; without a GPU nothing but a sentence."""
    place = torch.device(device)
    if place.type == "cuda" and not torch.cuda.is_available():
        return {"note": _NO_CUDA}
    start, found = time.monotonic(), dict[str, Mapping[str, object]]()
    for name, part in PARTS.items():
        spent = time.monotonic() - start
        found[name] = _measured(part, sizes, place) if spent < longest else {"note": f"no time left ({spent:.0f} s)"}
    return {"card": _card(place), "parts": found, "seconds": time.monotonic() - start}


def _measured(part: Part, sizes: Sizes, place: torch.device) -> Mapping[str, object]:
    before = _peak_of(place)
    try:
        found = dict(part(sizes, place))
    except RuntimeError as error:  # too little memory, most of all: the next part is smaller
        found = {"note": str(error).split("\n")[0]}
    if place.type == "cuda":
        found["peak_gib"] = max(torch.cuda.max_memory_allocated(place) / GIB, before)
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(place)
    return found


def _peak_of(place: torch.device) -> float:
    if place.type != "cuda":
        return 0.0
    torch.cuda.reset_peak_memory_stats(place)
    return torch.cuda.memory_allocated(place) / GIB


def _card(place: torch.device) -> dict[str, object]:
    if place.type != "cuda":
        return {"name": str(place)}
    properties: Any = torch.cuda.get_device_properties(place)
    return {"name": properties.name, "gib": properties.total_memory / GIB, "torch": torch.__version__}


def _flux2(sizes: Sizes, place: torch.device) -> Mapping[str, object]:
    return flux2.run(sizes.transformer, sizes.side, repeats=3, device=str(place))


def _sdxl(sizes: Sizes, place: torch.device) -> Mapping[str, object]:
    dtype = torch.float16 if place.type == "cuda" else torch.float32
    return render.run(sizes.unet, sizes.side, dtype, repeats=2, device=str(place))


def _swaps(sizes: Sizes, place: torch.device) -> Mapping[str, object]:
    """Seconds until a part that lies in the computer's memory is on the device, and its bytes."""
    found: dict[str, object] = {}
    host = torch.device("cpu")
    dtype = torch.bfloat16 if place.type == "cuda" else torch.float32
    models: dict[str, Callable[[], nn.Module]] = {
        "unet": lambda: render.random_unet(sizes.unet, dtype, host),
        "transformer": lambda: flux2.random_transformer(sizes.transformer, dtype, host),
    }
    for name, make in models.items():
        module = make()
        visit = partial(_visit, HostCopy(module, place))
        found[f"{name}_gib"] = sum(weight.nbytes for weight in module.parameters()) / GIB
        visit()
        found[f"{name}_seconds"] = seconds(visit, place)
    return found


def _visit(copy: HostCopy) -> None:
    with copy.on_device():
        pass


def _rooms(sizes: Sizes, place: torch.device) -> Mapping[str, object]:
    """GiB that a step takes beside the weights, against what plans of memory reckon with."""
    step = flux2.Step(flux2.random_transformer(sizes.transformer, torch.bfloat16, place), sizes.side, 7, 3)
    before = torch.cuda.memory_allocated(place) if place.type == "cuda" else 0
    with torch.inference_mode():
        step.regions()
    taken = (torch.cuda.max_memory_allocated(place) - before) / GIB if place.type == "cuda" else 0.0
    return {"reckoned_gib": RENDERER_ROOM / GIB, "layers_reckoned_gib": LAYERS_ROOM / GIB, "flux2_gib": taken}


PARTS: Mapping[str, Part] = {"flux2": _flux2, "sdxl": _sdxl, "swaps": _swaps, "rooms": _rooms}
"""In the order in which they are measured: first what is known least."""
