"""First requests as people say them: who does what, what is carried, how many, and what is not there."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Region
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.world import deeds, stage
from omost_pipeline.world.dialogues import STORIES, Message, converse
from omost_pipeline.world.kinds import KINDS
from omost_pipeline.world.stage import Mention


def firsts(count: int, evaluation: bool = False) -> list[Message]:
    rng = random.Random(7)
    return [converse(rng, STORIES, evaluation)[0] for _ in range(count)]


def place(region: Region) -> tuple[str, str]:
    return region.location, region.offset


@pytest.mark.slow
def test_every_story_is_answered_by_a_canvas_that_reads_back() -> None:
    for message in firsts(300):
        assert message.canvas.regions
        assert parse_canvas(canvas_to_reply(message.canvas)).canvas == message.canvas, message.words


def test_kept_back_verbs_come_up_in_evaluation_alone() -> None:
    kept = [word for table in (deeds.DEEDS, deeds.POSES) for verb in table.kept for word in deeds.forms(verb)]

    def heard(messages: list[Message]) -> int:
        return sum(any(f" {word} " in f" {message.words} " for word in kept) for message in messages)

    assert heard(firsts(400)) == 0
    assert heard(firsts(400, evaluation=True)) > 5


@pytest.mark.parametrize(
    ("hold", "carried", "offset"),
    [
        ("riding", 0, "slightly to the upper"),
        ("holding", 1, "slightly to the right"),
        ("wearing", 1, "slightly to the upper"),
    ],
)
def test_what_is_carried_is_at_the_body_of_who_carries_it_and_in_front(
    hold: stage.Hold, carried: int, offset: str
) -> None:
    pair = stage.settle_hold(Mention("cat", "cat"), hold, Mention("dog", "dog"), ())
    above, below = pair[carried], pair[1 - carried]

    assert [thing.head for thing in pair] == ["cat", "dog"], "told in the order of the words"
    assert above.location == below.location
    assert (above.offset, below.offset) == (offset, stage.NO_OFFSET)
    assert above.distance < below.distance
    assert above.size == ("medium-sized" if hold == "riding" else "small")


@pytest.mark.parametrize("count", [5, 9])
@pytest.mark.parametrize("head", ["cat", "star"])
def test_many_of_a_thing_stand_each_in_a_cell_of_its_own(head: str, count: int) -> None:
    scene = stage.add(stage.Scene(()), *stage.crowd(Mention(head, head), count))

    assert len(scene.things) == count
    assert all(one.location != other.location for one, other in combinations(scene.things, 2))
    assert {thing.size for thing in scene.things} == {"small"}
    assert stage.canvas_of(scene).regions[0].location in {"on the left", "on the top"}


def test_what_a_picture_lacks_is_no_region_and_not_in_its_words() -> None:
    lacking = [message for message in firsts(600) if " without any " in message.words]

    assert lacking
    for message in lacking:
        missing = message.words.split(" without any ")[1].split()[0].strip(".,!?")
        assert all(missing not in region.description for region in message.canvas.regions), message.words


def test_a_wrong_letter_still_names_the_thing() -> None:
    """Some story about one of the world's kinds does not spell it, and draws it all the same."""
    found = [
        message
        for message in firsts(1500)
        for region in message.canvas.regions
        if (kind := region.description.rstrip(".").split()[-1]) in KINDS and kind[:-1] not in message.words
    ]

    assert len(found) > 5


@pytest.mark.parametrize(
    ("third", "base"),
    [("fights", "fight"), ("chases", "chase"), ("watches", "watch"), ("flies", "fly"), ("talks to", "talk to"),
     ("has on", "have on"), ("kisses", "kiss"), ("pushes", "push"), ("lies", "lie")],
)  # fmt: skip
def test_verbs_of_several(third: str, base: str) -> None:
    assert deeds.base_form(third) == base
