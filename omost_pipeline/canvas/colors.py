"""Colours in words, in several languages, or in digits → sRGB, and sRGB → the nearest name that a canvas may use.

Nearness is measured in OKLab (Ottosson, 2020), where equal distances look about equally different. Pure functions over
the vocabulary's table and the word lists below; knows no canvas.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

from PIL import ImageColor

from omost_pipeline.canvas.vocabulary import COLORS, Rgb

DEFAULT_COLOR = "gray"

_LONGEST = 80  # difflib is quadratic, and no name is nearly as long
_GRAY = 0.02  # chroma of what has no hue
_CUTOFF = 0.5  # the published system's
_WORD = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"[,;/|]|\b(?:and|with|et|und|y|on)\b|和|与")
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)?")

_NO_COLOR = frozenset(("none", "null", "no", "any", "na", "unknown", "transparent", "clear", "multicolor", "rainbow"))
"""Words that say of no colour which one, and are spelt like one that has nothing to do with them."""

_Lab = tuple[float, float, float]

_NOUNS: MappingProxyType[str, str] = MappingProxyType(
    {
        "amber": "#ffbf00", "amethyst": "#9966cc", "apricot": "#fbceb1", "ash": "#b2beb5", "auburn": "#a52a2a",
        "blond": "#faf0be", "blonde": "#faf0be", "blood": "#8a0303", "brass": "#b5a642", "brick": "#b22222",
        "bronze": "#cd7f32",
        "brown": "#8b5427", "burgundy": "#800020", "caramel": "#c68e17", "cerulean": "#2a52be", "champagne": "#f7e7ce",
        "charcoal": "#36454f", "cherry": "#d2042d", "chestnut": "#954535", "cobalt": "#0047ab", "cocoa": "#5c4033",
        "coffee": "#6f4e37", "copper": "#b87333", "cream": "#fffdd0", "ebony": "#2b2622", "ecru": "#c2b280",
        "eggshell": "#f0ead6", "emerald": "#50c878", "flesh": "#ffcba4", "fuchsia": "#ff00ff", "garnet": "#733635",
        "ginger": "#b06500", "grape": "#6f2da8", "graphite": "#383838", "heather": "#b7a7c6", "honey": "#eba937",
        "ice": "#dff3fb", "ink": "#1b1b2f", "iron": "#48494b", "ivory": "#fffff0", "jade": "#00a86b", "jet": "#0a0a0a",
        "leaf": "#4f9d3a", "lemon": "#fff44f", "lilac": "#c8a2c8", "mahogany": "#c04000", "mauve": "#e0b0ff",
        "milk": "#fdfff5", "mint": "#98ff98", "mocha": "#967969", "moss": "#8a9a5b", "mulberry": "#c54b8c",
        "mustard": "#ffdb58", "ocean": "#2b65ec", "ochre": "#cc7722", "onyx": "#353839", "peach": "#ffe5b4",
        "pearl": "#eae0c8", "periwinkle": "#ccccff", "pine": "#01796f", "pitch": "#060606", "platinum": "#e5e4e2",
        "raspberry": "#e30b5c", "rose": "#f4639a", "ruby": "#e0115f", "rust": "#b7410e", "sage": "#b2ac88",
        "sand": "#e4cfa1", "sapphire": "#0f52ba", "scarlet": "#ff2400", "sepia": "#704214", "smoke": "#848884",
        "steel": "#71797e", "straw": "#e4d96f", "sunset": "#fd7f4f", "tangerine": "#f28500", "taupe": "#8b7d72",
        "terracotta": "#e2725b", "titanium": "#878681", "umber": "#635147", "vermilion": "#e34234", "wine": "#722f37",
    }
)  # fmt: skip
"""Names that people give to colours and CSS does not, as they are usually printed; CSS's brown alone is a red."""

PAINTS: MappingProxyType[str, Rgb] = MappingProxyType(
    {
        "red": (214, 48, 49),
        "orange": (240, 138, 36),
        "yellow": (250, 208, 44),
        "green": (62, 160, 74),
        "blue": (48, 102, 214),
        "purple": (128, 68, 178),
        "pink": (244, 132, 176),
        "brown": (128, 82, 46),
        "black": (42, 42, 50),
        "white": (248, 248, 244),
        "gray": (142, 146, 154),
        "cyan": (70, 200, 212),
    }
)
"""What things that are called so are painted in. CSS's values are a screen's: its brown is a red."""

_NOUNS_ALWAYS = frozenset(
    (
        "amber",
        "auburn",
        "beige",
        "blond",
        "blonde",
        "burgundy",
        "crimson",
        "cerulean",
        "ecru",
        "emerald",
        "lilac",
        "mauve",
    )
    + ("ochre", "periwinkle", "scarlet", "taupe", "terracotta", "umber", "vermilion", "reddish", "bluish", "greenish")
)
"""Those of them that are hardly ever a thing."""

