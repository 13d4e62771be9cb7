"""A first canvas that holds what its request names, each as often as that, where a small model lost count.

What is missing comes, copies beyond a number that was said go, and where something was missing, so does what nobody
spoke of: it was written in its place. A canvas that is right stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.wording import name_and_rest
from omost_pipeline.world.inventory import Item, inventory, is_count, spoken_nouns
from omost_pipeline.world.kinds import BACKGROUNDS, MORE_BACKGROUNDS, Size, kind_of, place_for, with_article
from omost_pipeline.world.lexicon import css
from omost_pipeline.world.nouns import noun_of
from omost_pipeline.world.stage import NO_OFFSET, Mention, Scene, canvas_of, painted, settle

MOST = 14
"""Things up to which a canvas is completed."""

_ALIKE = 0.7
"""How much a word has of one that was said where it is that, misspelt."""


@dataclass
class _Wish:
    """What was named, and the numbers of the regions that are it."""

    item: Item
    numbers: list[int] = field(default_factory=list)
    told_elsewhere: bool = False
    """Whether it is part of a description, or the scene."""

    @property
    def missing(self) -> int:
        enough = 2 if self.item.at_least else self.item.count
        lacks = self.item.asked and not self.told_elsewhere and len(self.numbers) < min(enough, self.item.count)
        return self.item.count - len(self.numbers) if lacks else 0


def complete(canvas: Canvas, words: str, there: Sequence[Region] = ()) -> Canvas:
    """A first request's canvas with all that its English ``words`` name, as often as they do.

    What is ``there`` already stays before it, and is not what they name.
    """
    known = {_noun(each) for each in there}
    wishes = [_Wish(replace(each, asked=each.asked and each.noun not in known)) for each in inventory(words)]
    if not any(wish.item.asked for wish in wishes):
        return canvas
    regions = list(canvas.regions)
    _match(wishes, regions)
    for wish in wishes:
        wish.told_elsewhere = not wish.numbers and _is_told(wish.item.noun, canvas)
    _match_names(wishes, regions)
    gone = _superfluous(wishes, regions, words) | _nothing(wishes, regions)
    if any(wish.missing for wish in wishes):
        gone |= _unspoken(wishes, regions, words)
    for wish in wishes:
        if (size := wish.item.size) is not None and wish.item.asked:
            for number in wish.numbers:
                regions[number] = _sized(regions[number], size)
        if (color := wish.item.color) is not None and wish.item.asked:
            for number in wish.numbers:
                if not _has(regions[number], color):
                    regions[number] = _painted(regions[number], color)
    return replace(canvas, regions=_with_missing(wishes, regions, gone, there))


def complete_addition(canvas: Canvas, before: Canvas, words: str) -> Canvas:
    """The canvas of an edit that only adds, with all that its English ``words`` name and that was not there."""
    stood, stay, came = Counter(before.regions), list[Region](), list[Region]()
    for each in canvas.regions:
        (stay if stood[each] > 0 else came).append(each)
        stood[each] -= 1
    there = {_noun(each) for each in before.regions}
    new = [each for each in inventory(words) if each.asked and each.noun not in there]
    if len(stay) < len(before.regions) or not new:
        return canvas
    known = {each.description for each in (*BACKGROUNDS.values(), *MORE_BACKGROUNDS.values())}
    is_said = not set(_words(canvas.scene.description)[1:]).isdisjoint(_words(words))
    scene = canvas.scene if is_said or canvas.scene.description in known else before.scene
    whole = complete(replace(canvas, scene=scene, regions=tuple(came)), words, before.regions)
    return replace(canvas, scene=scene) if whole.regions == (*before.regions, *came) else whole


def _match(wishes: Sequence[_Wish], regions: list[Region]) -> None:
    """Each region to what it is called as, those first that have its colour, too."""
    free = [number for number, each in enumerate(regions)]
    for colored in (True, False):
        for wish in wishes:
            color = wish.item.color
            for number in list(free):
                enough = len(wish.numbers) >= wish.item.count and (colored or not wish.item.at_least)
                fits = not colored or color is None or _has(regions[number], color)
                if not enough and fits and _noun(regions[number]) == wish.item.noun:
                    if colored and color is None and _is_another(wish, wishes, regions[number]):
                        continue
                    wish.numbers.append(number)
                    free.remove(number)
                    regions[number] = _of_one(regions[number], wish.item.noun)


def _of_one(region: Region, noun: str) -> Region:
    """``A scarecrow.`` of "A scarecrows.", and of "A nine scarecrow."."""
    name, rest = name_and_rest(region.description)
    _, *looks, last = name.split(" ")
    plain = [each for each in looks if not is_count(each)]
    if last.lower() == noun and plain == looks:
        return region
    return replace(region, description=with_article(f"{' '.join((*plain, noun))}{rest}"))


def _painted(region: Region, color: str) -> Region:
    """A thing in a colour, or in two: the canvas has the first of them."""
    name, rest = name_and_rest(region.description)
    bare = " ".join(word for word in name.split(" ") if word not in color.split(" "))
    there = painted(replace(region, description=f"{bare}{rest}."), color)
    return replace(there, color=css(color.partition(" and ")[0]))


def _sized(region: Region, size: Size) -> Region:
    return replace(region, area=f"a {size} {region.area.split()[-2]} area")


def _is_another(wish: _Wish, wishes: Sequence[_Wish], region: Region) -> bool:
    """Whether a region of no particular colour has that of another of the same name."""
    others = (each.item for each in wishes if each is not wish and each.item.noun == wish.item.noun)
    return any(each.color is not None and _has(region, each.color) for each in others)


def _match_names(wishes: Sequence[_Wish], regions: list[Region]) -> None:
    """What is called by some of a thing's words is that thing: ``A horse-drawn.`` of "a horse-drawn carriage"."""
    for wish in wishes:
        if wish.numbers or wish.told_elsewhere or wish.item.count != 1 or not wish.item.asked:
            continue
        known = {*wish.item.piece, wish.item.noun}
        taken = {number for each in wishes for number in each.numbers}
        for number, region in enumerate(regions):
            called = {word for word in _name(region) if not is_color_word(word)}
            if number not in taken and called and called <= known:
                wish.numbers.append(number)
                if wish.item.noun not in called:
                    regions[number] = _come(wish.item, regions[:number])
                break


