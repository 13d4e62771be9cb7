"""Paints the larger world's places and weathers, and says which words stand for which of them.

Quiet shapes, as in :mod:`omost_pipeline.world.backdrops`, which paints the ten measured ones. Knows no things.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

from PIL import Image, ImageDraw

from omost_pipeline.world import lexicon
from omost_pipeline.world.backdrops import PAINTABLE, gradient, hill, paint_backdrop, shape, stars
from omost_pipeline.world.drawing import Rgb, mix
from omost_pipeline.world.kinds import BACKGROUNDS, DEFAULT_BACKGROUND, MORE_BACKGROUNDS, describe

_LAYOUTS = 2
_SKY: tuple[Rgb, Rgb] = ((104, 178, 240), (206, 232, 250))

Painter = Callable[[int, Random], Image.Image]


def _land(side: int, sky: tuple[Rgb, Rgb], horizon: float, ground: Rgb) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A sky above flat ground."""
    image = gradient(side, [(0.0, sky[0]), (horizon, sky[1]), (1.0, sky[1])])
    draw = ImageDraw.Draw(image)
    shape(draw, side, [(0, horizon), (1, horizon), (1, 1), (0, 1)], ground)
    shape(draw, side, [(0, 0.86), (1, 0.83), (1, 1), (0, 1)], mix(ground, (0, 0, 0), 0.1))
    return image, draw


def _trees(draw: ImageDraw.ImageDraw, side: int, rng: Random, base: float, trunk: Rgb, crown: Rgb, count: int) -> None:
    for i in range(count):
        x = (i + rng.uniform(0.2, 0.8)) / count
        shape(draw, side, [(x - 0.02, 0.2), (x + 0.02, 0.2), (x + 0.03, base), (x - 0.03, base)], trunk)
        reach = rng.uniform(0.08, 0.14) * side
        y = rng.uniform(0.05, 0.22) * side
        draw.ellipse((x * side - reach, y - reach, x * side + reach, y + 1.6 * reach), fill=crown)


def _forest(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((150, 204, 160), (196, 226, 180)), 0.66, (104, 160, 76))
    _trees(draw, side, rng, 0.68, (134, 118, 84), (112, 172, 96), 7)
    _trees(draw, side, rng, 0.74, (104, 78, 52), (74, 136, 66), 5)
    return image


def _dark_forest(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((24, 40, 48), (52, 78, 74)), 0.66, (30, 50, 42))
    _trees(draw, side, rng, 0.68, (30, 44, 44), (34, 60, 54), 7)
    _trees(draw, side, rng, 0.74, (18, 26, 28), (22, 40, 38), 5)
    return image


def _jungle(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((70, 150, 96), (150, 206, 120)), 0.7, (54, 116, 56))
    for i in range(14):
        x, lean = i / 13, rng.uniform(-0.15, 0.15)
        fill = ((40, 110, 60), (58, 134, 66), (30, 92, 54))[i % 3]
        shape(draw, side, [(x, 0.95), (x + lean - 0.05, 0.4), (x + lean * 1.8, 0.15), (x + lean + 0.06, 0.45)], fill)
    return image


def _garden(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, _SKY, 0.6, (122, 188, 92))
    for i in range(10):
        x = i / 9
        shape(
            draw,
            side,
            [(x - 0.025, 0.48), (x, 0.44), (x + 0.025, 0.48), (x + 0.025, 0.64), (x - 0.025, 0.64)],
            (250, 246, 236),
        )
    for _ in range(26):
        x, y, r = rng.random() * side, rng.uniform(0.68, 0.98) * side, side * 0.012
        fill = rng.choice(((240, 120, 150), (250, 210, 70), (250, 250, 250), (170, 110, 210)))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)
    return image


def _park(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, _SKY, 0.6, (126, 190, 96))
    for i in range(6):
        x, r = (i + rng.random()) / 6 * side, rng.uniform(0.07, 0.11) * side
        draw.ellipse((x - r, 0.55 * side - r, x + r, 0.55 * side + r), fill=(96, 164, 88))
    x = rng.uniform(0.35, 0.65)
    shape(draw, side, [(x - 0.02, 0.6), (x + 0.02, 0.6), (x + 0.3, 1), (x - 0.1, 1)], (226, 208, 170))
    return image


def _farm(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, _SKY, 0.58, (214, 186, 92))
    hill(draw, side, rng.uniform(0.2, 0.8), 0.5, 0.6, (150, 196, 104))
    shape(draw, side, [(0, 0.62), (1, 0.62), (1, 1), (0, 1)], (220, 190, 96))
    for i in range(-6, 8):
        x = 0.5 + i * 0.07
        far = 0.5 + (x - 0.5) * 3
        shape(draw, side, [(x, 0.62), (x + 0.012, 0.62), (far + 0.05, 1), (far, 1)], (196, 162, 74))
    return image


