"""What is around a bundled language model: words in the English that it was taught, and canvases in which all that was
asked for is there and can be seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from omost_pipeline.bundled.arranged import Arranged
from omost_pipeline.bundled.glossary import Translated, in_english, language_of
from omost_pipeline.bundled.glossary.first_words import Carrying, without_absent, without_parts
from omost_pipeline.bundled.glossary.next_words import adds, gift, is_emptied, meant
from omost_pipeline.bundled.glossary.which_one import last_changed
from omost_pipeline.bundled.left_alone import left_alone
from omost_pipeline.bundled.parts import described_with_parts, with_part
from omost_pipeline.bundled.ruled import Ruled
from omost_pipeline.bundled.stepwise import Stepwise
from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.free import carry_free
from omost_pipeline.canvas.unasked import without_unasked
from omost_pipeline.composer.protocol import Composer
from omost_pipeline.world.between import moved_between, set_between
from omost_pipeline.world.complete import complete, complete_addition
from omost_pipeline.world.counted import counted
from omost_pipeline.world.fitted import fitted, unstacked
from omost_pipeline.world.groups import groups_apart
from omost_pipeline.world.handed import (
    as_said,
    colored_as_said,
    handed,
    scene_as_said,
    well_said,
    with_the_rest,
    with_what_stood,
)
from omost_pipeline.world.in_view import in_view, side_by_side, whole
from omost_pipeline.world.kinds import BACKGROUNDS, KINDS, glyphs
from omost_pipeline.world.neglected import done
from omost_pipeline.world.places import at_another_place, at_its_place
from omost_pipeline.world.resting import in_its_stead, resting, set_down
from omost_pipeline.world.restyled import restyled
from omost_pipeline.world.returned import returned
from omost_pipeline.world.spread import MANY, in_a_row_by_size, spread
from omost_pipeline.world.times import at_another_time
from omost_pipeline.world.told import as_told
from omost_pipeline.world.whereabouts import on_the_sea, out_of_no_thing

_WHERE = re.compile(
    r"\b(?:left|right|center|centre|middle|links|rechts|mitte|gauche|droite|milieu|izquierda|derecha)\b|[左右中]"
)
"""Words by which somebody says where in the picture something is to be."""
_GROUPS = ("person", "creature", "animal", "bird", "tool", "instrument", "food", "sport", "clothing")


def bundled_composer(llm: Composer, knows_deeds: bool) -> Composer:
    """The composer that a bundled ``llm`` is; one that ``knows_deeds`` was taught who does what with what."""
    empty = {
        name: canvas_to_reply(Canvas(GlobalDescription(each.description, color=each.color)))
        for name, each in BACKGROUNDS.items()
    }
    if knows_deeds:
        translated = Translated(llm, frozenset(), empty, _carrying(), groups_apart)
    else:
        translated = Translated(llm, frozenset((*KINDS, *glyphs())), empty, apart=groups_apart)
    rules = (_left_alone, _counted, _with_part, _at_another_time, _at_another_place, _restyled)
    return Stepwise(Ruled(Arranged(translated, partial(_arranged, rests=knows_deeds)), *rules))


def _left_alone(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    """What is left alone in any language; what is kept is known by its English name."""
    left = left_alone(words, canvases[-1])
    return left_alone(in_english(words), canvases[-1]) if left is None else left


def _counted(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    return counted(in_english(words), canvases[-1], last_changed(canvases))


def _with_part(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    return with_part(in_english(words), canvases)


def _at_another_time(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    return at_another_time(in_english(words), canvases[-1])


def _at_another_place(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    return at_another_place(in_english(words), canvases[-1])


def _restyled(words: str, canvases: Sequence[Canvas]) -> Canvas | None:
    return restyled(in_english(words), canvases[-1])


def _carrying() -> Carrying:
    """Who in the larger world carries what."""
    of_group = {group: {name for name, each in glyphs().items() if each.group == group} for group in _GROUPS}
    beings = of_group["person"] | of_group["creature"] | of_group["animal"] | of_group["bird"]
    held = of_group["tool"] | of_group["instrument"] | of_group["food"] | of_group["sport"]
    worn = of_group["clothing"] | {"crown"}
    mounts = of_group["animal"] | {"unicorn", "dragon", "dinosaur", "bicycle", "motorcycle"}
    return Carrying(
        frozenset(beings | {"cat", "dog", "snowman", "bird", "teddy", "doll", "chef"}),
        frozenset(worn),
        frozenset((held | {"balloon", "umbrella", "ball", "flower", "bouquet", "apple", "camera"}) - worn),
        frozenset(mounts),
    )


def _arranged(canvas: Canvas, canvases: Sequence[Canvas], words: str, *, rests: bool) -> Canvas:
    """The canvas with all that the words name, where it can be seen.

    ``rests``: what is on, in or between others is placed by rules, too. In the small world there is one right place for
    everything, which its model was taught.
    """
    said = in_english(words)
    canvas = well_said(as_said(canvas, canvases[-1].regions if canvases else (), said))
    canvas = scene_as_said(canvas, canvases[-1] if canvases else None, said)
    return _changed(canvas, canvases, words, said, rests) if canvases else _first(canvas, words, said, rests)


def _first(canvas: Canvas, words: str, said: str, rests: bool) -> Canvas:
    there = groups_apart(without_absent(said))
    canvas = complete(colored_as_said(canvas, said), without_parts(there))
    canvas = at_its_place(described_with_parts(canvas, there), there)
    if rests:
        canvas = on_the_sea(out_of_no_thing(canvas, there), there)
    if rests and (placed := set_between(canvas, there)) is not None:
        return placed
    if len(canvas.regions) >= MANY or (rests and resting(canvas.regions, said)):
        return spread(canvas, said)
    if not _WHERE.search(words.lower()):
        canvas = side_by_side(in_a_row_by_size(canvas, said))
    return in_view(whole(canvas))


def _changed(canvas: Canvas, canvases: Sequence[Canvas], words: str, said: str, rests: bool) -> Canvas:
    before, named = canvases[-1], meant(said, canvases)
    canvas = carry_free(before, canvas)
    if language_of(words) != "en" or named != said:  # else whoever reads the reply takes it back, and tells
        canvas, _ = without_unasked(before, canvas, named)
    if is_emptied(canvas, canvases, named):
        return before
    canvas = with_the_rest(canvas, before)
    it = last_changed(canvases)
    canvas = returned(as_told(done(canvas, before, named, it), before, named, it), canvases, named)
    given = gift(named, before)
    if given is not None or adds(said):
        canvas = with_what_stood(canvas, before)
    if given is None and adds(said):
        canvas = complete_addition(canvas, before, without_absent(said))
    if given is not None:
        canvas = handed(canvas, before, given.whom, given.hold)
    canvas = fitted(in_view(canvas, before), before, said)
    if not rests:
        return canvas
    canvas = moved_between(unstacked(canvas, before), before, named)
    return set_down(in_its_stead(canvas, before), before, named)