def _is_told(noun: str, canvas: Canvas) -> bool:
    """Whether something is in a description of something else, or is the place of everything."""
    rests = [name_and_rest(each.description)[1] for each in canvas.regions]
    if canvas.scene.description not in {each.description for each in BACKGROUNDS.values()}:
        rests.append(canvas.scene.description)
    return any(known.noun == noun for rest in rests for word in _words(rest) if (known := noun_of(word)) is not None)


def _superfluous(wishes: Sequence[_Wish], regions: Sequence[Region], words: str) -> set[int]:
    """The copies of what was counted that are more than that."""
    spoken, mentions = Counter(spoken_nouns(words)), Counter(wish.item.noun for wish in wishes)
    counted = {noun for noun, times in mentions.items() if spoken[noun] == times}
    counted -= {wish.item.noun for wish in wishes if wish.item.at_least}
    taken = {number for wish in wishes for number in wish.numbers}
    return {number for number, each in enumerate(regions) if number not in taken and _noun(each) in counted}


def _nothing(wishes: Sequence[_Wish], regions: Sequence[Region]) -> set[int]:
    """What has colours and no name: ``A red and.`` of "a red and a blue balloon"."""
    taken = {number for wish in wishes for number in wish.numbers}
    named = [any(word != "and" and not is_color_word(word) for word in _name(each)) for each in regions]
    return {number for number in range(len(regions)) if number not in taken and not named[number]}


def _unspoken(wishes: Sequence[_Wish], regions: Sequence[Region], words: str) -> set[int]:
    """What nobody spoke of."""
    said = set(_words(words))
    taken = {number for wish in wishes for number in wish.numbers}
    return {
        number
        for number, each in enumerate(regions)
        if number not in taken and not any(get_close_matches(word, said, 1, _ALIKE) for word in _name(each))
    }


def _with_missing(
    wishes: Sequence[_Wish], regions: Sequence[Region], gone: set[int], there: Sequence[Region]
) -> tuple[Region, ...]:
    """What was there, the regions that stay, and behind those of what was named before it whatever is missing."""
    stay = [number for number in range(len(regions)) if number not in gone]
    found = [regions[number] for number in stay]
    last = 0
    for wish in wishes:
        last = max([last, *(stay.index(number) + 1 for number in wish.numbers if number in stay)])
        like = next((regions[number] for number in wish.numbers), None)
        for _ in range(min(wish.missing, MOST - len(found) - len(there))):
            found.insert(last, _come(wish.item, (*there, *found), like))
            stay.insert(last, -1)
            last += 1
    return (*there, *found)


def _come(thing: Item, there: Sequence[Region], like: Region | None = None) -> Region:
    """What was named as the world has it where no more is said, or as another of its kind is."""
    taken = {each.location for each in there}
    if like is not None:
        return replace(like, location=place_for(kind_of(thing.noun).habitat, taken), offset=NO_OFFSET)
    mention = Mention(thing.name, thing.noun, None, thing.size, thing.location)
    come = canvas_of(Scene((settle(mention, taken),))).regions[0]
    return come if thing.color is None else _painted(come, thing.color)


def _noun(region: Region) -> str:
    """The noun that a region is called by, as the words have it in the singular."""
    words = _name(region)
    known = noun_of(words[-1]) if words else None
    return known.noun if known is not None else ""


def _name(region: Region) -> list[str]:
    return _words(name_and_rest(region.description)[0])[1:]


def _words(text: str) -> list[str]:
    return [word.strip(".,;:!?\"'()") for word in text.lower().split()]


def _has(region: Region, color: str) -> bool:
    return f" {color} " in f" {' '.join(_name(region))} "
