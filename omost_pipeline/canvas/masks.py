"""A canvas's regions as files: one black and white mask each, and the layout that shows how they lie.

White is where a region's words hold, at the picture's own size, as the renderer has it at every level. Knows no models.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from PIL import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.layers import region_mask
from omost_pipeline.canvas.preview import layout_image

_LONGEST_NAME = 40
_LAYOUT = "layout.png"


def region_masks(canvas: Canvas, width: int, height: int) -> dict[str, Image.Image]:
    """File name → mask (0 or 255 a pixel) of width × height, for each region in the order written."""
    masks: dict[str, Image.Image] = {}
    for number, region in enumerate(canvas.regions, start=1):
        words = re.sub(r"\W+", "-", region.description.lower())[:_LONGEST_NAME].strip("-")
        name = f"{number:02}-{words or 'region'}.png"
        masks[name] = Image.fromarray(region_mask(region.box, height, width)).convert("L")
    return masks


def write_masks(canvas: Canvas, width: int, height: int, folder: Path) -> list[Path]:
    """Write the masks and the layout into a folder, made if missing; gives their paths.

    Raises:
        OSError: if a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, image in _files(canvas, width, height).items():
        image.save(folder / name)
        paths.append(folder / name)
    return paths


def masks_zip(canvas: Canvas, width: int, height: int) -> bytes:
    """The masks and the layout as one zip file; the same canvas gives the same bytes."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, image in _files(canvas, width, height).items():
            file = io.BytesIO()
            image.save(file, format="PNG")
            archive.writestr(ZipInfo(name), file.getvalue())
    return packed.getvalue()


def _files(canvas: Canvas, width: int, height: int) -> dict[str, Image.Image]:
    return {_LAYOUT: layout_image(canvas, width, height), **region_masks(canvas, width, height)}
