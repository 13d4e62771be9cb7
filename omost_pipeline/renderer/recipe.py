"""What a renderer is made of besides its checkpoint: LoRAs, sampler, region method, prompts. Data alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omost_pipeline.canvas.vocabulary import MethodName

__all__ = ["Lora", "MethodName", "Overlap", "Precision", "Prompts", "Sampler"]

Sampler = Literal["dpmpp_2m", "euler", "lcm"]
"""DPM-Solver++(2M) for ordinary models; Euler for those made for few steps (Lightning, Turbo, Hyper); LCM for LCM."""


Overlap = Literal["overlay", "average"]
"""Which region counts where regions overlap: the nearest alone, or all of them."""

Prompts = Literal["words", "tags", "pony"]
"""How a model likes to be told: sentences first, tags first, or tags behind Pony's score tags (:mod:`prompts`)."""


Precision = Literal["half", "float8", "nf4"]
"""What a model's weights are kept in: 16 bits; 8, widened as they are used; or 4 (bitsandbytes' NF4)."""


@dataclass(frozen=True)
class Lora:
    """A LoRA and how strongly it works. ``source``: a file, a folder with one, or a hub name with or without a file."""

    source: str
    weight: float = 1.0
