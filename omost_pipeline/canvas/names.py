"""Wrong names in LLM text → the closest name a canvas may use.

Pure functions over the vocabulary tables. Every function answers with a valid name, whatever it is given; whether the
answer is worth telling anyone is the caller's business. Colours have a module of their own (:mod:`colors`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from types import MappingProxyType

_LONGEST = 80  # difflib is quadratic, and no name is nearly as long
_CUTOFF = 0.5  # the published system's
_PARTLY = 0.3
_WORD = re.compile(r"[^\W\d_]+")
_FILLERS = frozenset(
    ("a", "an", "and", "area", "at", "in", "of", "on", "side", "sized", "slightly", "the", "to", "hand")
)
_OPPOSITES = (("left", "right"), ("top", "bottom"))
_SIDES = frozenset(side for pair in _OPPOSITES for side in pair)

_MEANINGS = """
top upper up above uppermost topmost north 上 顶 頂 위 верх сверху вверху haut supérieur arriba superior oben alto cima
bottom lower down below bottommost lowermost south 下 底 아래 низ снизу внизу bas inférieur abajo unten basso baixo
left leftmost lefthand leftward west 左 왼쪽 왼 слева лево влево gauche izquierda links sinistra esquerdo esquerda
right rightmost righthand rightward east 右 오른쪽 오른 справа право вправо droite derecha rechts destra direito direita
center centre middle central centered centred mid 中 正中 央 가운데 중앙 центр центре milieu centro mitte
no none zero without 无 無 不 没有 없음 нет sans sin ohne kein aucun
large big huge giant whole full entire enormous 大 큰 большой большая grand grande groß gross große
small tiny little mini 小 작은 маленький маленькая petit petite pequeño pequeña klein kleine piccolo
medium normal moderate average 中等 中等大小 中型 보통 средний средняя moyen moyenne mediano mediana mittel mittlere
square squared quadratic 方 正方 정사각 квадрат квадратный carré carrée cuadrado quadratisch quadratische
vertical tall portrait upright high 竖 垂直 纵 縦 直 세로 вертикальный verticale hochformat
horizontal wide landscape broad 横 水平 橫 가로 горизонтальный horizontale querformat
"""


def _meanings() -> dict[str, str]:
    return {word: english for english, *words in map(str.split, _MEANINGS.strip().split("\n")) for word in words}


_SYNONYMS = MappingProxyType(_meanings())
_UNSPACED = re.compile(
    "|".join(
        re.escape(word)
        for word in sorted((word for word in _SYNONYMS if ord(word[0]) > 0x2E7F), key=lambda word: (-len(word), word))
    )
)
"""Words of languages that put no blanks between them; of two at one place the longer."""


def closest_name(wrong: str, names: Collection[str], default: str) -> str:
    """The one of ``names`` that says most nearly the same as ``wrong``, or ``default`` where none is close.

    Shared words decide first ("Upper left" is "on the top-left", so is 左上), then spelling ("on the lfet").
    """
    wrong = wrong[:_LONGEST].lower()
    said = _key_words(wrong)
    best = max(names, key=lambda name: _overlap(said, _key_words(name)))
    if _overlap(said, _key_words(best)) >= _CUTOFF:
        return best
    if near := next(iter(get_close_matches(wrong, names, n=1, cutoff=_CUTOFF)), ""):
        return near
    usual = _key_words(default)
    known = said & frozenset().union(*map(_key_words, names))  # a sentence says more than the place
    by_words = max(names, key=lambda name: (_overlap(known, _key_words(name)), _overlap(usual, _key_words(name))))
    return by_words if known and _overlap(known, _key_words(by_words)) >= _PARTLY else default


def _key_words(name: str) -> frozenset[str]:
    """What a name says in the vocabulary's own words: no centre beside a side, and no two sides that are opposite."""
    found: set[str] = set()
    for word in _WORD.findall(name):
        parts = [word] if word in _SYNONYMS else _UNSPACED.findall(word) or [word]
        found.update(_SYNONYMS.get(part, part) for part in parts)
    for pair in _OPPOSITES:
        if found.issuperset(pair):
            found = (found - set(pair)) | {"center"}
    if found & _SIDES:
        found.discard("center")
    return frozenset(found) - _FILLERS


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared words over all words (Jaccard), 0…1."""
    return len(one & other) / len(one | other) if one or other else 0.0
