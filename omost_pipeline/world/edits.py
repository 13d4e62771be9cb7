"""Writes edits: words that change a scene, and the scene that comes of them.

Each writer returns ``None`` where the scene does not allow its kind of edit. Draws lots for the words only; what they
mean is :mod:`stage`'s to say. Knows no canvas text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from omost_pipeline.world import lexicon, phrasings, stage
from omost_pipeline.world.kinds import KINDS, SIZES, Background, describe
from omost_pipeline.world.requests import (
    Lots,
    finish,
    plural,
    spoken_background,
    spoken_color,
    spoken_place,
    spoken_several,
    spoken_thing,
    with_article,
)
from omost_pipeline.world.stage import FAR_AWAY, UP_CLOSE, Relation, Scene, Thing

EditKind = Literal["add", "remove", "recolor", "replace", "move", "resize", "background", "undo"]
_RELATIONS: tuple[Relation, ...] = ("above", "below", "left", "right", "beside", "front", "behind")
_MOST_THINGS = 7
_ABSENT = 0.02


@dataclass(frozen=True)
class Story:
    """A conversation so far: the scene, those before it (oldest first), things taken out, the thing last spoken of."""

    scene: Scene
    past: tuple[Scene, ...] = ()
    removed: tuple[Thing, ...] = ()
    touched: Thing | None = None


@dataclass(frozen=True)
class Edit:
    """Words without an ending, and the scene they ask for."""

    words: str
    scene: Scene
    touched: Thing | None = None


Writer = Callable[[Lots, Story], "Edit | None"]


def write_edit(lots: Lots, story: Story, kind: EditKind) -> tuple[str, Story] | None:
    """One edit of a kind: the user's words and the story after it."""
    edit = _WRITERS[kind](lots, story)
    return None if edit is None else (_dressed(lots, edit.words), after(story, edit, undo=kind == "undo"))


def write_compound(lots: Lots, story: Story, first: EditKind, second: EditKind) -> tuple[str, Story] | None:
    """Two edits in one message; the second sees the scene after the first."""
    one = _WRITERS[first](lots, story)
    if one is None:
        return None
    middle = replace(after(story, one), past=())
    two = _WRITERS[second](lots, replace(middle, removed=()))
    if two is None:
        return None
    both = Edit(f"{one.words}{lots.phrase(phrasings.JOINERS)}{two.words}", two.scene, two.touched)
    return _dressed(lots, both.words), after(story, both)


def after(story: Story, edit: Edit, undo: bool = False) -> Story:
    """The story after an edit; an undone scene is forgotten, so that undoing again goes further back."""
    if undo and story.past and edit.scene == story.past[-1]:
        return Story(edit.scene, story.past[:-1])
    gone = tuple(thing for thing in story.scene.things if thing.name not in {left.name for left in edit.scene.things})
    return Story(edit.scene, (*story.past, story.scene), (*story.removed, *gone), edit.touched)


def _dressed(lots: Lots, words: str) -> str:
    return finish(lots, f"{lots.phrase(phrasings.OPENERS)} {words}" if lots.chance(0.25) else words)


def _said(lots: Lots, options: phrasings.Phrasings, **slots: str) -> str:
    return lots.phrase(options).format(**slots)


def pick(lots: Lots, story: Story, absent: float = 0.0) -> tuple[Thing, str, str] | None:
    """A thing the words can single out: (thing, ``the red ball``, ``red ball``); ``it`` for the one last spoken of.

    With a chance of ``absent`` it is a thing that is not there; whatever is done to it changes nothing.
    """
    things = story.scene.things
    if absent and not lots.evaluation and lots.chance(absent):
        missing = lots.of([name for name in KINDS if all(thing.head != name for thing in things)])
        return stage.settle(stage.Mention(missing, missing), ()), f"the {missing}", missing
    if not things:
        return None
    if story.touched in things and lots.chance(0.2):
        assert story.touched is not None
        return story.touched, "it", story.touched.head
    thing = lots.rng.choice(things)
    return _reference(lots, thing, tuple(other for other in things if other is not thing))


