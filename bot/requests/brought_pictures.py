"""Pictures that people bring: what is in the file, within bounds. Pure; takes CPU time, so call it on a thread.

Anybody may have made the file: its size is looked at before its pixels, its texts are bounded, and what stands in them
is parsed, never run.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from bot.catalogues.text import Text
from bot.messages import LARGEST_PICTURE, Upload
from bot.requests.limits import InputError, Limits
from bot.requests.recipes import Recipe, read_recipe
from bot.telling import refusals
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, colored
from omost_pipeline.canvas.other_json import read_other
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.canvas.vocabulary import Rgb
from omost_pipeline.errors import CanvasError
from omost_pipeline.renderer.spec import LARGEST_SEED

warnings.simplefilter("error", Image.DecompressionBombWarning)  # told to who brings it, not to the terminal

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP")

MOST_PIXELS = 50_000_000
"""Pixels of a picture that is opened: more than any camera's usual ones, and 150 MB in memory."""

_MOST_TEXT = 1_000_000
_MOST_NAMES = 64
_COLORS = 4
_USER_COMMENT, _EXIF = 0x9286, 0x8769
_COMFYUI_TAGS = (0x010E, 0x010F, 0x0110)


@dataclass(frozen=True)
class OwnPicture:
    """What a file of this project says of itself."""

    canvas: Canvas
    words: str
    seed: int | None


@dataclass(frozen=True)
class BroughtPicture:
    """A picture as it is kept: upright, in sRGB, at a size that can be drawn; ``found`` was its own.

    ``made`` is what its file says of how it was made. It ``moves`` where it is the first frame of an animation.
    """

    image: Image.Image
    found: tuple[int, int]
    made: OwnPicture | Recipe | None = None
    moves: bool = False

    @property
    def start(self) -> Canvas:
        """The canvas of a picture without one of its own: a scene, in the colour that most of it has.

        It says as little as is known: what a model does not understand of a scene, it draws beside what comes to it.
        """
        told = self.made.words if isinstance(self.made, Recipe) else "A picture."
        return Canvas(colored(GlobalDescription(told), main_color(self.image)))


def read_picture(file: Upload, limits: Limits) -> BroughtPicture:
    """What a file holds.

    Raises:
        InputError: if it is too large, none of :data:`FORMATS`, or damaged; says which.
    """
    with _opened(file) as image:
        found, moves = image.size, bool(getattr(image, "is_animated", False))
        upright = _upright(image)
        made = _made(_texts(image))
        size = kept_size(upright.size, limits)
        fitted = upright if upright.size == size else ImageOps.fit(upright, size, Image.Resampling.LANCZOS)
        return BroughtPicture(fitted, found, made, moves)


def texts_in(file: Upload) -> list[str]:
    """What the file of a picture says, for whoever looks after words; nothing where it cannot be read."""
    try:
        with _opened(file) as image:
            made = _made(_texts(image))
    except InputError:
        return []
    if isinstance(made, OwnPicture):
        scene = made.canvas.scene
        return [made.words, scene.description, *(each.description for each in made.canvas.regions)]
    return [made.words] if made is not None else []