_OTHER_LANGUAGES = """
red 红 紅 赤 빨강 빨간 красный rouge rojo rot rosso vermelho
blue 蓝 藍 青蓝 파랑 파란 синий bleu bleue azul blau blu
lightblue 浅蓝 淡蓝 天蓝 голубой
skyblue celeste himmelblau
sky ciel cielo céu
green 绿 綠 緑 초록 зелёный зеленый vert verte verde grün gruen
yellow 黄 黃 노랑 노란 жёлтый желтый jaune amarillo gelb giallo amarelo
black 黑 黒 검정 чёрный черный noir noire negro schwarz nero preto
white 白 흰색 하얀 белый blanc blanche blanco weiß weiss bianco branco
gray 灰 회색 серый gris grise grau grigio cinza
purple 紫 보라 фиолетовый violett viola morado roxo lila
orange 橙 橘 주황 оранжевый naranja arancione laranja
pink 粉 분홍 розовый rosa
brown 棕 褐 갈색 коричневый brun brune marrón braun marrone marrom
gold 金 золотой doré dorée dorado golden oro
silver 银 銀 серебряный argenté argentée plateado silbern argento
cyan 青 бирюзовый
beige 米 бежевый
navy 藏青 深蓝
"""


def _translations() -> dict[str, str]:
    return {word: english for english, *words in map(str.split, _OTHER_LANGUAGES.strip().split("\n")) for word in words}


_ENGLISH = MappingProxyType(_translations())
_IDEOGRAMS = sorted((word for word in _ENGLISH if not word.isascii()), key=len, reverse=True)

_LIGHT = ("light", "pale", "pastel", "soft", "faint", "baby", "powder", "浅", "淡", "clair", "claro", "hell", "helles")
_DARK = ("dark", "deep", "dim", "shadowy", "深", "暗", "foncé", "oscuro", "dunkel", "dunkles")
_BRIGHT = ("bright", "vivid", "brilliant", "electric", "hot", "vibrant")
_DULL = ("dull", "muted", "dusty", "faded", "grayish", "greyish", "smoky", "washed")
_SHIFTS = MappingProxyType(
    {
        **dict.fromkeys(_LIGHT, (0.55, 0.45)),
        **dict.fromkeys(_DARK, (-0.3, 0.85)),
        "deep": (-0.06, 1.0),
        **dict.fromkeys(_BRIGHT, (0.1, 1.25)),
        "neon": (0.6, 1.6),
        **dict.fromkeys(_DULL, (0.0, 0.65)),
        "very": (0.0, 1.0),
    }
)
"""Word → how far lightness goes towards white (or black), and by what chroma is multiplied."""


_LEADS = (
    *("light", "dark", "medium", "pale", "deep", "hot", "dim", "navy", "forest", "midnight", "royal", "sky", "sea"),
    *("spring", "lawn", "steel", "slate", "powder", "cadet", "olive", "sandy", "rosy", "lime"),
)
"""What stands before another colour in a colour's name."""
_ONE_LETTER = 0.8
"""How much a short name has of one with one letter wrong."""


def closest_color(wrong: str) -> str:
    """The colour name nearest to ``wrong``: another spelling, ``#rrggbb``, ``rgb(…)``, words like "pale blue" or 红."""
    joined = "".join(_WORD.findall(wrong[:_LONGEST].strip().lower()))
    if joined in _NO_COLOR:
        return DEFAULT_COLOR
    return named_color(wrong) or _misspelt(joined, _CUTOFF) or DEFAULT_COLOR


def named_color(text: str) -> str | None:
    """As :func:`closest_color`, of text that names a colour, perhaps with a letter wrong; None of other text."""
    said = text[:_LONGEST].strip().lower()
    joined = "".join(_WORD.findall(said))
    if joined in COLORS:
        return joined
    rgb = exact_color(text) or _in_words(said)
    return nearest_color(rgb) if rgb is not None else _misspelt(joined, _ONE_LETTER)


def spoken_color(name: str) -> str:
    """A canvas's name of a colour as people write it: ``light sky blue`` of ``lightskyblue``."""
    lead = next((each for each in _LEADS if name.startswith(each) and name.removeprefix(each) in COLORS), "")
    return f"{lead} {spoken_color(name.removeprefix(lead))}" if lead else name


def _misspelt(word: str, cutoff: float) -> str | None:
    near = next(iter(get_close_matches(word, [*COLORS, *_NOUNS], n=1, cutoff=cutoff)), None)
    return near if near is None or near in COLORS else nearest_color(_rgb(near))


def exact_color(text: str) -> Rgb | None:
    """The sRGB that ``#rgb``, ``#rrggbb``, ``0xrrggbb``, ``rgb(…)`` or ``hsl(…)`` says; None for anything else."""
    said = text[:_LONGEST].strip().lower()
    if re.fullmatch(r"0x[0-9a-f]{6}|[0-9a-f]*[0-9][0-9a-f]*", said) and len(said.removeprefix("0x")) == 6:
        said = f"#{said.removeprefix('0x')}"
    if not said.startswith(("#", "rgb", "hsl", "hsv", "hsb")):
        return None
    try:
        red, green, blue = ImageColor.getrgb(said)[:3]
    except ValueError:
        return _three_numbers(said) if said.startswith("rgb") else None
    return red, green, blue