def _reference(lots: Lots, thing: Thing, others: tuple[Thing, ...]) -> tuple[Thing, str, str] | None:
    alike = tuple(other for other in others if other.head == thing.head)
    bare = thing.name if thing.name.startswith(thing.head) is False and lots.chance(0.4) else thing.head
    by_color = thing.color is not None and all(other.color != thing.color for other in alike)
    by_place = all(other.location != thing.location for other in alike)
    if not alike:
        if thing.color and lots.chance(0.2):
            bare = f"{thing.color} {bare}"
    elif by_color and (not by_place or lots.chance(0.8)):
        bare = f"{thing.color} {thing.head}"
    elif by_place:
        spot = lexicon.SPOTS[thing.location][0]
        bare = f"{thing.head} {lots.of(('on the', 'in the', 'at the'))} {spot}"
    else:
        return None
    return thing, bare if lots.chance(0.1) else f"the {bare}", bare


def add(lots: Lots, story: Story) -> Edit | None:
    scene = story.scene
    if len(scene.things) >= _MOST_THINGS:
        return None
    roll = lots.rng.random()
    if roll < 0.1:
        words, mentions = spoken_several(lots)
        return Edit(_said(lots, phrasings.ADD, np=words), stage.add(scene, *mentions))
    if roll < 0.35:
        return _add_by_relation(lots, story)
    thing = spoken_thing(lots)
    scene = stage.add(scene, thing.mention)
    return Edit(_said(lots, phrasings.ADD, np=thing.words), scene, scene.things[-1])


def _add_by_relation(lots: Lots, story: Story) -> Edit | None:
    picked = pick(lots, story)
    if picked is None:
        return None
    other, ref, _ = picked
    relation = lots.rng.choice(_RELATIONS)
    thing = spoken_thing(lots, unplaced=True)
    scene = stage.add(story.scene, stage.related(thing.mention, relation, other))
    words = f"{thing.words} {lots.of(lexicon.RELATIONS[relation])} {ref}"
    return Edit(_said(lots, phrasings.ADD, np=words), scene, scene.things[-1])


def _several_alike(lots: Lots, story: Story) -> tuple[tuple[Thing, ...], str] | None:
    """All things of one noun that stands more than once, and ``the balloons``."""
    heads = [thing.head for thing in story.scene.things]
    repeated = sorted({head for head in heads if heads.count(head) > 1})
    if not repeated:
        return None
    head = lots.of(repeated)
    alike = tuple(thing for thing in story.scene.things if thing.head == head)
    return alike, lots.of((f"the {plural(head)}", f"all the {plural(head)}", f"all {plural(head)}", plural(head)))


def remove(lots: Lots, story: Story) -> Edit | None:
    alike = _several_alike(lots, story) if lots.chance(0.4) else None
    if alike is not None:
        things, ref = alike
        return Edit(_said(lots, phrasings.REMOVE, ref=ref), stage.remove(story.scene, things))
    picked = pick(lots, story, _ABSENT)
    if picked is None or story.scene.things.count(picked[0]) > 1:
        return None
    return Edit(_said(lots, phrasings.REMOVE, ref=picked[1]), stage.remove(story.scene, (picked[0],)))


def recolor(lots: Lots, story: Story) -> Edit | None:
    alike = _several_alike(lots, story) if lots.chance(0.4) else None
    if alike is not None:
        things, ref = alike
        said, color = spoken_color(lots, things[0].head)
        all_new = tuple(replace(thing, color=color) if thing in things else thing for thing in story.scene.things)
        return Edit(_said(lots, phrasings.RECOLOR, ref=ref, color=said), replace(story.scene, things=all_new))
    picked = pick(lots, story, _ABSENT)
    if picked is None:
        return None
    old, ref, _ = picked
    said, color = spoken_color(lots, old.head)
    return _changed(story, old, replace(old, color=color), _said(lots, phrasings.RECOLOR, ref=ref, color=said))


def _changed(story: Story, old: Thing, new: Thing, words: str) -> Edit | None:
    if story.scene.things.count(old) > 1:
        return None
    return Edit(words, stage.swap_in(story.scene, old, new), new)


def replace_thing(lots: Lots, story: Story) -> Edit | None:
    picked = pick(lots, story)
    if picked is None:
        return None
    old, ref, _ = picked
    thing = spoken_thing(lots, unplaced=True)
    if thing.mention.head == old.head:
        return None
    return _changed(
        story, old, stage.replaced(old, thing.mention), _said(lots, phrasings.REPLACE, ref=ref, np=thing.words)
    )


