"""Canvas → conditions → bags: which words are encoded together, and for which box (omost-facts §3).

A sub-prompt is a short text that stands on its own. Each condition is a path down the canvas's prefix tree; its
sub-prompts are packed greedily into bags that fit a text encoder. Knows no tokenizer and no torch: it is told
how many tokens a text has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from omost_pipeline.canvas.elements import Canvas, Region, sub_prompt
from omost_pipeline.canvas.vocabulary import Box, MethodName

Bag = tuple[str, ...]
"""Sub-prompts that are encoded as one text, prefixes first."""

MOST_BAGS = 128
"""Bags of one picture: some ten thousand tokens, of which an SDXL-sized model's keys and values are 3 GiB."""


@dataclass(frozen=True)
class Condition:
    """What one box shows, the whole picture where it is ``None``. ``prefixes`` begin every bag of ``suffixes``.

    ``method`` and ``strength`` are those that a region asks for of its own.
    """

    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    box: Box | None
    method: MethodName | None = None
    strength: float | None = None


def conditions(canvas: Canvas, extra: str = "") -> tuple[Condition, ...]:
    """The global condition, then one for each region in the canvas's order; ``extra`` is said in every one, last."""
    scene = canvas.scene
    everywhere = Condition(_said(scene.description), _said(*scene.detailed_descriptions, scene.tags, extra), None)
    return (everywhere, *(_region_condition(scene.description, region, extra) for region in canvas.regions))


def plain_condition(text: str, box: Box | None = None) -> Condition:
    """A plain prompt for a box or the whole picture, such as the negative one; split at its commas where it is long."""
    return Condition((), tuple(part.strip() for part in re.split(r"(?<=,)", text) if part.strip()), box)


def bags(condition: Condition, count: Callable[[str], int], capacity: int) -> tuple[Bag, ...]:
    """Pack a condition's sub-prompts: keep adding the next one while prefix + bag ≤ ``capacity`` tokens.

    At least one bag results, be it the prefix alone or empty. A single sub-prompt too long beside its prefix gets a bag
    of its own, which the encoder cuts. A prefix that leaves no room loses its farther parts first; if the nearest part
    alone fills a bag, it keeps that bag, and the suffixes are packed without it.
    """
    prefix = condition.prefixes
    while len(prefix) > 1 and _total(prefix, count) >= capacity:
        prefix = prefix[1:]
    alone: tuple[Bag, ...] = ()
    if condition.suffixes and _total(prefix, count) >= capacity:
        prefix, alone = (), (prefix,)
    packed: list[Bag] = []
    bag: Bag = ()
    for suffix in condition.suffixes:
        if bag and _total((*prefix, *bag, suffix), count) > capacity:
            packed.append(bag)
            bag = ()
        bag = (*bag, suffix)
    return (*alone, *(prefix + bag for bag in (*packed, bag)))


def bounded(split: Sequence[Sequence[Bag]], most: int) -> tuple[tuple[tuple[Bag, ...], ...], tuple[str, ...]]:
    """Each condition's first bags, so many that all together are ``most``; and the sub-prompts that are left out.

    The conditions take turns, so those that say most lose their last bags. One bag of each always stays.
    """
    kept = [1] * len(split)
    left = most - len(split)
    for turn in range(2, max((len(packed) for packed in split), default=0) + 1):
        for number, packed in enumerate(split):
            if len(packed) >= turn and left > 0:
                kept[number], left = turn, left - 1
    chosen = tuple(tuple(packed[:count]) for packed, count in zip(split, kept, strict=True))
    lost: list[str] = []
    for packed, stays in zip(split, chosen, strict=True):
        said = {text for bag in stays for text in bag}
        lost += dict.fromkeys(text for bag in packed[len(stays) :] for text in bag if text not in said)
    return chosen, tuple(lost)


def _region_condition(scene: str, region: Region, extra: str) -> Condition:
    suffixes = (*region.detailed_descriptions, region.tags, region.atmosphere, region.style, region.quality_meta, extra)
    said = _said(scene, region.description), _said(*suffixes)
    return Condition(*said, region.box, region.method, region.strength)


def _said(*texts: str) -> tuple[str, ...]:
    """The texts that hold any words, each ending with a full stop, so that no two of a bag run together."""
    return tuple(said for text in texts if (said := sub_prompt(text)))


def _total(texts: tuple[str, ...], count: Callable[[str], int]) -> int:
    return sum(count(text) for text in texts)
