"""Paints the world's things and backgrounds as flat illustrations.

A thing is a list of flat patches in the unit square, put down twice: first the silhouette, widened, in the line colour,
then the patches themselves. So every thing has one crisp outline, also where it stands before its own colour. Knows no
boxes of the Canvas grid, no sampling of scenes and no torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from PIL import ImageDraw

Rgb = tuple[int, int, int]
Point = tuple[float, float]

_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (18, 18, 24)
_CREAM: Rgb = (250, 240, 214)
_BARK: Rgb = (104, 66, 38)
_LEAF: Rgb = (74, 148, 62)
_GLASS: Rgb = (196, 228, 246)
_LAMP: Rgb = (255, 226, 128)


def mix(color: Rgb, other: Rgb, share: float) -> Rgb:
    """``color`` with ``share`` (0…1) of ``other`` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def jitter(color: Rgb, rng: Random, reach: int = 10) -> Rgb:
    """``color`` with each channel moved by up to ``reach``, kept inside 0…255."""
    red, green, blue = (min(max(value + rng.randint(-reach, reach), 0), 255) for value in color)
    return red, green, blue


def luminance(color: Rgb) -> float:
    """Brightness of an sRGB colour, 0…255 (Rec. 601 weights)."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


@dataclass(frozen=True)
class Shades:
    """The main colour of a thing and what goes with it."""

    main: Rgb
    light: Rgb
    dark: Rgb
    line: Rgb

    @classmethod
    def of(cls, main: Rgb) -> Shades:
        """Shades of ``main``; a dark thing is outlined lighter than itself, so that it shows at night."""
        black = luminance(main) < 70
        line = mix(main, _WHITE, 0.5) if black else mix(main, _BLACK, 0.62)
        return cls(main, mix(main, _WHITE, 0.22 if black else 0.38), mix(main, _BLACK, 0.6 if black else 0.26), line)


@dataclass(frozen=True)
class _Patch:
    points: tuple[Point, ...]
    fill: Rgb
    silhouette: bool


def curve(
    cx: float, cy: float, rx: float, ry: float, start: float = 0, end: float = 360, steps: int = 28
) -> list[Point]:
    """Points of an elliptic arc; angles in degrees, 0 to the right, growing clockwise (y points down)."""
    angles = (math.radians(start + (end - start) * i / steps) for i in range(steps + 1))
    return [(cx + rx * math.cos(angle), cy + ry * math.sin(angle)) for angle in angles]


def ribbon(points: list[Point], width: float) -> list[Point]:
    """The outline of a line of ``width`` through ``points``."""
    left, right = [], []
    for i, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = -(by - ay) / length * width / 2, (bx - ax) / length * width / 2
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


@dataclass
class Sketch:
    """Patches of one thing in the unit square, far to near. ``detail`` patches have no part in the silhouette."""

    patches: list[_Patch] = field(default_factory=list)

    def shape(self, points: list[Point], fill: Rgb, *, detail: bool = False) -> None:
        self.patches.append(_Patch(tuple(points), fill, not detail))

    def rect(self, left: float, top: float, right: float, bottom: float, fill: Rgb, *, detail: bool = False) -> None:
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], fill, detail=detail)

    def oval(self, cx: float, cy: float, rx: float, ry: float, fill: Rgb, *, detail: bool = False) -> None:
        self.shape(curve(cx, cy, rx, ry), fill, detail=detail)

    def stroke(self, points: list[Point], width: float, fill: Rgb, *, detail: bool = False) -> None:
        self.shape(ribbon(points, width), fill, detail=detail)

    def paint(self, draw: ImageDraw.ImageDraw, frame: tuple[float, float, float, float], line: Rgb, width: int) -> None:
        """Put the patches into ``frame`` (left, top, right, bottom in pixels) with an outline of ``width`` pixels."""
        left, top, right, bottom = frame
        placed = [
            ([(left + x * (right - left), top + y * (bottom - top)) for x, y in patch.points], patch)
            for patch in self.patches
        ]
        for points, patch in placed:
            if patch.silhouette:
                draw.line([*points, points[0], points[1]], fill=line, width=2 * width, joint="curve")
        for points, patch in placed:
            draw.polygon(points, fill=patch.fill)


def _house(s: Sketch, c: Shades) -> None:
    s.rect(0.70, 0.06, 0.82, 0.40, c.dark)
    s.rect(0.10, 0.40, 0.90, 1.00, c.main)
    s.shape([(0.00, 0.44), (0.50, 0.00), (1.00, 0.44)], c.dark)
    s.rect(0.41, 0.62, 0.59, 1.00, _BARK, detail=True)
    s.oval(0.55, 0.82, 0.02, 0.02, _LAMP, detail=True)
    for x in (0.17, 0.66):
        s.rect(x, 0.54, x + 0.17, 0.74, _WHITE, detail=True)
        s.rect(x + 0.025, 0.56, x + 0.145, 0.72, _LAMP, detail=True)


def _tree(s: Sketch, c: Shades) -> None:
    s.shape([(0.42, 0.55), (0.58, 0.55), (0.64, 1.00), (0.36, 1.00)], _BARK)
    s.oval(0.27, 0.46, 0.27, 0.22, c.dark)
    s.oval(0.73, 0.46, 0.27, 0.22, c.dark)
    s.oval(0.50, 0.30, 0.36, 0.30, c.main)
    s.oval(0.40, 0.46, 0.27, 0.19, c.main)
    s.oval(0.42, 0.20, 0.17, 0.10, c.light, detail=True)


def _cat(s: Sketch, c: Shades) -> None:
    s.stroke(curve(0.70, 0.72, 0.24, 0.22, 90, -70), 0.09, c.dark)
    s.shape(curve(0.48, 1.00, 0.31, 0.56, 180, 360), c.main)
    for x in (0.17, 0.79):
        s.shape([(x, 0.00), (0.48 + (x - 0.48) * 0.25, 0.18), (x, 0.36)], c.main)
        s.shape(
            [(x + (0.03 if x < 0.5 else -0.03), 0.08), (0.48 + (x - 0.48) * 0.4, 0.19), (x, 0.30)], c.light, detail=True
        )
    s.oval(0.48, 0.32, 0.33, 0.25, c.main)
    s.shape(curve(0.48, 1.00, 0.15, 0.34, 180, 360), c.light, detail=True)
    for x in (0.35, 0.61):
        s.oval(x, 0.29, 0.065, 0.075, _LAMP, detail=True)
        s.oval(x, 0.29, 0.028, 0.065, _BLACK, detail=True)
    s.shape([(0.44, 0.39), (0.52, 0.39), (0.48, 0.44)], (236, 120, 130), detail=True)
    for x, y in ((0.22, 0.38), (0.22, 0.46), (0.74, 0.38), (0.74, 0.46)):
        s.stroke([(x - 0.09, y), (x + 0.09, y + (0.02 if x < 0.5 else -0.02))], 0.014, c.line, detail=True)


def _dog(s: Sketch, c: Shades) -> None:
    s.stroke([(0.16, 0.50), (0.07, 0.38), (0.05, 0.20)], 0.08, c.main)
    for x in (0.24, 0.62):
        s.rect(x, 0.66, x + 0.10, 1.00, c.dark)
    for x in (0.13, 0.51):
        s.rect(x, 0.66, x + 0.11, 1.00, c.main)
    s.shape([*curve(0.24, 0.60, 0.13, 0.17, 90, 270), *curve(0.60, 0.60, 0.14, 0.17, 270, 450)], c.main)
    s.shape([(0.52, 0.48), (0.58, 0.20), (0.78, 0.26), (0.72, 0.62)], c.main)
    s.oval(0.69, 0.22, 0.18, 0.20, c.main)
    s.shape([(0.74, 0.16), (0.95, 0.22), (1.00, 0.30), (0.95, 0.40), (0.72, 0.40)], c.light)
    s.shape(curve(0.57, 0.30, 0.09, 0.20), c.dark)
    s.oval(0.965, 0.27, 0.04, 0.04, _BLACK, detail=True)
    s.oval(0.76, 0.17, 0.042, 0.048, _WHITE, detail=True)
    s.oval(0.77, 0.17, 0.026, 0.034, _BLACK, detail=True)
    s.shape([(0.55, 0.46), (0.75, 0.48), (0.74, 0.55), (0.53, 0.52)], (214, 60, 60), detail=True)


def _car(s: Sketch, c: Shades) -> None:
    s.shape([(0.20, 0.50), (0.32, 0.06), (0.68, 0.06), (0.84, 0.50)], c.main)
    s.shape([(0.00, 0.56), (0.06, 0.44), (0.92, 0.44), (1.00, 0.58), (1.00, 0.82), (0.00, 0.82)], c.main)
    s.rect(0.00, 0.68, 1.00, 0.82, c.dark, detail=True)
    s.shape([(0.28, 0.44), (0.36, 0.15), (0.48, 0.15), (0.48, 0.44)], _GLASS, detail=True)
    s.shape([(0.53, 0.44), (0.53, 0.15), (0.65, 0.15), (0.75, 0.44)], _GLASS, detail=True)
    s.oval(0.955, 0.58, 0.035, 0.07, _LAMP, detail=True)
    for x in (0.24, 0.76):
        s.oval(x, 0.80, 0.115, 0.20, _BLACK)
        s.oval(x, 0.80, 0.055, 0.095, (190, 194, 200), detail=True)


def _boat(s: Sketch, c: Shades) -> None:
    sail = mix(c.main, _CREAM, 0.86)
    s.rect(0.45, 0.00, 0.50, 0.66, _BARK)
    s.shape([(0.53, 0.04), (0.94, 0.60), (0.53, 0.60)], sail)
    s.shape([(0.42, 0.12), (0.42, 0.60), (0.12, 0.60)], mix(sail, c.main, 0.35))
    s.shape([(0.00, 0.66), (1.00, 0.66), (0.84, 1.00), (0.16, 1.00)], c.main)
    s.shape([(0.00, 0.66), (1.00, 0.66), (0.97, 0.75), (0.03, 0.75)], c.light, detail=True)
    s.shape([(0.12, 0.90), (0.88, 0.90), (0.84, 1.00), (0.16, 1.00)], c.dark, detail=True)


def _sun(s: Sketch, c: Shades) -> None:
    for i in range(12):
        angle = math.radians(30 * i + 15)
        tip = (0.5 + 0.5 * math.cos(angle), 0.5 + 0.5 * math.sin(angle))
        feet = [(0.5 + 0.3 * math.cos(angle + d), 0.5 + 0.3 * math.sin(angle + d)) for d in (-0.23, 0.23)]
        s.shape([tip, *feet], c.dark if i % 2 else c.main)
    s.oval(0.5, 0.5, 0.31, 0.31, c.main)
    s.oval(0.5, 0.5, 0.23, 0.23, c.light, detail=True)


def _moon(s: Sketch, c: Shades) -> None:
    outer = curve(0.56, 0.5, 0.5, 0.5, 60, 300, 36)
    s.shape([*outer, *curve(0.80, 0.5, 0.42, 0.435, 277, 83, 36)], c.main)
    for x, y, r in ((0.20, 0.42, 0.06), (0.30, 0.66, 0.08), (0.34, 0.24, 0.05), (0.52, 0.87, 0.045)):
        s.oval(x, y, r, r, c.dark, detail=True)


def _star(s: Sketch, c: Shades) -> None:
    rim = []
    for i in range(10):
        angle, reach = math.radians(36 * i - 90), 0.5 if i % 2 == 0 else 0.23
        rim.append((0.5 + reach * 1.05 * math.cos(angle), 0.53 + reach * 1.06 * math.sin(angle)))
    s.shape(rim, c.main)
    for i in range(0, 10, 2):
        s.shape([rim[i], rim[i + 1], (0.5, 0.53)], c.light, detail=True)


def _cloud(s: Sketch, c: Shades) -> None:
    s.shape([*curve(0.16, 0.78, 0.16, 0.22, 90, 270), *curve(0.84, 0.78, 0.16, 0.22, 270, 450)], c.main)
    for x, y, rx, ry in ((0.26, 0.56, 0.19, 0.28), (0.50, 0.38, 0.24, 0.38), (0.74, 0.54, 0.19, 0.28)):
        s.oval(x, y, rx, ry, c.main)
    s.oval(0.46, 0.30, 0.15, 0.20, c.light, detail=True)
    s.oval(0.25, 0.50, 0.10, 0.14, c.light, detail=True)
    s.shape([*curve(0.16, 0.86, 0.12, 0.14, 90, 180), *curve(0.84, 0.86, 0.12, 0.14, 0, 90)], c.dark, detail=True)


def _mountain(s: Sketch, c: Shades) -> None:
    cap = mix(_WHITE, (150, 190, 230), 0.35) if luminance(c.main) > 225 else _WHITE
    for peak, top, left, right in ((0.70, 0.22, 0.36, 1.00), (0.38, 0.00, 0.00, 0.78)):
        s.shape([(left, 1.0), (peak, top), (right, 1.0)], c.main)
        s.shape([(peak, top), (right, 1.0), (peak + 0.04, 1.0), (peak - 0.03, 0.6)], c.dark, detail=True)
        low = top + 0.30 * (1.0 - top)
        west, east = peak + (left - peak) * 0.30, peak + (right - peak) * 0.30
        zigzag = [
            (east, low),
            (peak + (east - peak) * 0.4, low - 0.07),
            (peak, low + 0.05),
            (peak + (west - peak) * 0.5, low - 0.06),
        ]
        s.shape([(peak, top), *zigzag, (west, low)], cap, detail=True)


def _flower(s: Sketch, c: Shades) -> None:
    heart = (150, 90, 40) if c.main[0] > 200 and c.main[1] > 120 and c.main[2] < 80 else _LAMP
    s.stroke([(0.50, 0.40), (0.48, 0.70), (0.50, 1.00)], 0.07, _LEAF)
    s.shape([(0.50, 0.86), (0.20, 0.62), (0.14, 0.76), (0.30, 0.88)], _LEAF)
    s.shape([(0.50, 0.80), (0.80, 0.60), (0.86, 0.72), (0.70, 0.84)], _LEAF)
    for i in range(7):
        angle = math.radians(360 / 7 * i - 90)
        s.oval(0.5 + 0.32 * math.cos(angle), 0.29 + 0.185 * math.sin(angle), 0.175, 0.10, c.light if i % 2 else c.main)
    s.oval(0.5, 0.29, 0.19, 0.11, heart)


def _fish(s: Sketch, c: Shades) -> None:
    s.shape([(0.30, 0.50), (0.00, 0.12), (0.08, 0.50), (0.00, 0.88)], c.dark)
    s.shape([(0.36, 0.25), (0.50, 0.00), (0.74, 0.24)], c.dark)
    s.shape([(0.48, 0.78), (0.44, 1.00), (0.66, 0.76)], c.dark)
    s.shape([*curve(0.60, 0.50, 0.40, 0.36)], c.main)
    s.shape(curve(0.60, 0.50, 0.37, 0.33, 20, 160), c.light, detail=True)
    s.stroke(curve(0.64, 0.50, 0.08, 0.30, 110, 250), 0.035, c.dark, detail=True)
    s.stroke(curve(0.46, 0.50, 0.06, 0.25, 110, 250), 0.035, c.dark, detail=True)
    s.oval(0.83, 0.40, 0.055, 0.085, _WHITE, detail=True)
    s.oval(0.845, 0.40, 0.028, 0.045, _BLACK, detail=True)


def _bird(s: Sketch, c: Shades) -> None:
    s.shape([(0.22, 0.58), (0.00, 0.50), (0.02, 0.66), (0.06, 0.78), (0.30, 0.72)], c.dark)
    s.shape([(0.34, 0.56), (0.30, 0.28), (0.44, 0.00), (0.56, 0.22), (0.64, 0.52)], c.dark)
    s.oval(0.48, 0.66, 0.31, 0.23, c.main)
    s.shape([(0.90, 0.42), (1.00, 0.50), (0.88, 0.56)], (246, 168, 40))
    s.oval(0.76, 0.48, 0.17, 0.17, c.main)
    s.shape(curve(0.50, 0.72, 0.24, 0.16, 0, 180), c.light, detail=True)
    s.shape([(0.32, 0.62), (0.20, 0.26), (0.24, 0.04), (0.46, 0.26), (0.60, 0.62)], c.light)
    s.oval(0.80, 0.43, 0.042, 0.046, _WHITE, detail=True)
    s.oval(0.81, 0.43, 0.024, 0.028, _BLACK, detail=True)
    for x in (0.42, 0.54):
        s.stroke([(x, 0.87), (x - 0.04, 1.00)], 0.035, (226, 150, 40))


def _balloon(s: Sketch, c: Shades) -> None:
    s.stroke([(0.50, 0.66), (0.58, 0.76), (0.44, 0.88), (0.52, 1.00)], 0.035, (210, 206, 200))
    s.shape([(0.50, 0.60), (0.62, 0.70), (0.38, 0.70)], c.dark)
    s.shape([*curve(0.5, 0.31, 0.48, 0.31, 180, 360), (0.90, 0.48), (0.50, 0.66), (0.10, 0.48)], c.main)
    s.oval(0.5, 0.33, 0.46, 0.31, c.main)
    s.oval(0.33, 0.20, 0.10, 0.09, c.light, detail=True)
    s.shape([*curve(0.5, 0.33, 0.44, 0.29, -30, 75), *curve(0.44, 0.32, 0.40, 0.26, 75, -30)], c.dark, detail=True)


def _rocket(s: Sketch, c: Shades) -> None:
    s.shape([(0.36, 0.80), (0.64, 0.80), (0.50, 1.00)], (248, 140, 40))
    s.shape([(0.43, 0.80), (0.57, 0.80), (0.50, 0.92)], (255, 226, 110), detail=True)
    trim = (214, 58, 52) if luminance(c.main) > 150 or c.main[2] > c.main[0] else (236, 232, 224)
    s.shape([(0.30, 0.48), (0.02, 0.74), (0.02, 0.90), (0.32, 0.78)], trim)
    s.shape([(0.70, 0.48), (0.98, 0.74), (0.98, 0.90), (0.68, 0.78)], trim)
    s.shape(
        [
            (0.50, 0.00),
            (0.66, 0.12),
            (0.75, 0.30),
            (0.75, 0.60),
            (0.66, 0.82),
            (0.34, 0.82),
            (0.25, 0.60),
            (0.25, 0.30),
            (0.34, 0.12),
        ],
        c.main,
    )
    s.shape([(0.50, 0.00), (0.66, 0.12), (0.71, 0.20), (0.29, 0.20), (0.34, 0.12)], trim, detail=True)
    s.shape([(0.62, 0.20), (0.71, 0.20), (0.75, 0.30), (0.75, 0.60), (0.66, 0.82), (0.58, 0.82)], c.dark, detail=True)
    s.oval(0.48, 0.40, 0.15, 0.085, _WHITE, detail=True)
    s.oval(0.48, 0.40, 0.11, 0.062, (110, 176, 224), detail=True)


def _battlement(s: Sketch, left: float, right: float, top: float, fill: Rgb) -> None:
    step = (right - left) / 5
    for i in (0, 2, 4):
        s.rect(left + i * step, top, left + (i + 1) * step, top + 0.10, fill)


def _castle(s: Sketch, c: Shades) -> None:
    for x in (0.15, 0.83):
        s.rect(x, 0.00, x + 0.025, 0.20, _BARK)
        s.shape([(x + 0.02, 0.00), (x + 0.17, 0.055), (x + 0.02, 0.11)], (226, 64, 60))
    s.rect(0.22, 0.50, 0.78, 1.00, c.main)
    _battlement(s, 0.30, 0.70, 0.42, c.main)
    for left in (0.00, 0.68):
        s.rect(left, 0.26, left + 0.32, 1.00, c.light)
        _battlement(s, left, left + 0.32, 0.18, c.light)
        s.rect(left + 0.22, 0.28, left + 0.32, 1.00, c.main, detail=True)
        s.rect(left + 0.12, 0.42, left + 0.20, 0.58, _BLACK if luminance(c.main) > 70 else _LAMP, detail=True)
    s.shape([*curve(0.50, 0.76, 0.12, 0.12, 180, 360), (0.62, 1.00), (0.38, 1.00)], _BARK, detail=True)
    s.stroke([(0.50, 0.65), (0.50, 1.00)], 0.015, _BLACK, detail=True)


def _ball(s: Sketch, c: Shades) -> None:
    stripe = mix(c.main, _WHITE, 0.82) if luminance(c.main) < 225 else (206, 212, 222)
    s.oval(0.5, 0.5, 0.5, 0.5, c.main)
    s.shape([*curve(0.5, 0.5, 0.22, 0.5, -90, 90), *curve(0.5, 0.5, 0.02, 0.5, 90, -90)], stripe, detail=True)
    s.shape([*curve(0.5, 0.5, 0.5, 0.5, 90, 270), *curve(0.5, 0.5, 0.36, 0.5, 270, 90)], stripe, detail=True)
    s.shape([*curve(0.5, 0.5, 0.49, 0.49, 15, 95), *curve(0.44, 0.44, 0.46, 0.46, 95, 15)], c.dark, detail=True)
    s.oval(0.5, 0.06, 0.10, 0.05, stripe, detail=True)


def _heart(s: Sketch, c: Shades) -> None:
    rim = []
    for i in range(48):
        t = 2 * math.pi * i / 48
        x = 16 * math.sin(t) ** 3
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        rim.append((0.5 + x / 32, 0.413 - y / 29))
    s.shape(rim, c.main)
    s.oval(0.26, 0.24, 0.09, 0.10, c.light, detail=True)


def _mushroom(s: Sketch, c: Shades) -> None:
    dots = _WHITE if luminance(c.main) < 225 else (214, 84, 80)
    s.shape([(0.36, 0.50), (0.64, 0.50), (0.70, 0.90), (0.62, 1.00), (0.38, 1.00), (0.30, 0.90)], _CREAM)
    s.shape([*curve(0.5, 0.54, 0.5, 0.54, 180, 360), (0.93, 0.63), (0.5, 0.66), (0.07, 0.63)], c.main)
    s.shape([(0.00, 0.54), (1.00, 0.54), (0.93, 0.63), (0.5, 0.66), (0.07, 0.63)], c.dark, detail=True)
    for x, y, r in ((0.48, 0.20, 0.105), (0.22, 0.38, 0.08), (0.76, 0.36, 0.085), (0.50, 0.44, 0.06)):
        s.oval(x, y, r, r * 0.95, dots, detail=True)


def _snowman(s: Sketch, c: Shades) -> None:
    for x, tip, fork in ((0.30, 0.02, 0.34), (0.70, 0.98, 0.34)):
        s.stroke([(x, 0.50), (tip, fork)], 0.04, _BARK)
    s.oval(0.50, 0.80, 0.40, 0.20, c.main)
    s.oval(0.50, 0.52, 0.30, 0.16, c.main)
    s.oval(0.50, 0.27, 0.23, 0.125, c.main)
    s.shape(curve(0.52, 0.81, 0.35, 0.16, 10, 110), c.dark, detail=True)
    s.rect(0.31, 0.00, 0.69, 0.14, (48, 48, 58))
    s.rect(0.19, 0.13, 0.81, 0.17, (48, 48, 58))
    s.rect(0.28, 0.37, 0.72, 0.425, (52, 132, 190) if c.main[0] > c.main[2] + 60 else (220, 62, 60))
    mark = _BLACK if luminance(c.main) > 70 else _WHITE
    for x in (0.42, 0.58):
        s.oval(x, 0.235, 0.035, 0.019, mark, detail=True)
    s.shape([(0.48, 0.26), (0.74, 0.29), (0.48, 0.305)], (246, 136, 40), detail=True)
    for y in (0.50, 0.58):
        s.oval(0.50, y, 0.035, 0.019, mark, detail=True)


def _umbrella(s: Sketch, c: Shades) -> None:
    hook = curve(0.60, 0.89, 0.10, 0.09, 180, 10)
    s.stroke([(0.50, 0.03), (0.50, 0.89), *hook], 0.05, _BARK)
    rim = curve(0.5, 0.52, 0.5, 0.46, 180, 360)
    scallops = [point for i in (3, 2, 1, 0) for point in curve(0.125 + 0.25 * i, 0.54, 0.125, 0.07, 360, 180, 8)]
    s.shape([*rim, *scallops], c.main)
    s.shape([(0.50, 0.06), *curve(0.375, 0.54, 0.125, 0.07, 180, 360, 8)], c.light, detail=True)
    s.shape(
        [*curve(0.5, 0.52, 0.5, 0.46, 300, 360), *curve(0.875, 0.54, 0.125, 0.07, 360, 180, 8)], c.dark, detail=True
    )
    s.shape([*curve(0.5, 0.52, 0.25, 0.46, 180, 270), *curve(0.5, 0.52, 0.5, 0.46, 270, 180)], c.dark, detail=True)


def _apple(s: Sketch, c: Shades) -> None:
    s.stroke([(0.50, 0.30), (0.50, 0.14), (0.56, 0.00)], 0.07, _BARK)
    s.shape([(0.54, 0.16), (0.66, 0.03), (0.88, 0.05), (0.74, 0.19)], _LEAF)
    s.oval(0.30, 0.54, 0.30, 0.33, c.main)
    s.oval(0.70, 0.54, 0.30, 0.33, c.main)
    s.oval(0.50, 0.70, 0.36, 0.30, c.main)
    s.shape([*curve(0.66, 0.56, 0.32, 0.36, -30, 85), *curve(0.58, 0.55, 0.30, 0.34, 85, -30)], c.dark, detail=True)
    s.oval(0.24, 0.42, 0.09, 0.10, c.light, detail=True)


def _butterfly(s: Sketch, c: Shades) -> None:
    body = (60, 44, 40) if luminance(c.main) > 70 else (214, 190, 120)
    for side in (-1, 1):
        s.stroke([(0.5, 0.24), (0.5 + side * 0.10, 0.08), (0.5 + side * 0.18, 0.03)], 0.03, body)
        s.shape(
            [
                (0.5, 0.62),
                (0.5 + side * 0.06, 0.46),
                (0.5 + side * 0.38, 0.56),
                (0.5 + side * 0.34, 0.90),
                (0.5 + side * 0.20, 1.00),
            ],
            c.dark,
        )
        wing = [
            (0.5, 0.52),
            (0.5 + side * 0.10, 0.24),
            (0.5 + side * 0.34, 0.04),
            (0.5 + side * 0.50, 0.08),
            (0.5 + side * 0.47, 0.42),
            (0.5 + side * 0.34, 0.58),
        ]
        s.shape(wing, c.main)
        s.oval(0.5 + side * 0.33, 0.27, 0.085, 0.10, c.light, detail=True)
        s.oval(0.5 + side * 0.23, 0.74, 0.07, 0.08, c.light, detail=True)
    s.oval(0.5, 0.52, 0.055, 0.32, body)


@dataclass(frozen=True)
class _Recipe:
    """How a kind is put down, and the widths over heights between which it still looks like itself."""

    draw: Callable[[Sketch, Shades], None]
    slim: float
    wide: float


_RECIPES: dict[str, _Recipe] = {
    "house": _Recipe(_house, 0.70, 1.45),
    "tree": _Recipe(_tree, 0.50, 1.05),
    "cat": _Recipe(_cat, 0.72, 1.25),
    "dog": _Recipe(_dog, 0.85, 1.45),
    "car": _Recipe(_car, 1.30, 2.20),
    "boat": _Recipe(_boat, 0.70, 1.40),
    "sun": _Recipe(_sun, 0.88, 1.14),
    "moon": _Recipe(_moon, 0.70, 1.05),
    "star": _Recipe(_star, 0.85, 1.20),
    "cloud": _Recipe(_cloud, 1.25, 2.20),
    "mountain": _Recipe(_mountain, 1.00, 2.20),
    "flower": _Recipe(_flower, 0.48, 0.80),
    "fish": _Recipe(_fish, 1.15, 2.00),
    "bird": _Recipe(_bird, 0.85, 1.40),
    "balloon": _Recipe(_balloon, 0.50, 0.78),
    "rocket": _Recipe(_rocket, 0.42, 0.80),
    "castle": _Recipe(_castle, 0.72, 1.45),
    "ball": _Recipe(_ball, 0.92, 1.09),
    "heart": _Recipe(_heart, 0.82, 1.25),
    "mushroom": _Recipe(_mushroom, 0.75, 1.30),
    "snowman": _Recipe(_snowman, 0.48, 0.85),
    "umbrella": _Recipe(_umbrella, 0.78, 1.25),
    "apple": _Recipe(_apple, 0.82, 1.15),
    "butterfly": _Recipe(_butterfly, 0.82, 1.40),
}

DRAWABLE = frozenset(_RECIPES)
"""Names of the kinds that can be painted."""


def fitted(kind: str, frame: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The part of ``frame`` (left, top, right, bottom) that ``kind`` fills without losing its proportions.

    Standing things keep the frame's lower edge only if they are squeezed in height; everything is centred sideways.
    """
    recipe = _RECIPES[kind]
    left, top, right, bottom = frame
    width, height = right - left, bottom - top
    new_width, new_height = min(width, height * recipe.wide), min(height, width / recipe.slim)
    x, y = (left + right - new_width) / 2, (top + bottom - new_height) / 2
    return x, y, x + new_width, y + new_height


def paint_thing(
    draw: ImageDraw.ImageDraw, kind: str, color: Rgb, frame: tuple[float, float, float, float], line_width: int
) -> None:
    """Paint one thing into ``frame`` (left, top, right, bottom in pixels).

    Raises:
        KeyError: if ``kind`` is not in :data:`DRAWABLE`.
    """
    shades = Shades.of(color)
    sketch = Sketch()
    _RECIPES[kind].draw(sketch, shades)
    left, top, right, bottom = fitted(kind, frame)
    inset = float(line_width)
    sketch.paint(draw, (left + inset, top + inset, right - inset, bottom - inset), shades.line, line_width)
