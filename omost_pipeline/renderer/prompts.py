"""Tags first: a canvas as models trained on tags want to be told it.

Checkpoints for anime learnt from lists of tags, and Pony's from tags behind its score tags; to them a sentence is a
faint hint. So the tags of good quality begin every bag (:mod:`subprompts`), the first few tags of scene and region
stand in their descriptions' places behind them, and the other tags come before any sentence. Pure; knows no tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.renderer.recipe import Prompts

_Element = TypeVar("_Element", GlobalDescription, Region)


@dataclass(frozen=True)
class _Quality:
    """Tags that the model was shown good pictures with, and bad ones."""

    good: str
    bad: str


_QUALITY: Mapping[Prompts, _Quality] = MappingProxyType(
    {
        "tags": _Quality("masterpiece, best quality", "worst quality, low quality"),
        "pony": _Quality("score_9, score_8_up, score_7_up", "score_6, score_5, score_4"),
    }
)

_LEADING = 4
"""Tags that begin every bag: few, because they take their room from everything else that is to fit in."""

_PONY = re.compile(r"pony", re.IGNORECASE)
_TAGS = re.compile(r"anim(e|agine)|illustrious|noob-?ai|hassaku|kohaku|danbooru", re.IGNORECASE)


def prompts_for(model: str) -> Prompts:
    """How a model wants to be told, by the last part of its hub name or path."""
    name = re.split(r"[/\\]", model.rstrip("/\\"))[-1]
    if _PONY.search(name):
        return "pony"
    return "tags" if _TAGS.search(name) else "words"


def tags_first(canvas: Canvas, prompts: Prompts) -> Canvas:
    """The canvas with its tags in front, the global ones behind the tags of good quality; unchanged for ``"words"``."""
    if prompts not in _QUALITY:
        return canvas
    scene = _turned(canvas.scene)
    start = _joined(_QUALITY[prompts].good, scene.description)
    return Canvas(replace(scene, description=start), tuple(_turned(region) for region in canvas.regions))


def negative_first(negative_prompt: str, prompts: Prompts) -> str:
    """The negative prompt behind the tags of bad quality; unchanged for ``"words"``."""
    return _joined(_QUALITY[prompts].bad, negative_prompt) if prompts in _QUALITY else negative_prompt


def _turned(element: _Element) -> _Element:
    tags = [tag.strip() for tag in element.tags.split(",") if tag.strip()]
    if not tags:
        return element
    said = (_joined(*tags[_LEADING:]), element.description, *element.detailed_descriptions)
    return replace(element, description=_joined(*tags[:_LEADING]), detailed_descriptions=said, tags="")


def _joined(*texts: str) -> str:
    return ", ".join(text.strip() for text in texts if text.strip())
