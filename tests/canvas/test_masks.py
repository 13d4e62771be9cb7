"""Region masks as files: where a region's words hold, at the picture's size."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from PIL import Image

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.layers import region_mask
from omost_pipeline.canvas.masks import masks_zip, region_masks, write_masks

HOUSE = Region("on the left", "no offset", "a small square area", 2.0, "A red house (old)!")
NAMELESS = Region("in the center", "no offset", "a large square area", 3.0, "…")
CAT = Region("on the top", "no offset", "a small square area", 3.0, "一只猫 " * 30)
CANVAS = Canvas(GlobalDescription("A meadow."), (HOUSE, NAMELESS, CAT))


def test_a_mask_is_white_where_its_region_is() -> None:
    masks = region_masks(CANVAS, 90, 180)
    names = list(masks)
    assert names[:2] == ["01-a-red-house-old.png", "02-region.png"]
    assert names[2].startswith("03-一只猫-一只猫")
    assert len(names[2]) <= 50
    house = masks[names[0]]
    assert (house.size, house.mode) == ((90, 180), "L")
    values = np.asarray(house)
    assert set(np.unique(values)) == {0, 255}
    assert np.array_equal(values == 255, region_mask(HOUSE.box, 180, 90))
    assert house.getpixel((39, 90)) == 255
    assert house.getpixel((40, 90)) == 0


def test_the_same_files_are_written_and_packed(tmp_path: Path) -> None:
    paths = write_masks(CANVAS, 96, 64, tmp_path / "new" / "masks")
    assert paths[0].name == "layout.png"
    packed = masks_zip(CANVAS, 96, 64)
    with ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == [path.name for path in paths]
        for path in paths:
            with Image.open(path) as written, Image.open(io.BytesIO(archive.read(path.name))) as zipped:
                assert written.size == (96, 64)
                assert written.tobytes() == zipped.tobytes()
    assert masks_zip(CANVAS, 96, 64) == packed
