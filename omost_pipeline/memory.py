"""The memory of a device: how much is free, what models need of it, and the plan that follows from both.

Knows numbers and no model; :mod:`residency` carries the plans out.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, Protocol

GIB = 2**30

RESERVED = 0.6 * GIB
"""Bytes that a card keeps to itself of the memory it is sold with, and that its driver takes."""

COMPOSER_ROOM = 1.5 * GIB
"""Bytes a composer works in beside its weights: the keys and values of 8k tokens (1 GiB for a Llama 3 8B) and more."""

KV_CACHES = 2 * GIB
"""Bytes of the computer's memory that the KV caches of idle conversations may take. A GPU holds only the one in
use, for which :data:`COMPOSER_ROOM` is enough, whatever the number of conversations."""

RENDERER_ROOM = 2 * GIB
"""Bytes a UNet works in beside its weights at SDXL's sizes, the text's keys and values among them; the VAE less."""

LAYERS_ROOM = 2.5 * GIB
"""Bytes a UNet takes in all whose layers come one by one: room to work, and the largest layers on their way."""

UNET_SHARE = 0.75
"""The UNet's share of an SDXL checkpoint's bytes; the text encoders have a fifth, the VAE the rest."""


class MemoryMeter(Protocol):
    """The memory of one device."""

    def free(self) -> float:
        """Bytes that could be allocated now; infinity where nobody needs to make room."""
        ...

    def release(self) -> None:
        """Give what unloaded models held back to the device."""
        ...


class HostMemory:
    """The computer's own memory: the operating system pages, so models never make room for each other."""

    def free(self) -> float:
        return float("inf")

    def release(self) -> None:
        gc.collect()


class CudaMemory:
    """The memory of one CUDA device, including what torch holds but does not use."""

    def __init__(self, device: str) -> None:
        self._device = device

    def free(self) -> float:
        import torch  # deferred, so that importing this module costs nothing

        unused = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return float(torch.cuda.mem_get_info(self._device)[0] + unused)

    def release(self) -> None:
        import torch  # deferred, so that importing this module costs nothing

        gc.collect()
        torch.cuda.empty_cache()


class Placement(StrEnum):
    """What of a renderer is on the device while it draws: all of it, one part at a time, or one layer at a time."""

    WHOLE = "whole"
    PARTS = "parts"
    LAYERS = "layers"


@dataclass(frozen=True)
class Plan:
    """How two models share a device.

    ``together``: the composer stays there while the renderer draws. ``on_host``: it never comes, but runs on the CPU.
    """

    placement: Placement
    together: bool = False
    on_host: bool = False

    @property
    def swaps(self) -> bool:
        """Whether the composer leaves the device for the renderer, so that its coming back takes time."""
        return not (self.together or self.on_host)

    def __str__(self) -> str:
        drawing = _DRAWING[self.placement]
        if self.on_host:
            return f"the language model runs on the CPU, slowly; {drawing}"
        if self.together:
            return f"the language model stays on the GPU; {drawing}"
        return f"the models take turns on the GPU; {drawing}"

    def sparing_composer(self) -> Plan | None:
        """The next plan that leaves the composer more room; None if there is none."""
        if self.on_host:
            return None
        return replace(self, together=False) if self.together else replace(self, on_host=True)

    def sparing_renderer(self) -> Plan | None:
        """The next plan that leaves the renderer more room; None if there is none."""
        if self.together:
            return replace(self, together=False)
        following = {Placement.WHOLE: Placement.PARTS, Placement.PARTS: Placement.LAYERS}.get(self.placement)
        return None if following is None else replace(self, placement=following)


_DRAWING = {
    Placement.WHOLE: "the picture model is loaded whole while it draws",
    Placement.PARTS: "the picture model is loaded one part at a time",
    Placement.LAYERS: "the picture model is loaded one layer at a time",
}

Sharing = Literal["auto", "together", "swap", "parts", "layers", "host"]
"""What a user may insist on in place of the plan that the free memory suggests."""

PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        "together": Plan(Placement.WHOLE, together=True),
        "swap": Plan(Placement.WHOLE),
        "parts": Plan(Placement.PARTS),
        "layers": Plan(Placement.LAYERS),
        "host": Plan(Placement.LAYERS, on_host=True),
    }
)


@dataclass(frozen=True)
class Needs:
    """Bytes that the weights of a pair of models take on a device.

    ``shared`` of them belong to both: a text encoder that writes canvases, too. ``renderer`` includes them.
    """

    composer: float
    renderer: float
    shared: float = 0.0

    @property
    def beside(self) -> float:
        """Bytes of the renderer that are not the composer's as well."""
        return self.renderer - self.shared

    @property
    def composing(self) -> float:
        """Bytes a composer takes in all."""
        return self.composer + COMPOSER_ROOM if self.composer else 0.0

    def drawing(self, placement: Placement) -> float:
        """Bytes a renderer takes in all."""
        if placement is Placement.LAYERS:
            return LAYERS_ROOM
        if placement is Placement.WHOLE:
            return self.renderer + RENDERER_ROOM
        return (max(self.beside, self.shared) if self.shared else self.renderer * UNET_SHARE) + RENDERER_ROOM

    def most(self, plan: Plan) -> float:
        """Bytes in use at the fullest moment of a turn."""
        if self.shared:
            return self._most_of_one(plan)
        if plan.on_host:
            return self.drawing(plan.placement)
        if plan.together:
            idle = self.renderer if plan.placement is Placement.WHOLE else 0.0
            return max(self.composing + idle, self.composer + self.drawing(plan.placement))
        return max(self.composing, self.drawing(plan.placement))

    def _most_of_one(self, plan: Plan) -> float:
        """As :meth:`most`, where the text encoder is the composer: it stays, comes when it works, or is on the CPU."""
        alone = LAYERS_ROOM if plan.placement is Placement.LAYERS else self.beside + RENDERER_ROOM
        if plan.on_host:
            return alone
        if plan.placement is Placement.WHOLE:  # nothing leaves
            return max(self.composing + self.beside, self.renderer + RENDERER_ROOM)
        return max(self.composing, alone)


def plan_for(free: float, needs: Needs) -> Plan:
    """The quickest plan that fits into ``free`` bytes; the one that needs least where none does.

    Moving the parts of a picture model takes a second, loading a language model ten: the latter stays if it can.
    """
    plans: tuple[Plan, ...] = (
        Plan(Placement.WHOLE, together=True),
        Plan(Placement.PARTS, together=True),
        Plan(Placement.WHOLE),
        Plan(Placement.PARTS),
        Plan(Placement.LAYERS),
        Plan(Placement.WHOLE, on_host=True),
        Plan(Placement.PARTS, on_host=True),
    )
    if needs.shared:  # of one model, what is whole stays together, and a part comes when it works
        plans = tuple(plan for plan in plans if plan.on_host or plan.together is (plan.placement is Placement.WHOLE))
    return next((plan for plan in plans if needs.most(plan) <= free), PLANS["host"])
