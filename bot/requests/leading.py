"""Words beside a picture that say what of it leads a new one: "use as pose: a knight in a forest". Pure."""

from __future__ import annotations

import re

from bot.catalogues.text import Text
from bot.requests.limits import InputError
from omost_pipeline.renderer.info import RendererInfo

_KINDS = {
    "pose": "poses? | stance | posture | 姿势 | 姿态",
    "depth": "depth(?:\\s*map)? | profondeur | 深度图? ",
    "lines": "line\\s*art | lines? | lignes? | traits? | 线稿 | 线条",
    "edges": "edges? | outlines? | contours? | 边缘 | 轮廓",
    "scribble": "scribbles? | sketch | croquis | gribouillage | 涂鸦 | 草图",
    "normal": "normals?(?:\\s*map)? | normales | 法线图?",
    "segments": "segments? | segmentation | 分割图?",
    "tile": "tiles? | tuiles? | 平铺",
}
"""Kind → what people call it in English, French and Chinese."""

_AS = r"""
    (?: ^\W* | \b(?:please\s+)?(?:use|take|follow|utilisez?|utiliser|prends|prenez|suis|suivez)\b[^.:;\n]{0,24}? \s )
    (?:as|for|comme)\s+ (?:an?\s+|the\s+|une?\s+|la\s+|le\s+|its\s+)? (?:KINDS)\b [\s:,.;–-]*
    | (?:^|(?<=[，。：,.:\s])) (?:请)? (?:(?:把|用|以)[^，。：,.:]{0,6}?)? (?:作为|当作|当) (?:KINDS) [\s：，。:,.]*
"""

_PATTERN = re.compile(
    _AS.replace("KINDS", "|".join(f"(?:{words})" for words in _KINDS.values())), re.IGNORECASE | re.VERBOSE
)


def read(words: str, info: RendererInfo) -> tuple[str, str]:
    """The kind of control that words ask for, empty for none, and the words without that.

    Raises:
        InputError: if they ask for one that cannot be had, or say nothing to draw.
    """
    found = _PATTERN.search(words)
    if found is None:
        return "", words
    if not info.follows:
        raise InputError(Text("control-not-here"))
    rest = " ".join(part for part in (words[: found.start()].strip(" ,;:，；："), words[found.end() :].strip()) if part)
    if not rest:
        raise InputError(Text("control-no-words"))
    kind = next(
        kind for kind, named in _KINDS.items() if re.search(f"(?:{named})\\W*$", found[0], re.IGNORECASE | re.VERBOSE)
    )
    return kind, rest