def _lake(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, _SKY, 0.52, (94, 168, 214))
    hill(draw, side, rng.uniform(0.1, 0.4), 0.38, 0.4, (120, 176, 120))
    hill(draw, side, rng.uniform(0.6, 0.9), 0.42, 0.5, (104, 160, 108))
    shape(draw, side, [(0, 0.54), (1, 0.54), (1, 1), (0, 1)], (94, 168, 214))
    for _ in range(7):
        x, y = rng.random(), rng.uniform(0.6, 0.84)
        shape(draw, side, [(x, y), (x + 0.2, y), (x + 0.2, y + 0.012), (x, y + 0.012)], (140, 200, 232))
    shape(draw, side, [(0, 0.9), (0.5, 0.86), (1, 0.91), (1, 1), (0, 1)], (116, 180, 92))
    return image


def _swamp(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((132, 148, 120), (176, 184, 140)), 0.6, (92, 104, 62))
    _trees(draw, side, rng, 0.64, (84, 82, 66), (98, 112, 80), 5)
    for _ in range(6):
        x, y, r = rng.random() * side, rng.uniform(0.68, 0.95) * side, rng.uniform(0.08, 0.16) * side
        draw.ellipse((x - r, y - r / 3, x + r, y + r / 3), fill=(70, 92, 74))
    return image


def _mountains(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, _SKY, 0.66, (122, 180, 96))
    for i, fill in enumerate(((168, 184, 206), (140, 158, 186), (150, 168, 194))):
        peak = (i + rng.uniform(0.3, 0.7)) / 3
        shape(draw, side, [(peak - 0.34, 0.68), (peak, 0.2 + 0.1 * rng.random()), (peak + 0.34, 0.68)], fill)
    return image


def _cave(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((46, 42, 50), (92, 84, 88)), 0.74, (70, 62, 62))
    for i in range(9):
        x, low = (i + rng.random()) / 9, rng.uniform(0.12, 0.32)
        shape(draw, side, [(x - 0.06, 0), (x + 0.06, 0), (x, low)], (34, 30, 38))
    return image


