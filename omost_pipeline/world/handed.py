"""What an edit adds to a picture of the world: nothing goes for it, and what somebody is given stands where they do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache

from omost_pipeline.canvas.colors import is_color_word
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.wording import name_and_rest
from omost_pipeline.world import lexicon
from omost_pipeline.world.carried import carried
from omost_pipeline.world.kinds import (
    BACKGROUNDS,
    COLORS,
    KINDS,
    MORE_BACKGROUNDS,
    UNCOLORED,
    glyphs,
    with_article,
    words_of_things,
)
from omost_pipeline.world.nouns import IRREGULAR
from omost_pipeline.world.references import every_color
from omost_pipeline.world.requests import plural
from omost_pipeline.world.stage import Hold, head_of, painted


def with_what_stood(canvas: Canvas, before: Canvas) -> Canvas:
    """The canvas with all things of ``before``, those first that it has lost."""
    there = Counter(head_of(region) for region in canvas.regions)
    lost = list[Region]()
    for region in before.regions:
        there[head_of(region)] -= 1
        if there[head_of(region)] < 0:
            lost.append(region)
    return replace(canvas, regions=(*lost, *canvas.regions)) if lost else canvas


def handed(canvas: Canvas, before: Canvas, whom: Region, hold: Hold) -> Canvas:
    """The canvas with the one thing that came where ``whom`` wears, holds or rides it; if only one came."""
    stood = set(before.regions)
    came = [number for number, region in enumerate(canvas.regions) if region not in stood]
    if len(came) != 1 or whom not in canvas.regions:
        return canvas
    regions, [number] = list(canvas.regions), came
    if hold == "riding":
        mount = replace(regions[number], location=whom.location, offset=whom.offset)
        regions[number], regions[regions.index(whom)] = mount, carried(whom, mount, hold)
    else:
        regions[number] = carried(regions[number], whom, hold)
    return replace(canvas, regions=tuple(regions))


def well_said(canvas: Canvas) -> Canvas:
    """The canvas with the right article before each thing."""
    return replace(canvas, regions=tuple(map(_well_said, canvas.regions)))


def as_said(canvas: Canvas, before: Sequence[Region], words: str) -> Canvas:
    """The canvas with what came called as in the ``words``: a small model misspells what it never learnt."""
    every, spoken = set(re.findall(r"[a-z]+", words.lower())), set(re.findall(r"[a-z]{4,}", words.lower()))
    spoken |= {word.removesuffix("s") for word in spoken}
    known = spoken | {word for each in before for word in _words_of(each)}
    written = {word for each in canvas.regions for word in _words_of(each)}
    there = written | {plural(word) for word in written}
    lost = [each for each in sorted(known - there) if _may_name(each) and f"{each}s" not in there]

    def right(found: re.Match[str]) -> str:
        word = found[0]
        if word in known:
            return word
        color = next((each for each in COLORS if word.startswith(each) and each in spoken and word != each), None)
        if color is not None and word not in _real() and (rest := right_word(word.removeprefix(color))) in lost:
            return f"{color} {rest}"
        return right_word(word)

    def right_word(word: str) -> str:
        if word in _known():
            return next(iter(get_close_matches(word, [each for each in lost if each not in _known()], 1, _ALIKE)), word)
        unlike = _ALIKE if word in _real() else _MISSPELT
        close = get_close_matches(word, lost, 1, unlike) or get_close_matches(word, spoken, 1, _ALIKE)
        return next(iter(close), word)

    def named(description: str) -> str:
        whole = _SCRAP.sub(lambda found: found[0] if found[1] in every else "", description)
        whole = re.sub(r"\b[a-z]{4,}\b", right, whole)
        odd = [word for word in re.findall(r"\b[a-z]{4,}\b", whole) if word not in known | _known() | _real()]
        return whole if len(odd) != 1 else _by_its_neighbour(whole, odd[0], lost, words.lower())

    return replace(
        canvas,
        regions=tuple(
            each if each in before else replace(each, description=named(each.description)) for each in canvas.regions
        ),
    )


_SCRAP = re.compile(r"(?<=\w )(?!(?:an?|of|in|on|at|by|to|as|up)\b)([a-z]{1,2}) (?=[a-z])")
"""What is left of a word that a small model lost: ``A l grandmother.``"""


def _by_its_neighbour(description: str, odd: str, lost: Sequence[str], said: str) -> str:
    """The description with the one word that stands before its noun in what was said, in place of the ``odd`` one."""
    noun = name_and_rest(description)[0].rpartition(" ")[2]
    spoken = re.search(rf"((?:[\w-]+ ){{1,3}}){re.escape(noun)}\b", said)
    meant = [] if spoken is None or noun == odd else [each for each in spoken[1].split() if each in lost]
    return description if len(meant) != 1 else description.replace(odd, meant[0])


def colored_as_said(canvas: Canvas, words: str) -> Canvas:
    """A first request's canvas with colours that were lost or that nobody named put right, where that is plain."""
    said, heads = words.lower(), [head_of(each) for each in canvas.regions]

    def colored(region: Region) -> Region:
        head = head_of(region)
        found = re.findall(rf"\b(?:({every_color()}) (?!and\b)(?:[\w-]+ )?)?{re.escape(head)}\b", said)
        looks = [each for each in name_and_rest(region.description)[0].lower().split()[1:-1] if is_color_word(each)]
        if heads.count(head) > 1 or len(found) != 1:
            return region
        if found[0] and not looks:
            return painted(region, lexicon.RARE_COLORS.get(found[0], found[0]))
        unsaid = len(looks) == 1 and looks[0] in COLORS and not re.search(rf"\b{looks[0]}", said)
        if not found[0] and unsaid and head in KINDS:
            return painted(region, KINDS[head].color)
        if not found[0] and unsaid and head in glyphs():
            bare = region.description.rstrip(".").replace(f"{looks[0]} ", "", 1).partition(" ")[2]
            return replace(region, description=with_article(bare), color=UNCOLORED)
        return region

    return replace(canvas, regions=tuple(map(colored, canvas.regions)))


