"""Drawings of the larger world's kinds: fetched from two vector sets, made into sprites, recoloured and mirrored.

The sets are Fluent Emoji flat (MIT) and Noto Emoji (Apache 2.0), as pinned packages of the npm registry; nothing of
them is kept in this project but what the weights learn. Needs ``resvg_py`` and, at first, the network. Knows no scene.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import resvg_py
from PIL import Image

from omost_pipeline.training.own_glyphs import OWN, SIDE
from omost_pipeline.world.drawing import Rgb
from omost_pipeline.world.kinds import Glyph, glyphs

Rgba = npt.NDArray[np.uint8]
"""[H, W, 4] pixels."""

SPRITE_SIDE = 128
"""Pixels of a sprite along its longer side, for pictures no larger than what the renderer learns from."""

_HUES = 36
_SKIN = (36 / 360, 52 / 360)
"""Hues of the faces in the sets; a colour is asked for clothes, not for skin."""


@dataclass(frozen=True)
class Package:
    """A package of the npm registry, pinned by its checksum."""

    name: str
    url: str
    sha512: str


SETS: Mapping[str, Package] = {
    "fluent": Package(
        "fluent-emoji-flat-1.2.6",
        "https://registry.npmjs.org/@iconify-json/fluent-emoji-flat/-/fluent-emoji-flat-1.2.6.tgz",
        "RY47RgPb47fYUiyrA64sIOL0+UU02s29sXpNBbIQRBUlPlfNFTKUmZDERGuxDs/7yNGWqQYvuaSYM1M4fRXlUw==",
    ),
    "noto": Package(
        "noto-1.2.9",
        "https://registry.npmjs.org/@iconify-json/noto/-/noto-1.2.9.tgz",
        "DQiuXENbun41ch+XPSV55H9FaWKpHTyz46YIKtSaKYD4fIDDzL1tR6H4np/T38jfrTAeI3rcKF0mqHYeZVAuaw==",
    ),
}


def downloaded(package: Package, directory: Path) -> Path:
    """The package's file in ``directory``, fetched at first use.

    Raises:
        ValueError: if it is not the pinned one.
    """
    path = directory / f"{package.name}.tgz"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(package.url, timeout=120) as answer:  # noqa: S310  # written down here, https
            path.write_bytes(answer.read())
    if base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode() != package.sha512:
        raise ValueError(f"{path} is not the package that {package.url} had; delete it and run this again")
    return path


def _icons(package: Package, directory: Path) -> dict[str, Any]:
    """A set's table of icons."""
    with tarfile.open(downloaded(package, directory)) as archive:
        member = archive.extractfile("package/icons.json")
        assert member is not None  # the checksum says what is inside
        icons: dict[str, Any] = json.load(member)
    return icons


class Sprites:
    """The sprites of all glyph kinds, drawn once, and their recoloured forms as they are asked for."""

    def __init__(self, directory: Path, side: int = SPRITE_SIDE) -> None:
        """``directory``: where the sets' packages lie, or will. ``side``: pixels of a sprite's longer side."""
        tables = {name: _icons(package, directory) for name, package in SETS.items()}
        self._plain = {name: _rasterised(_svg(glyph, tables, side), side) for name, glyph in glyphs().items()}
        self._colored: dict[tuple[str, Rgb], Rgba] = {}

    def sprite(self, name: str, color: Rgb | None = None) -> Rgba:
        """The sprite of a kind, cropped to what it shows; its main colour turned into ``color``, if one is given."""
        if color is None:
            return self._plain[name]
        if (name, color) not in self._colored:
            dressed = glyphs()[name].group == "person"
            self._colored[name, color] = recolored(self._plain[name], color, spare_skin=dressed)
        return self._colored[name, color]


def _svg(glyph: Glyph, tables: Mapping[str, dict[str, Any]], side: int) -> str:
    source, _, name = glyph.drawing.rpartition(":")
    if source == "own":
        return _document(OWN[name], SIDE, SIDE, 2 * side)
    for table in (tables[source],) if source else tuple(tables.values()):
        if (icon := table["icons"].get(name)) is not None:
            size = icon.get("width", table["width"]), icon.get("height", table["height"])
            return _document(icon["body"], *size, 2 * side)
    raise ValueError(f"no vector set has a drawing called {name!r}, which glyphs.txt wants for {glyph.kind.name!r}")


def _document(body: str, width: float, height: float, side: int) -> str:
    size = f'width="{side}" height="{side}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{body}</svg>'


def _rasterised(svg: str, side: int) -> Rgba:
    image = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)))).convert("RGBA")
    image = image.crop(image.getchannel("A").point(lambda alpha: 255 * (alpha > 24)).getbbox())
    scale = side / max(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    return np.asarray(image, np.uint8)


def recolored(sprite: Rgba, color: Rgb, spare_skin: bool = False) -> Rgba:
    """``sprite`` with its main colour turned into ``color``, lights and shades kept.

    The main colour is the hue, or the grey, that most pixels have; ``spare_skin`` leaves faces alone.
    """
    rgb = sprite[..., :3].astype(np.float32)
    hsv = np.asarray(Image.fromarray(sprite[..., :3]).convert("HSV"), np.float32) / 255
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    solid = sprite[..., 3] > 128
    if spare_skin:
        solid &= ~((hue > _SKIN[0]) & (hue < _SKIN[1]) & (saturation > 0.5) & (value > 0.8))
    if not solid.any():
        return sprite
    grey = saturation < 0.22
    bins = np.where(grey, _HUES, (hue * _HUES).astype(int) % _HUES)
    counts = np.bincount(bins[solid], minlength=_HUES + 1).astype(float)
    around = counts[:_HUES] + np.roll(counts[:_HUES], 1) + np.roll(counts[:_HUES], -1)
    if counts[_HUES] > 1.5 * around.max():
        chosen = grey
    else:
        near = np.abs((bins - int(around.argmax()) + _HUES // 2) % _HUES - _HUES // 2) <= 2
        chosen = near & ~grey
    chosen &= solid if spare_skin else np.True_
    light = rgb @ np.array((0.299, 0.587, 0.114), np.float32)
    usual = max(float(np.median(light[chosen & solid])), 1.0)
    share = np.clip(light / usual, 0.25, 2.0)[..., None]
    wanted = np.array(color, np.float32)
    shaded = np.where(share <= 1, wanted * share, wanted + (255 - wanted) * (share - 1) * 0.6)
    turned = np.where(chosen[..., None], shaded, rgb).clip(0, 255).astype(np.uint8)
    return np.concatenate([turned, sprite[..., 3:]], -1)


def fitted_size(sprite: Rgba, width: int, height: int, most: float = 1.2) -> tuple[int, int]:
    """The width and height at which ``sprite`` fills a frame, stretched by no more than ``most``."""
    aspect, frame = sprite.shape[1] / sprite.shape[0], width / height
    kept = min(max(frame, aspect / most), aspect * most)
    return max(1, round(min(width, height * kept))), max(1, round(min(height, width / kept)))
