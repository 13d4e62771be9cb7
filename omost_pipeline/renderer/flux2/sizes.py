"""Which sizes a checkpoint draws, told from its configuration alone: no library and no weights are loaded."""

from __future__ import annotations

import json
from pathlib import Path

from omost_pipeline.renderer.options import SizeLimits


def sizes_with(native: int, cell: int) -> SizeLimits:
    """From the side in pixels of the pictures that a model was trained with, and the pixels along a token's side."""
    return SizeLimits.of_model(native, cell, levels=1)


def sizes_of(source: str) -> SizeLimits:
    """The sizes of the checkpoint in a folder; those of the published model where it is a file or a hub name."""
    folder = Path(source).expanduser()
    try:
        vae = json.loads((folder / "vae" / "config.json").read_text(encoding="utf-8"))
        return sizes_with(int(vae["sample_size"]), int(2 ** len(vae["block_out_channels"])))
    except (OSError, ValueError, KeyError, TypeError):  # what is wrong with it is told when it is loaded
        return sizes_with(1024, 16)
