"""Layers as an OpenRaster file (a zip of PNGs with ``stack.xml``), as it is kept beside a picture and as it goes out.

What is kept has in ``omost.json`` how each layer was drawn, of which others see but the result. What goes out has the
merged picture and a thumbnail as well, as the format asks for. https://www.openraster.org
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from PIL import Image

from omost_pipeline.renderer.layered.matte import Pixels
from omost_pipeline.renderer.layered.stack import Layer, Placed, Pose, Stack

MIME = "image/openraster"
_MIMETYPE, _STACK, _OURS = "mimetype", "stack.xml", "omost.json"
_DATA, _BACKGROUND = "data/", "data/background.png"
_MERGED, _THUMBNAIL = "mergedimage.png", "Thumbnails/thumbnail.png"
_THUMBNAIL_SIDE = 256
_LARGEST = 2**28
"""Bytes of one file in it, at most."""


class LayersError(ValueError):
    """The bytes are no layers that this program kept."""


def pack(stack: Stack, scene: str, names: Sequence[str]) -> bytes:
    """The layers with the words of the scene and of each layer, far to near."""
    packed, ours = io.BytesIO(), list[dict[str, object]]()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
        _write(file, _MIMETYPE, MIME.encode())
        _write(file, _BACKGROUND, _png(stack.background))
        shown = [(_shown(number), layer.placed()) for number, layer in enumerate(stack.layers, start=1)]
        for layer, name, (seen, placed) in zip(stack.layers, names, shown, strict=True):
            _write(file, seen, _png(placed.pixels))
            drawn = seen if placed.pixels is layer.pixels else seen.replace(_DATA, "drawn/")
            if drawn != seen:
                _write(file, drawn, _png(layer.pixels))
            corner = {"left": layer.left, "top": layer.top}
            ours.append({"name": name, "drawn": drawn, **corner, "colors": layer.colors, "pose": astuple(layer.pose)})
        _write(file, _STACK, _xml(stack.size, scene, names, shown).encode())
        _write(file, _OURS, json.dumps({"layers": ours}).encode())
    return packed.getvalue()


def unpack(content: bytes) -> Stack:
    """The layers of :func:`pack`.

    Raises:
        LayersError: if they cannot be read.
    """
    return unpack_shown(content)[0]


def unpack_shown(content: bytes) -> tuple[Stack, tuple[bytes, ...]]:
    """The layers of :func:`pack`, and the PNGs of the background and of each layer as it is seen, far to near.

    Raises:
        LayersError: if they cannot be read.
    """
    with _reading(content) as file:
        layers, background = json.loads(_read(file, _OURS))["layers"], _read(file, _BACKGROUND)
        shown = tuple(_read(file, _shown(number)) for number in range(1, len(layers) + 1))
        stack = Stack(_pixels(background, "RGB"), tuple(_layer(file, each) for each in layers))
        return stack, (background, *shown)


def names_of(content: bytes) -> tuple[str, ...]:
    """The words of each layer, far to near.

    Raises:
        LayersError: as :func:`unpack`.
    """
    with _reading(content) as file:
        return tuple(str(each["name"]) for each in json.loads(_read(file, _OURS))["layers"])


def completed(content: bytes, merged: bytes) -> bytes:
    """What is kept as a file for others, with the merged picture's PNG in it, as it is, and a thumbnail.

    Raises:
        LayersError: if it is not what :func:`pack` wrote.
    """
    packed = io.BytesIO()
    with (
        _reading(content) as kept,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file,
        Image.open(io.BytesIO(merged)) as picture,
    ):
        for name in kept.namelist():  # the mimetype first, as it was written
            if name in {_MIMETYPE, _STACK} or name.startswith(_DATA):
                _write(file, name, _read(kept, name))
        _write(file, _MERGED, merged)
        small = picture.convert("RGBA")
        small.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
        _write(file, _THUMBNAIL, _png(np.asarray(small)))
    return packed.getvalue()


@contextmanager
def _reading(content: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            yield file
    except (zipfile.BadZipFile, OSError, KeyError, ValueError, TypeError) as error:
        raise LayersError(f"no layers can be read of it: {error}") from error


def _shown(number: int) -> str:
    """The name of a layer as it is seen, counted from the farthest, which is 1."""
    return f"{_DATA}layer{number}.png"


def _layer(file: zipfile.ZipFile, entry: dict[str, Any]) -> Layer:
    old, new = ((int(red), int(green), int(blue)) for red, green, blue in entry["colors"])
    pixels, pose = _pixels(_read(file, entry["drawn"]), "RGBA"), Pose.read(entry["pose"])
    return Layer(pixels, int(entry["left"]), int(entry["top"]), (old, new), pose)


def _xml(size: tuple[int, int], scene: str, names: Sequence[str], shown: Sequence[tuple[str, Placed]]) -> str:
    """What is before what, the nearest first."""
    near = [(name, source, each.left, each.top) for name, (source, each) in zip(names, shown, strict=True)][::-1]
    lines = "".join(
        f'<layer name={quoteattr(_printable(name))} src={quoteattr(source)} x="{left}" y="{top}" opacity="1.0" '
        'visibility="visible" composite-op="svg:src-over"/>'
        for name, source, left, top in (*near, (scene, _BACKGROUND, 0, 0))
    )
    head = f'<image version="0.0.3" w="{size[0]}" h="{size[1]}" xres="72" yres="72">'
    return f"<?xml version='1.0' encoding='UTF-8'?>{head}<stack>{lines}</stack></image>"


def _printable(name: str) -> str:
    return "".join(each if each.isprintable() else " " for each in name)


def _png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", compress_level=4)
    return file.getvalue()


def _pixels(content: bytes, mode: str) -> Pixels:
    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        return np.asarray(image.convert(mode))


def _write(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    file.writestr(zipfile.ZipInfo(name), content)


def _read(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > _LARGEST:
        raise ValueError(f"{name} is too large")
    return file.read(name)
