"""How a checkpoint wants to be drawn, as its ``scheduler_config.json`` says: sampler, and steps and guidance if few.

Models distilled for few steps look burnt with an ordinary sampler, and ordinary ones unfinished with theirs. Knows the
names of diffusers' schedulers and reads one small file; no library and no weights are loaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from omost_pipeline import hub
from omost_pipeline.renderer.recipe import Sampler

_CONFIG = "scheduler/scheduler_config.json"
_CONSISTENCY = "LCMScheduler"
_TRAJECTORY = "TCDScheduler"
_FLOW = ("EulerDiscrete", "EulerAncestralDiscrete", "DDIM")
"""What names of schedulers begin with that make Euler's steps, with or without noise."""

_ORDINARY = (
    *("EulerDiscrete", "EulerAncestralDiscrete", "DDIM", "DDPM", "PNDM", "LMSDiscrete", "HeunDiscrete", "UniPC"),
    *("DPMSolver", "KDPM2", "DEIS", "SASolver", "ER"),
)
"""What names of schedulers begin with whose models any solver of the same equation draws."""

_FEW = re.compile(r"lightning|turbo|hyper|dmd|lcm|flash|[0-9]{1,2}[-_ ]?steps?\b", re.IGNORECASE)
"""What names of models made for few steps hold."""


@dataclass(frozen=True)
class Drawing:
    """The sampler that suits a checkpoint. ``steps`` and ``guidance``: None for those of any model.

    ``note`` says in one sentence what a person should know; "" where nothing is unusual.
    """

    sampler: Sampler = "dpmpp_2m"
    steps: int | None = None
    guidance: float | None = None
    note: str = ""


def drawing_of(source: str) -> Drawing:
    """What the checkpoint in a folder says, or of a hub name that is downloaded; others are drawn as any model."""
    folder = Path(source).expanduser()
    config = folder / _CONFIG if folder.is_dir() or not hub.is_model(source) else hub.cached_file(source, _CONFIG)
    try:
        told = json.loads(config.read_text("utf-8")) if config is not None else {}
    except (OSError, ValueError):  # what is wrong with it is told when it is loaded
        return Drawing()
    return drawing_by(told, source) if isinstance(told, dict) else Drawing()


def drawing_by(config: Mapping[str, object], source: str) -> Drawing:
    """What a scheduler's configuration says; ``source`` is the model's name, which may tell that few steps do."""
    name = str(config.get("_class_name") or "")
    if name == _CONSISTENCY:
        return Drawing("lcm", 6, 1.0, f"its scheduler is {name}: drawn with the sampler lcm, in 6 steps")
    if name == _TRAJECTORY:
        note = f"its scheduler is {name}, which is not built in: drawn with euler, which adds no noise, in 8 steps"
        return Drawing("euler", 8, 1.0, note)
    zero_snr = bool(config.get("rescale_betas_zero_snr"))
    if name.startswith(_FLOW) and config.get("timestep_spacing") == "trailing" and not zero_snr:
        spaced = f"its scheduler is {name} with trailing steps: drawn with the sampler euler"
        if _FEW.search(source):
            return Drawing("euler", 4, 1.0, f"{spaced}, in 4 steps without guidance")
        return Drawing("euler", note=f"{spaced}; if it was made for few steps, set render.steps and render.guidance")
    if name and not name.startswith(_ORDINARY):
        note = f"its scheduler is {name}, which is not known here: drawn with the sampler dpmpp_2m"
        return Drawing(note=note)
    return Drawing()