def scene_as_said(canvas: Canvas, before: Canvas | None, words: str) -> Canvas:
    """The canvas with its style called as in the ``words`` or before, and a scene that nobody spoke of as it was.

    A scene is one that the world has, or is called as it was said: a small model garbles others when it copies them.
    """
    scene, was = canvas.scene, None if before is None else before.scene
    if was is not None and scene.description != was.description and scene.description not in _scenes():
        new = set(re.findall(r"[a-z]{3,}", scene.description.lower())) - set(
            re.findall(r"[a-z]+", was.description.lower())
        )
        if not any(re.search(rf"\b{each}\b", words.lower()) for each in new):
            scene = was
    said = re.search(rf"(?<!\w){re.escape(scene.tags.lower())}(?!\w)", words.lower())
    if scene.tags and not said and (was is None or scene.tags != was.tags):
        scene = replace(scene, tags=_style(scene.tags, was, words.lower()))
    if not scene.tags and was is None and (style := _at_the_end().search(words.lower())) is not None:
        scene = replace(scene, tags=style[1])
    return replace(canvas, scene=scene)


def _style(tags: str, was: GlobalDescription | None, said: str) -> str:
    """The style that was misspelt: what was said that is most like it, or what it was."""
    spoken = re.findall(r"[\w-]+", said)[:_WORDS]
    phrases = {" ".join(spoken[start : start + count]) for count in (1, 2, 3) for start in range(len(spoken))}
    if was is not None and was.tags:
        phrases.add(was.tags)
    if tags in {*lexicon.STYLES.seen, *lexicon.STYLES.kept}:
        return tags
    near = next(iter(get_close_matches(tags, sorted(phrases), 1, _MISSPELT)), tags)
    drawn = re.search(rf"\b{re.escape(near)} (?:drawing|painting|art|sketch)\b", said)
    return near if drawn is None else drawn[0]


@cache
def _at_the_end() -> re.Pattern[str]:
    """A style behind a dash, as people end a request with one."""
    styles = sorted(lexicon.STYLES.seen, key=len, reverse=True)
    return re.compile(rf" - ({'|'.join(map(re.escape, styles))})(?: please| pls| style)*[ .!]*$")


_WORDS = 40
"""Of a request, among which a style is looked for."""


@cache
def _scenes() -> frozenset[str]:
    return frozenset(each.description for each in (*BACKGROUNDS.values(), *MORE_BACKGROUNDS.values()))


def with_the_rest(canvas: Canvas, before: Canvas) -> Canvas:
    """The canvas in which a thing that changed has what it was described with: ``with a red roof`` of a house."""
    gone = [each for each in before.regions if each not in canvas.regions and name_and_rest(each.description)[1]]

    def whole(region: Region) -> Region:
        alike = [each for each in gone if head_of(each) == head_of(region)]
        if region in before.regions or len(alike) != 1 or name_and_rest(region.description)[1]:
            return region
        return replace(region, description=f"{region.description.rstrip('.')}{name_and_rest(alike[0].description)[1]}.")

    return replace(canvas, regions=tuple(map(whole, canvas.regions))) if gone else canvas


def _may_name(word: str) -> bool:
    """Whether a word may be one of a thing's name that a model misspells."""
    return not (word in _NO_NAMES or word in _of_places() or is_color_word(word))


def _words_of(region: Region) -> list[str]:
    return re.findall(r"\b[a-z]{4,}\b", region.description.lower())


_MISSPELT = 0.5
"""How much a word that is none has of the one that it was to be."""
_NO_NAMES = frozenset(
    "with that this have make more than then them they their there here please want like would could should "
    "must also into from over under above below behind beside front left right next near upon just some many "
    "much very same instead picture image add draw paint show give take remove delete replace move turn change "
    "bigger smaller larger background undo last back revert previous before again version step restore thank "
    "thanks okay perfect great each both does doesn belong belongs what where".split()
)


_ALIKE = 0.75


@cache
def _of_places() -> frozenset[str]:
    """The words of scenes and of places in a picture, which name no thing."""
    spots = (spot for each in lexicon.SPOTS.values() for spot in each)
    return frozenset(word for said in (*spots, *BACKGROUNDS, *MORE_BACKGROUNDS) for word in said.split())


@cache
def _real() -> frozenset[str]:
    """Every word that the conversations are made of, and that is therefore no misspelling."""
    nouns = (*lexicon.NOUNS.seen, *lexicon.NOUNS.kept, *lexicon.COMPOUNDS.seen, *lexicon.COMPOUNDS.kept)
    looks = (*lexicon.ADJECTIVES.seen, *lexicon.ADJECTIVES.kept, *lexicon.TAILS.seen, *lexicon.TAILS.kept)
    return frozenset(word for said in (*nouns, *looks) for word in said.split())


@cache
def _known() -> frozenset[str]:
    """Every word of the larger world's things and colours."""
    return words_of_things() | {word for name in COLORS for word in name.split()}


def _well_said(region: Region) -> Region:
    article, _, words = region.description.rstrip(".").partition(" ")
    if article not in ("A", "An") or not words:
        return region
    name, rest = name_and_rest(words)
    looks, _, noun = name.rpartition(" ")
    looks = " ".join(dict.fromkeys(looks.split(" ")))  # a small model says some of them twice
    words = f"{looks} {IRREGULAR.get(noun, noun)}".strip() + rest
    return replace(region, description=with_article(words))