def kept_size(size: tuple[int, int], limits: Limits) -> tuple[int, int]:
    """The size that a picture is kept at: its own if that can be drawn, else one of about its shape.

    It gets no more pixels than a usual picture has, or than its own.
    """
    unit, low, high = limits.unit, limits.shortest, limits.longest
    if all(low <= side <= high and side % unit == 0 for side in size):
        return size
    width, height = size
    scale = min(1.0, math.sqrt(limits.area / (width * height)))
    least = -(-low // unit)
    across, down = (min(max(round(side * scale / unit), least), high // unit) * unit for side in (width, height))
    return across, down


def main_color(image: Image.Image) -> Rgb:
    """The colour that most of a picture has."""
    small = image.copy()
    small.thumbnail((96, 96))
    indexed = small.quantize(_COLORS, method=Image.Quantize.MEDIANCUT)
    _, number = max(indexed.getcolors() or [(0, 0)])
    flat = indexed.getpalette()
    assert isinstance(number, int) and flat is not None, "it has a palette"  # noqa: PT018 - for the types alone
    return flat[3 * number], flat[3 * number + 1], flat[3 * number + 2]


@contextmanager
def _opened(file: Upload) -> Iterator[Image.Image]:
    """The file's picture, with its pixels and texts read.

    Raises:
        InputError: as :func:`read_picture`.
    """
    if file.content is None:
        raise InputError(refusals.file_too_large(file.name, file.size, LARGEST_PICTURE))
    try:
        with Image.open(io.BytesIO(file.content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise InputError(_too_many(file.name, refusals.size(*image.size)))
            image.load()
            yield image
    except UnidentifiedImageError:
        raise InputError(Text("refused-picture-format", name=file.name)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d{6,}", str(error))
        raise InputError(_too_many(file.name, pixels[0] if pixels is not None else "…")) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Warning) as error:
        raise InputError(Text("refused-picture-damaged", name=file.name)) from error


def _too_many(name: str, size: str) -> Text:
    return Text("refused-picture-pixels", name=name, size=size, most=MOST_PIXELS // 1_000_000)


def _upright(image: Image.Image) -> Image.Image:
    """RGB in sRGB, turned as its camera says, on white where it is transparent."""
    turned = ImageOps.exif_transpose(image)
    turned = _in_srgb(turned, image.info.get("icc_profile"))
    if turned.mode.startswith("I") or turned.mode == "F":
        turned = _from_deep(turned)
    if "A" in turned.getbands() or "transparency" in turned.info:
        clear = turned.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        turned = ground
    return turned.convert("RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """With its colours as sRGB; as it is where it has no profile, or one that cannot be used."""
    if not isinstance(profile, bytes) or not profile or image.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return made if made is not None else image


def _from_deep(image: Image.Image) -> Image.Image:
    """Sixteen bits and more a pixel, and numbers, as eight."""
    low, high = image.getextrema()
    assert isinstance(low, int | float), "one band"
    assert isinstance(high, int | float), "one band"
    top = 65535.0 if image.mode.startswith("I") else max(float(high), 1e-9)
    return image.convert("F").point(lambda value: value * (255.0 / top)).convert("L")


def _texts(image: Image.Image) -> dict[str, str]:
    """A picture's texts by name: those of PNG, and those that JPEG and WebP have in EXIF."""
    texts = {
        name: value[:_MOST_TEXT]
        for name, value in list(image.info.items())[:_MOST_NAMES]
        if isinstance(name, str) and isinstance(value, str)
    }
    try:
        exif = image.getexif()
        comment = exif.get_ifd(_EXIF).get(_USER_COMMENT)
        tags = [exif.get(tag) for tag in _COMFYUI_TAGS]
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, AttributeError):
        return texts
    if isinstance(comment, bytes | str):
        texts.setdefault("parameters", _commented(comment)[:_MOST_TEXT])
    for tag in tags:
        if isinstance(tag, str):
            name, _, value = tag.partition(":")
            if name.lower() in {"prompt", "workflow"}:
                texts.setdefault(name.lower(), value[:_MOST_TEXT])
    return texts


def _commented(comment: bytes | str) -> str:
    """EXIF's UserComment: eight bytes that name the encoding, and the text."""
    if isinstance(comment, str):
        return comment
    code, text = comment[:8], comment[8 : 4 * _MOST_TEXT]
    if code.startswith(b"UNICODE"):
        little = text[1:2] == b"\0" and text[:1] != b"\0"
        return text.decode("utf-16-le" if little else "utf-16-be", "replace")
    return text.decode("utf-8", "replace")


def _made(texts: Mapping[str, str]) -> OwnPicture | Recipe | None:
    if "canvas" in texts:
        try:
            canvas = parse_canvas(texts["canvas"]).canvas
        except CanvasError:
            return read_recipe(texts)
        seed = texts.get("seed", "")
        known = seed.isascii() and seed.isdecimal() and len(seed) < 11 and int(seed) <= LARGEST_SEED
        return OwnPicture(canvas, texts.get("words", ""), int(seed) if known else None)
    return _omost_in_comfyui(texts) or read_recipe(texts)


def _omost_in_comfyui(texts: Mapping[str, str]) -> OwnPicture | None:
    """The canvas that the ComfyUI port's nodes keep in a picture's workflow."""
    for name in ("workflow", "prompt"):
        try:
            canvas, _ = read_other(json.loads(texts.get(name, "")))
        except (CanvasError, ValueError, RecursionError):
            continue
        return OwnPicture(canvas, "", None)
    return None
