"""Which sizes a checkpoint draws, told from its configuration alone: no library and no weights are loaded."""

from __future__ import annotations

import json
from pathlib import Path

from omost_pipeline.renderer.options import SizeLimits

_SDXL = SizeLimits.of_model(native=1024, cell=8, levels=3)


def sizes_of(source: str) -> SizeLimits:
    """The sizes of the checkpoint in a folder; those of the published base model where it is a file or a hub name."""
    folder = Path(source).expanduser()
    try:
        unet = json.loads((folder / "unet" / "config.json").read_text(encoding="utf-8"))
        vae = json.loads((folder / "vae" / "config.json").read_text(encoding="utf-8"))
        cell = 2 ** (len(vae["block_out_channels"]) - 1)
        return SizeLimits.of_model(int(unet["sample_size"]) * cell, cell, len(unet["block_out_channels"]))
    except (OSError, ValueError, KeyError, TypeError):  # what is wrong with it is told when it is loaded
        return _SDXL
