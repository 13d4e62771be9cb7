"""An edit that says how many there are to be leaves so many: what is too much goes, and what is missing comes."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.counted import counted
from omost_pipeline.world.scenes import visible_share
from omost_pipeline.world.spread import BEHIND
from omost_pipeline.world.stage import head_of

HOUSE = Region("on the left", "no offset", "a small square area", 5.0, "A red house.", color="red")
DOG = replace(HOUSE, location="on the right", description="A brown dog.", color="brown")
CAT = replace(HOUSE, location="on the top", description="An orange cat.", color="orange")
OTHER = replace(HOUSE, location="on the bottom", description="A black cat.", color="black")
TWO = Canvas(
    GlobalDescription("A meadow.", color="green"), (HOUSE, replace(DOG, location="in the center"), DOG, CAT, OTHER)
)
DOGS = replace(TWO, regions=TWO.regions[1:3])


def heads(canvas: Canvas) -> dict[str, int]:
    found = [head_of(each) for each in canvas.regions]
    return {each: found.count(each) for each in found}


@pytest.mark.parametrize(
    ("words", "stay"),
    [
        ("Only one dog please!", 1),
        ("just one of the dogs", 1),
        ("i only want one dog", 1),
        ("make it one dog", 1),
        ("one dog is enough", 1),
        ("too many dogs, just one please", 1),
        ("remove all dogs but one", 1),
        ("all except one dog should go", 1),
        ("one dog less", 1),
        ("one fewer dog", 1),
        ("fewer dogs please", 1),
        ("too many dogs", 1),
        ("remove half of the dogs", 1),
        ("half as many dogs", 1),
        ("keep two dogs", 2),
        ("make it two dogs", 2),
        ("no more than three dogs", 2),
    ],
)
def test_of_several_only_so_many_stay(words: str, stay: int) -> None:
    assert counted(words, TWO) == replace(TWO, regions=(HOUSE, *TWO.regions[1 : 1 + stay], CAT, OTHER))


@pytest.mark.parametrize(
    ("words", "dogs"),
    [
        ("make it four dogs", 4),
        ("Make it 4 dogs, please.", 4),
        ("three dogs", 3),
        ("no, three dogs", 3),
        ("i said four dogs, not two", 4),
        ("i want five dogs", 5),
        ("there should be three dogs", 3),
        ("make the two dogs three", None),
        ("turn the dogs into three dogs", 3),
        ("the dogs should be three", 3),
        ("change the number of dogs to six", 6),
        ("only three dogs", 3),
        ("one more dog", 3),
        ("two more dogs please", 4),
        ("add another two dogs", 4),
        ("double the dogs", 4),
        ("twice as many dogs", 4),
        ("a dozen dogs", 9),
    ],
)
def test_what_is_missing_comes_beside_those_that_stay(words: str, dogs: int | None) -> None:
    after = counted(words, TWO)
    if dogs is None:
        assert after is None
        return
    assert after is not None
    assert heads(after) == {"house": 1, "dog": min(dogs, 11), "cat": 2} if dogs != 9 else len(after.regions) == 14
    assert set(TWO.regions) < set(after.regions)
    assert {each.description for each in after.regions if head_of(each) == "dog"} == {"A brown dog."}


def test_who_came_is_to_be_seen_and_hides_nobody() -> None:
    after = counted("four dogs", replace(DOGS, regions=(replace(DOG, location="on the left"), DOG)))
    assert after is not None
    boxes = [each.box for each in after.regions]
    for number, box in enumerate(boxes):
        assert visible_share(box, boxes[:number] + boxes[number + 1 :]) > 0.3


def test_who_finds_room_behind_others_alone_stands_there_with_their_feet_on_the_ground() -> None:
    tree = replace(DOG, area="a medium-sized vertical area", description="A green tree.", distance_to_viewer=4.0)
    boxes = (Box(0, 37, 30, 88), Box(60, 37, 90, 88), Box(27, 45, 63, 88))
    regions = tuple(replace(each, free_box=box) for each, box in zip((tree, tree, HOUSE), boxes, strict=True))
    after = counted("make it four trees", replace(TWO, regions=regions))
    assert after is not None
    came = [each for each in after.regions if each not in regions]
    assert len(came) == 2
    for each in came:
        assert each.box.bottom >= BEHIND - 1
        assert each.box.height == 51, "as large as the others"
        assert each.distance_to_viewer > HOUSE.distance_to_viewer
        assert visible_share(each.box, boxes) >= 0.6


def test_how_they_look_and_of_whom_it_is_said() -> None:
    assert counted("only one black cat", TWO) == TWO
    assert counted("only one of each", TWO) == replace(TWO, regions=(HOUSE, TWO.regions[1], CAT))
    assert counted("only one of them please", DOGS) == replace(TWO, regions=DOGS.regions[:1])
    assert counted("just one", DOGS) == replace(TWO, regions=DOGS.regions[:1])
    black = counted("make it two black cats", TWO)
    assert black is not None
    assert [each.description for each in black.regions[3:]] == ["An orange cat.", "A black cat.", "A black cat."]
    more = counted("one more please", TWO, it=HOUSE)
    assert more is not None
    assert heads(more) == {"house": 2, "dog": 2, "cat": 2}
    assert counted("take away two", replace(TWO, regions=(*DOGS.regions, DOG))) == replace(
        TWO, regions=DOGS.regions[:1]
    )


@pytest.mark.parametrize(
    "words",
    [
        "only one of them",
        "only one white dog",
        "only one tree",
        "one dog",
        "two dogs",
        "add only one dog",
        "add two dogs",
        "and two cats",
        "i want a dog",
        "make it a dog",
        "make it two trees",
        "three big dogs",
        "two dogs on a sofa",
        "remove two dogs and a cat",
        "make the two dogs bigger",
        "make the dogs twice as big",
        "",
    ],
)
def test_words_that_may_want_something_else_are_the_composers(words: str) -> None:
    assert counted(words, TWO) is None


@pytest.mark.parametrize("piece", ["two ", "only ", "of the ", "too many dogs, ", "make it ", "more ", "not one "])
def test_no_words_take_long(piece: str) -> None:
    begun = time.process_time()
    for lead in ("make it ", "only ", "remove ", ""):
        assert counted(f"{lead}{piece * (180 // len(piece))}!,", TWO) is None
    assert time.process_time() - begun < 20.0


def test_a_bundled_composer_counts_what_is_there_in_every_language() -> None:
    composer = Models(PROFILES["tiny-world"]).composer()
    for first, edit, dogs in (
        ("three dogs", "make it four dogs", 4),
        ("three dogs", "two fewer dogs", 1),
        ("zwei Hunde", "mach drei Hunde daraus", 3),
        ("drei Hunde", "ein Hund weniger", 2),
        ("deux chiens", "fais-en trois", 3),
        ("deux chiens", "un chien de plus", 3),
        ("dos perros", "que sean tres perros", 3),
        ("dos perros", "un perro más", 3),
        ("两只狗", "变成三只狗", 3),
        ("三只狗", "少一只狗", 2),
    ):
        history: list[Turn] = []
        for words in (first, edit):
            *_, last = compose_canvas(composer, history, words, ComposeOptions(temperature=0.0))
            assert isinstance(last, Composition)
            history.append(Turn(words, last.parsed.canvas))
        assert (edit, heads(history[1].canvas)) == (edit, {"dog": dogs})
