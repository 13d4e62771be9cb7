"""Paints the ten backgrounds: a gradient and a few quiet shapes each, never a thing of the world's own kinds.

Knows no things, no boxes and no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

from omost_pipeline.world.drawing import Point, Rgb, curve, mix

Draw = ImageDraw.ImageDraw


def gradient(side: int, stops: list[tuple[float, Rgb]]) -> Image.Image:
    """A vertical gradient of ``side`` × ``side`` pixels through ``stops`` (height 0…1, colour), top to bottom."""
    rows = 64
    column = Image.new("RGB", (1, rows))
    for row in range(rows):
        y = row / (rows - 1)
        after = next((i for i, (height, _) in enumerate(stops) if height >= y), len(stops) - 1)
        (low, below), (high, above) = stops[max(after - 1, 0)], stops[after]
        share = (y - low) / (high - low) if high > low else 0.0
        column.putpixel((0, row), mix(below, above, min(max(share, 0.0), 1.0)))
    return column.resize((side, side), Image.Resampling.BILINEAR)


def shape(draw: Draw, side: int, points: list[Point], fill: Rgb) -> None:
    """A filled outline through points of the unit square."""
    draw.polygon([(x * side, y * side) for x, y in points], fill=fill)


def hill(draw: Draw, side: int, cx: float, top: float, reach: float, fill: Rgb) -> None:
    """A round hill about ``cx`` that rises to ``top`` and is ``2 · reach`` wide."""
    shape(draw, side, [*curve(cx, 1.02, reach, 1.02 - top, 180, 360, 40), (cx + reach, 1.1), (cx - reach, 1.1)], fill)


def _meadow(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (104, 178, 240)), (0.62, (196, 228, 250)), (1.0, (196, 228, 250))])
    draw = ImageDraw.Draw(image)
    hill(draw, side, rng.uniform(0.05, 0.35), 0.58, 0.75, (150, 204, 110))
    hill(draw, side, rng.uniform(0.65, 0.95), 0.60, 0.80, (134, 194, 98))
    shape(draw, side, [(0, 0.70), (1, 0.68), (1, 1), (0, 1)], (116, 182, 84))
    shape(draw, side, [(0, 0.86), (1, 0.82), (1, 1), (0, 1)], (100, 168, 74))
    return image


def stars(draw: Draw, side: int, rng: Random, count: int, low: float, color: Rgb) -> None:
    """Dots at random above the height ``low``."""
    for _ in range(count):
        x, y, r = rng.random() * side, rng.random() * low * side, side * rng.choice((0.004, 0.005, 0.007))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=color)


def _night(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (14, 18, 52)), (0.7, (48, 58, 112)), (1.0, (48, 58, 112))])
    draw = ImageDraw.Draw(image)
    stars(draw, side, rng, 22, 0.6, (226, 228, 246))
    hill(draw, side, rng.uniform(0.1, 0.4), 0.66, 0.8, (26, 36, 74))
    hill(draw, side, rng.uniform(0.6, 0.9), 0.72, 0.8, (20, 28, 60))
    shape(draw, side, [(0, 0.84), (1, 0.86), (1, 1), (0, 1)], (15, 22, 48))
    return image


def _beach(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (122, 198, 246)), (0.45, (214, 240, 252)), (1.0, (214, 240, 252))])
    draw = ImageDraw.Draw(image)
    shape(draw, side, [(0, 0.45), (1, 0.45), (1, 0.7), (0, 0.7)], (52, 150, 204))
    shape(draw, side, [(0, 0.54), (1, 0.54), (1, 0.75), (0, 0.75)], (84, 182, 216))
    lean = rng.uniform(-0.05, 0.05)
    shore: list[Point] = [(0, 0.66 - lean), (0.3, 0.63), (0.65, 0.67), (1, 0.64 + lean)]
    shape(draw, side, [(x, y - 0.02) for x, y in shore] + [(1, 1), (0, 1)], (240, 248, 248))
    shape(draw, side, [*shore, (1, 1), (0, 1)], (244, 222, 164))
    shape(draw, side, [(0, 0.88), (0.5, 0.85), (1, 0.89), (1, 1), (0, 1)], (234, 206, 142))
    return image


def _snow(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (190, 210, 230)), (0.6, (228, 236, 244)), (1.0, (228, 236, 244))])
    draw = ImageDraw.Draw(image)
    hill(draw, side, rng.uniform(0.1, 0.4), 0.56, 0.7, (208, 222, 236))
    hill(draw, side, rng.uniform(0.6, 0.9), 0.62, 0.7, (220, 230, 242))
    shape(draw, side, [(0, 0.72), (0.5, 0.69), (1, 0.73), (1, 1), (0, 1)], (238, 244, 250))
    for _ in range(16):
        x, y, r = rng.random() * side, rng.random() * 0.66 * side, side * rng.choice((0.006, 0.009))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 255, 255))
    return image


def _sunset(side: int, rng: Random) -> Image.Image:
    stops: list[tuple[float, Rgb]] = [
        (0.0, (92, 62, 132)),
        (0.35, (222, 96, 112)),
        (0.66, (252, 178, 92)),
        (1.0, (254, 220, 130)),
    ]
    image = gradient(side, stops)
    draw = ImageDraw.Draw(image)
    hill(draw, side, rng.uniform(0.1, 0.4), 0.66, 0.7, (120, 58, 88))
    hill(draw, side, rng.uniform(0.6, 0.9), 0.70, 0.7, (94, 46, 78))
    shape(draw, side, [(0, 0.82), (1, 0.85), (1, 1), (0, 1)], (66, 34, 62))
    return image


def _sea(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (56, 160, 196)), (0.5, (24, 104, 158)), (1.0, (10, 56, 108))])
    draw = ImageDraw.Draw(image)
    x = rng.uniform(0.1, 0.3)
    shape(draw, side, [(x, 0), (x + 0.12, 0), (x - 0.02, 0.84), (x - 0.26, 0.84)], (44, 130, 178))
    shape(draw, side, [(x + 0.4, 0), (x + 0.48, 0), (x + 0.44, 0.84), (x + 0.26, 0.84)], (44, 130, 178))
    shape(draw, side, [(0, 0.88), (0.3, 0.85), (0.7, 0.89), (1, 0.86), (1, 1), (0, 1)], (150, 140, 104))
    for _ in range(8):
        cx, cy, r = rng.random() * side, rng.random() * 0.8 * side, side * rng.choice((0.008, 0.012))
        draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=(148, 208, 228))
    return image


def _room(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (246, 226, 186)), (0.7, (238, 212, 168)), (1.0, (238, 212, 168))])
    draw = ImageDraw.Draw(image)
    for i in range(9):
        x = (i + 0.5) / 9
        shape(draw, side, [(x - 0.012, 0), (x + 0.012, 0), (x + 0.012, 0.7), (x - 0.012, 0.7)], (234, 206, 160))
    shape(draw, side, [(0, 0.70), (1, 0.70), (1, 1), (0, 1)], (176, 118, 70))
    shift = rng.uniform(-0.06, 0.06)
    for i in range(-3, 5):
        x = 0.5 + i * 0.16 + shift
        wide = 0.5 + (x - 0.5) * 1.9
        shape(draw, side, [(x, 0.70), (x + 0.008, 0.70), (wide + 0.014, 1), (wide, 1)], (146, 94, 54))
    shape(draw, side, [(0, 0.68), (1, 0.68), (1, 0.72), (0, 0.72)], (252, 244, 226))
    return image


def _desert(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (120, 192, 226)), (0.6, (250, 232, 190)), (1.0, (250, 232, 190))])
    draw = ImageDraw.Draw(image)
    hill(draw, side, rng.uniform(0.1, 0.4), 0.56, 0.8, (240, 196, 118))
    hill(draw, side, rng.uniform(0.65, 0.95), 0.62, 0.7, (230, 178, 96))
    shape(draw, side, [(0, 0.78), (0.35, 0.74), (1, 0.82), (1, 1), (0, 1)], (220, 164, 80))
    shape(draw, side, [(0, 0.92), (0.6, 0.86), (1, 0.90), (1, 1), (0, 1)], (206, 148, 68))
    return image


def _space(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (22, 12, 44)), (0.5, (52, 28, 88)), (1.0, (24, 14, 52))])
    draw = ImageDraw.Draw(image)
    lean = rng.uniform(0.1, 0.3)
    shape(draw, side, [(0, 0.5 + lean), (0, 0.7 + lean), (1, 0.5 - lean), (1, 0.3 - lean)], (66, 36, 106))
    stars(draw, side, rng, 40, 1.0, (236, 230, 250))
    return image


def _city(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (166, 178, 192)), (0.7, (214, 220, 226)), (1.0, (214, 220, 226))])
    draw = ImageDraw.Draw(image)
    for base, color in ((0.36, (158, 170, 186)), (0.50, (128, 142, 162))):
        x = rng.uniform(-0.08, 0.0)
        while x < 1.0:
            width, top = rng.choice((0.10, 0.13, 0.16)), base + rng.choice((0.0, 0.06, 0.12, 0.18))
            shape(draw, side, [(x, top), (x + width, top), (x + width, 0.86), (x, 0.86)], color)
            for row in range(int((0.84 - top) / 0.07)):
                for left in (x + 0.025, x + width - 0.055):
                    y = top + 0.03 + row * 0.07
                    shape(
                        draw,
                        side,
                        [(left, y), (left + 0.03, y), (left + 0.03, y + 0.03), (left, y + 0.03)],
                        mix(color, (250, 240, 200), 0.35),
                    )
            x += width + rng.choice((0.0, 0.02))
    shape(draw, side, [(0, 0.84), (1, 0.84), (1, 1), (0, 1)], (104, 108, 116))
    shape(draw, side, [(0, 0.84), (1, 0.84), (1, 0.87), (0, 0.87)], (178, 182, 186))
    return image


_BACKDROPS: dict[str, Callable[[int, Random], Image.Image]] = {
    "meadow": _meadow,
    "night": _night,
    "beach": _beach,
    "snow": _snow,
    "sunset": _sunset,
    "sea": _sea,
    "room": _room,
    "desert": _desert,
    "space": _space,
    "city": _city,
}

_LAYOUTS = 4
"""Layouts of each background: few, so that a small model can learn them whole."""

PAINTABLE = frozenset(_BACKDROPS)
"""Names of the backgrounds that can be painted."""


def paint_backdrop(name: str, side: int, rng: Random) -> Image.Image:
    """A background of ``side`` × ``side`` pixels (RGB) in one of a few layouts, which ``rng`` picks.

    Raises:
        KeyError: if ``name`` is not in :data:`PAINTABLE`.
    """
    return _BACKDROPS[name](side, Random(rng.randrange(_LAYOUTS)))