def move(lots: Lots, story: Story) -> Edit | None:
    picked = pick(lots, story)
    if picked is None:
        return None
    old, ref, _ = picked
    roll = lots.rng.random()
    if roll < 0.5:
        location = lots.of(tuple(lexicon.SPOTS))
        at, to = spoken_place(lots, location), spoken_place(lots, location, phrasings.TO)
        return _changed(story, old, stage.moved(old, location), _said(lots, phrasings.MOVE, ref=ref, at=at, to=to))
    if roll < 0.7:
        offset = lots.of(tuple(lexicon.NUDGES))
        words = _said(lots, phrasings.NUDGE, ref=ref, nudge=lots.of(lexicon.NUDGES[offset]))
        return _changed(story, old, replace(old, offset=offset), words)
    if roll < 0.78:
        return _changed(story, old, replace(old, distance=UP_CLOSE), _said(lots, phrasings.NEARER, ref=ref))
    if roll < 0.85:
        return _changed(story, old, replace(old, distance=FAR_AWAY), _said(lots, phrasings.FARTHER, ref=ref))
    return _move_by_another(lots, story, old, ref)


def _move_by_another(lots: Lots, story: Story, old: Thing, ref: str) -> Edit | None:
    others = tuple(thing for thing in story.scene.things if thing != old)
    if not others or story.scene.things.count(old) > 1:
        return None
    other = lots.rng.choice(others)
    named = _reference(lots, other, tuple(thing for thing in story.scene.things if thing is not other))
    if named is None or story.scene.things.count(other) > 1:
        return None
    if lots.chance(0.2):
        places = {old: (other.location, other.offset), other: (old.location, old.offset)}
        things = (
            replace(t, location=places[t][0], offset=places[t][1]) if t in places else t for t in story.scene.things
        )
        return Edit(_said(lots, phrasings.SWAP, ref=ref, other=named[1]), replace(story.scene, things=tuple(things)))
    relation = lots.rng.choice(_RELATIONS)
    there = f"{lots.of(lexicon.RELATIONS[relation])} {named[1]}"
    words = _said(lots, phrasings.MOVE, ref=ref, at=there, to=there)
    return _changed(story, old, stage.moved_beside(old, relation, other), words)


def resize(lots: Lots, story: Story) -> Edit | None:
    picked = pick(lots, story, _ABSENT)
    if picked is None:
        return None
    old, ref, bare = picked
    roll = lots.rng.random()
    if roll < 0.4:
        return _changed(story, old, stage.resized(old, 1), _said(lots, phrasings.BIGGER, ref=ref, bare=bare))
    if roll < 0.7:
        return _changed(story, old, stage.resized(old, -1), _said(lots, phrasings.SMALLER, ref=ref, bare=bare))
    size = lots.rng.choice(SIZES)
    words = _said(lots, phrasings.RESIZE, ref=ref, size=lots.of(lexicon.SIZES_ASKED[size]))
    return _changed(story, old, replace(old, size=size), words)


def background(lots: Lots, story: Story) -> Edit | None:
    """A change of the whole picture: its background (by place or by colour) or its style."""
    roll = lots.rng.random()
    if lots.strays(0.2):
        style = lots.word(lexicon.STYLES)
        words = _said(lots, phrasings.RESTYLE, style=style, a_style=with_article(lots, style))
        return Edit(words, replace(story.scene, style=style))
    if roll < 0.12:
        said, color = spoken_color(lots, "background")
        words = _said(lots, phrasings.RECOLOR, ref="the background", color=said)
        plain = Background(color, describe("background", color), lexicon.css(color))
        return Edit(words, replace(story.scene, background=plain))
    where, place, new = spoken_background(lots)
    told = lots.chance(0.5)
    words = _said(lots, phrasings.SETTING, where=where) if told else _said(lots, phrasings.BACKGROUND, place=place)
    return Edit(words, replace(story.scene, background=new))


def undo(lots: Lots, story: Story) -> Edit | None:
    """The scene before the last change, or a thing that was taken out, as it was, behind the others."""
    heads = {thing.head for thing in story.scene.things}
    gone = [thing for thing in story.removed if thing.head not in heads]
    gone = [thing for thing in gone if [other.head for other in gone].count(thing.head) == 1]
    if gone and lots.chance(0.6):
        thing = lots.rng.choice(gone)
        ref = f"the {thing.head if lots.chance(0.7) or thing.color is None else f'{thing.color} {thing.head}'}"
        things = (*story.scene.things, thing)
        return Edit(_said(lots, phrasings.RESTORE, ref=ref), replace(story.scene, things=things), thing)
    return Edit(_said(lots, phrasings.UNDO), story.past[-1]) if story.past else None


_WRITERS: dict[EditKind, Writer] = {
    "add": add,
    "remove": remove,
    "recolor": recolor,
    "replace": replace_thing,
    "move": move,
    "resize": resize,
    "background": background,
    "undo": undo,
}