def _tiled_room(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((206, 230, 232), (222, 240, 238)), 0.7, (196, 186, 172))
    for i in range(1, 9):
        at = i / 9 * side
        draw.line((at, 0, at, 0.52 * side), fill=(184, 212, 216), width=max(side // 160, 1))
        draw.line((0, at * 0.58, side, at * 0.58), fill=(184, 212, 216), width=max(side // 160, 1))
    shape(draw, side, [(0, 0.52), (1, 0.52), (1, 0.57), (0, 0.57)], (150, 104, 70))
    shape(draw, side, [(0, 0.57), (1, 0.57), (1, 0.76), (0, 0.76)], (236, 226, 206))
    for i in range(6):
        draw.line(((i + rng.random() * 0.1) / 5 * side, 0.57 * side, i / 5 * side, 0.76 * side), fill=(200, 184, 160))
    return image


def _bedroom(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((190, 178, 222), (206, 196, 232)), 0.7, (186, 146, 116))
    x = rng.uniform(0.1, 0.6)
    shape(draw, side, [(x, 0.1), (x + 0.28, 0.1), (x + 0.28, 0.42), (x, 0.42)], (250, 250, 250))
    shape(draw, side, [(x + 0.02, 0.12), (x + 0.26, 0.12), (x + 0.26, 0.40), (x + 0.02, 0.40)], (90, 120, 190))
    shape(draw, side, [(0, 0.68), (1, 0.68), (1, 0.72), (0, 0.72)], (250, 246, 240))
    return image


def _library(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((104, 70, 46), (116, 80, 54)), 0.76, (150, 104, 68))
    for row in range(4):
        y, x = 0.04 + row * 0.18, 0.01
        while x < 0.98:
            width = rng.choice((0.03, 0.04, 0.05))
            fill = rng.choice(((168, 70, 60), (70, 110, 150), (90, 130, 84), (206, 168, 92), (120, 84, 130)))
            shape(draw, side, [(x, y), (x + width, y), (x + width, y + 0.14), (x, y + 0.14)], fill)
            x += width + 0.006
    return image


def _stage(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((70, 22, 40), (110, 34, 52)), 0.74, (150, 100, 62))
    for i in range(8):
        if i in {3, 4}:
            continue
        x = i / 8 + rng.uniform(0, 0.01)
        shape(draw, side, [(x, 0), (x + 0.07, 0), (x + 0.09, 0.78), (x + 0.01, 0.78)], (176, 40, 56))
    return image


def _street(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((150, 190, 226), (214, 228, 238)), 0.66, (124, 126, 132))
    x = -0.05
    while x < 1:
        width = rng.choice((0.18, 0.22, 0.26))
        fill = rng.choice(((214, 150, 116), (226, 196, 140), (168, 182, 196), (196, 132, 120)))
        shape(draw, side, [(x, 0.2 + rng.random() * 0.14), (x + width, 0.24), (x + width, 0.66), (x, 0.66)], fill)
        for row in range(3):
            for left in (x + 0.04, x + width - 0.08):
                y = 0.34 + row * 0.1
                shape(
                    draw,
                    side,
                    [(left, y), (left + 0.04, y), (left + 0.04, y + 0.05), (left, y + 0.05)],
                    (240, 236, 214),
                )
        x += width
    shape(draw, side, [(0, 0.66), (1, 0.66), (1, 0.71), (0, 0.71)], (190, 188, 184))
    for i in range(5):
        shape(draw, side, [(i / 5, 0.84), (i / 5 + 0.1, 0.84), (i / 5 + 0.1, 0.86), (i / 5, 0.86)], (240, 236, 220))
    return image


def _graveyard(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((40, 36, 66), (94, 92, 120)), 0.64, (58, 70, 62))
    for i in range(5):
        x = (i + rng.uniform(0.2, 0.8)) / 5
        draw.rounded_rectangle(
            ((x - 0.045) * side, 0.52 * side, (x + 0.045) * side, 0.7 * side), 0.045 * side, (120, 124, 134)
        )
    return image


def _volcanic(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((70, 36, 44), (190, 84, 60)), 0.62, (58, 44, 46))
    x = rng.uniform(0.3, 0.7)
    shape(draw, side, [(x - 0.4, 0.66), (x - 0.08, 0.28), (x + 0.08, 0.28), (x + 0.4, 0.66)], (84, 60, 60))
    shape(draw, side, [(x - 0.08, 0.28), (x + 0.08, 0.28), (x + 0.03, 0.5), (x - 0.05, 0.44)], (244, 120, 50))
    return image


def _rain(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((110, 124, 142), (164, 176, 188)), 0.68, (104, 130, 104))
    for _ in range(46):
        x, y = rng.uniform(-0.02, 1), rng.uniform(-0.04, 0.96)
        shape(draw, side, [(x, y), (x + 0.01, y), (x - 0.012, y + 0.07), (x - 0.022, y + 0.07)], (198, 214, 232))
    return image


def _storm(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((44, 48, 66), (92, 98, 116)), 0.7, (58, 72, 66))
    for i in range(6):
        x, r = (i + rng.random()) / 6 * side, rng.uniform(0.12, 0.2) * side
        draw.ellipse((x - r, -r * 0.6, x + r, r * 0.8), fill=(66, 70, 88))
    x = rng.uniform(0.2, 0.8)
    shape(
        draw,
        side,
        [
            (x, 0.1),
            (x + 0.05, 0.1),
            (x + 0.01, 0.3),
            (x + 0.06, 0.3),
            (x - 0.05, 0.62),
            (x - 0.02, 0.36),
            (x - 0.06, 0.36),
        ],
        (255, 240, 150),
    )
    return image


def _fog(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((196, 202, 208), (220, 224, 226)), 0.66, (184, 194, 188))
    for i in range(4):
        hill(draw, side, (i + rng.random()) / 4, 0.5 + 0.05 * i, 0.3, ((204, 210, 214), (194, 202, 204))[i % 2])
    return image


def _autumn(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((150, 196, 226), (240, 224, 190)), 0.62, (206, 140, 64))
    hill(draw, side, rng.uniform(0.1, 0.4), 0.5, 0.6, (222, 150, 70))
    hill(draw, side, rng.uniform(0.6, 0.9), 0.55, 0.6, (198, 110, 56))
    shape(draw, side, [(0, 0.76), (1, 0.74), (1, 1), (0, 1)], (186, 124, 60))
    for _ in range(24):
        x, y, r = rng.random() * side, rng.random() * side, side * 0.012
        draw.ellipse((x - r, y - r * 0.6, x + r, y + r * 0.6), fill=rng.choice(((214, 80, 44), (240, 170, 50))))
    return image


def _sky(side: int, rng: Random) -> Image.Image:
    image = gradient(side, [(0.0, (90, 168, 238)), (1.0, (190, 224, 250))])
    draw = ImageDraw.Draw(image)
    for _ in range(5):
        x, y = rng.random(), rng.uniform(0.1, 0.95)
        for dx, r in ((-0.08, 0.05), (0, 0.075), (0.09, 0.055)):
            box = ((x + dx - r) * side, (y - r * 0.8) * side, (x + dx + r) * side, (y + r * 0.7) * side)
            draw.ellipse(box, fill=(236, 246, 254))
    return image


def _sunrise(side: int, rng: Random) -> Image.Image:
    image = gradient(
        side, [(0.0, (134, 178, 232)), (0.5, (254, 206, 180)), (0.7, (255, 236, 170)), (1.0, (255, 236, 170))]
    )
    draw = ImageDraw.Draw(image)
    hill(draw, side, rng.uniform(0.1, 0.4), 0.62, 0.7, (176, 164, 130))
    hill(draw, side, rng.uniform(0.6, 0.9), 0.68, 0.7, (140, 150, 100))
    shape(draw, side, [(0, 0.82), (1, 0.84), (1, 1), (0, 1)], (108, 136, 84))
    return image


def _moonlit(side: int, rng: Random) -> Image.Image:
    image, draw = _land(side, ((18, 26, 66), (54, 76, 128)), 0.6, (36, 62, 104))
    stars(draw, side, rng, 20, 0.5, (226, 228, 246))
    hill(draw, side, rng.uniform(0.1, 0.9), 0.48, 0.5, (26, 42, 76))
    shape(draw, side, [(0, 0.6), (1, 0.6), (1, 1), (0, 1)], (36, 62, 104))
    return image


_PAINTERS: dict[Painter, str] = {
    _forest: "forest|pine forest|rainforest|bamboo forest|wood|campsite|magical forest|enchanted forest|orchard",
    _dark_forest: "dark forest|foggy forest|haunted forest|battlefield",
    _jungle: "jungle|jungle temple|greenhouse|savanna",
    _garden: "garden|flower garden|japanese garden|zen garden|sunflower field|courtyard|vineyard",
    _park: "park|playground|zoo|golf course|football field|stadium|fairground|carnival",
    _farm: "farm|village|cornfield|wheat field|barn|stable|countryside",
    _lake: "lake|river valley|river|harbor|coast|waterfall|bridge|lighthouse|swimming pool|ship deck",
    _swamp: "swamp|marsh|tundra",
    _mountains: "mountain valley|mountain pass|valley|canyon|cliff|fjord|glacier|ski slope",
    _cave: "cave|mine|dungeon|cellar|tunnel|sewer|basement|ice cave|arena|coral reef",
    _tiled_room: "kitchen|bakery|restaurant|cafe|bathroom|laboratory|hospital|supermarket|butcher shop|shop|gym",
    _bedroom: "bedroom|attic|hotel lobby|hallway|corridor|hall|toy shop|haunted house|tavern|pub",
    _library: "library|bookshop|classroom|school|office|museum|gallery|workshop|bank|monastery|temple",
    _stage: "stage|theater|cinema|circus|ballroom|throne room|palace|casino",
    _street: "street|alley|market|christmas market|parking lot|railway station|train station|airport|subway|rooftop"
    "|mall|factory|warehouse",
    _graveyard: "graveyard|spooky graveyard|cemetery|ruin",
    _volcanic: "volcano",
    _moonlit: "moonlit lake",
    _rain: "rain",
    _storm: "storm",
    _fog: "fog",
    _autumn: "autumn",
    _sky: "sky",
    _sunrise: "sunrise",
}
_BY_WORD: dict[str, Painter] = {word: paint for paint, words in _PAINTERS.items() for word in words.split("|")}

USUAL = tuple(words.split("|")[0] for words in _PAINTERS.values())
"""One word for each place that this module paints."""


def place_words() -> tuple[str, ...]:
    """Every place that a request may name."""
    return tuple(dict.fromkeys((*BACKGROUNDS, *MORE_BACKGROUNDS, *_BY_WORD, *lexicon.PLACES_BEYOND.seen)))


def description_of(place: str) -> str:
    """How a canvas describes a place."""
    known = BACKGROUNDS.get(place) or MORE_BACKGROUNDS.get(place)
    return known.description if known else describe(place, None)


@cache
def painted(place: str, layout: int, side: int) -> Image.Image:
    """The picture of a place, to be left as it is; one that nobody paints is the default background."""
    large = side * 2
    if place in PAINTABLE:
        image = paint_backdrop(place, large, Random(f"layout {layout}"))
    elif place in _BY_WORD:
        image = _BY_WORD[place](large, Random(f"{place} {layout}"))
    else:
        image = paint_backdrop(DEFAULT_BACKGROUND, large, Random(f"layout {layout}"))
    return image.reduce(2)


def paint_place(place: str, side: int, rng: Random) -> Image.Image:
    """A place in one of its few layouts."""
    return painted(place, rng.randrange(_LAYOUTS), side).copy()