def meant_by(name: str) -> Rgb:
    """What people mean by a name that a canvas may use: what to paint a thing in.

    Raises:
        KeyError: if a canvas may not use it.
    """
    return PAINTS[name] if name in PAINTS else COLORS[name]


def nearest_color(rgb: Sequence[float]) -> str:
    """The colour name that looks most like ``rgb`` (three numbers, 0…255)."""
    own = oklab(rgb)
    return min(COLORS, key=lambda name: math.dist(own, _named_lab(name)))


def oklab(rgb: Sequence[float]) -> _Lab:
    """sRGB (0…255) in OKLab: lightness 0…1, green to red, blue to yellow."""
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


@cache
def _named_lab(name: str) -> _Lab:
    return oklab(COLORS[name])


def _rgb(noun: str) -> Rgb:
    if noun in COLORS and noun not in _NOUNS:
        return COLORS[noun]
    red, green, blue = ImageColor.getrgb(_NOUNS[noun])[:3]
    return red, green, blue


def _in_words(said: str) -> Rgb | None:
    """What the first part of ``said`` that names a colour means."""
    for part in _PARTS.split(said):
        words = _words(part)
        if any(_noun(word) for word in words):
            return _mixed(words)
    return None


def _words(part: str) -> list[str]:
    """The words in English; two that are one name are joined, and writing without blanks is taken apart."""
    words: list[str] = []
    for word in _WORD.findall(part):
        if (shade := next((each for each in ("hell", "dunkel") if word.removeprefix(each) in _ENGLISH), "")) and (
            word.startswith(shade)
        ):
            words += [shade, word.removeprefix(shade)]  # dunkelrot
        else:
            words += [word] if word.isascii() or word in _ENGLISH else _taken_apart(word)
    words = [_ENGLISH.get(word, word) for word in words]
    joined: list[str] = []
    for word in words:
        before = joined[-1] if joined else ""
        shade = "light" if before in _LIGHT else "dark" if before in _DARK and before != "deep" else before
        if before and (name := next((n for n in (before + word, shade + word, word + before) if n in COLORS), None)):
            joined[-1] = name
        else:
            joined.append(word)
    return joined


def _taken_apart(word: str) -> list[str]:
    """The known words in text that has no blanks, in their order."""
    known = [*_IDEOGRAMS, *(each for each in _SHIFTS if not each.isascii())]
    pattern = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    return re.findall(pattern, word)


def _noun(word: str) -> str | None:
    """The colour that a word names, also as "reddish"; None where it names none."""
    stem = word.removesuffix("ish")
    options = (word, stem, stem + "e", stem[:-1]) if stem != word else (word,)
    return next((each for each in options if each in COLORS or each in _NOUNS), None)


def _mixed(words: Iterable[str]) -> Rgb:
    """The named colours mixed, those in "-ish" less, and changed by words such as "pale"."""
    parts: list[tuple[_Lab, float]] = []
    shift, chroma = 0.0, 1.0
    for word in words:
        if (noun := _noun(word)) is not None:
            parts = [(lab, weight * 1.5) for lab, weight in parts]  # in "olive green" the first word says more
            parts.append((oklab(_rgb(noun)), 0.25 if word.endswith("ish") else 1.0))
        elif word in _SHIFTS:
            shift, chroma = shift + _SHIFTS[word][0], chroma * _SHIFTS[word][1]
    if len(parts) > 1 and any(_is_gray(lab) for lab, _ in parts):  # a tint of gray, or the colour with much gray in it
        parts = [(lab if _is_gray(lab) else (lab[0], lab[1] / 4, lab[2] / 4), weight) for lab, weight in parts]
    whole = sum(weight for _, weight in parts)
    light, a, b = (sum(lab[i] * weight for lab, weight in parts) / whole for i in range(3))
    light += shift * (0.97 - light if shift > 0 else light)
    return _to_rgb((light, a * chroma, b * chroma))


def _is_gray(lab: _Lab) -> bool:
    return math.hypot(lab[1], lab[2]) < _GRAY


def _to_rgb(lab: _Lab) -> Rgb:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red, green, blue = (
        round(255 * (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055))
        for c in (
            min(max(linear, 0.0), 1.0)
            for linear in (
                4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
                -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
                -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
            )
        )
    )
    return red, green, blue


def _three_numbers(said: str) -> Rgb | None:
    """The numbers of an ``rgb(…)`` that Pillow does not know (fractions, no commas); None where there are others."""
    numbers = [float(each) for each in _NUMBERS.findall(said)]
    if len(numbers) not in (3, 4):
        return None
    scale = 255 if max(numbers[:3]) <= 1 and "." in said else 1
    red, green, blue = (min(round(each * scale), 255) for each in numbers[:3])
    return red, green, blue


def is_color_word(word: str) -> bool:
    """Whether a single word names a colour or says how one is, in any of the languages known here."""
    return word in COLORS or word in _NOUNS_ALWAYS or word in _ENGLISH or word in _SHIFTS
