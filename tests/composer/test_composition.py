"""A canvas comes of a reply while it is written, and of a second one where the first is no canvas."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Outline, Region, in_names, placed_at
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Turn, Written
from omost_pipeline.errors import CanvasError

BALL = Region("on the left", "no offset", "a small square area", 2.0, "A ball.", color="red")
BEACH = Canvas(GlobalDescription("A beach.", color="skyblue"), (BALL,))
REPLY = canvas_to_reply(BEACH)
GREEDY = ComposeOptions(seed=7, temperature=0.0)


@dataclass
class Typist:
    """Writes its replies one after the other, a few characters at a time."""

    replies: list[str]
    told: int | None = None
    asked: list[ComposeOptions] = field(default_factory=list)
    closed: int = 0

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        self.asked.append(options)
        reply = self.replies.pop(0)
        try:
            yield from (reply[at : at + 7] for at in range(0, len(reply), 7))
        finally:
            self.closed += 1
        return Written(self.told)


def composed(typist: Typist, turns: int = 0, options: ComposeOptions = GREEDY) -> Composition:
    *_, last = compose_canvas(typist, [Turn("before", BEACH)] * turns, "a ball", options)
    assert isinstance(last, Composition)
    return last


def test_each_outline_comes_once_and_the_whole_last() -> None:
    news = [new for new in compose_canvas(Typist([REPLY]), (), "a ball", GREEDY) if new is not None]
    *outlines, last = news
    assert isinstance(last, Composition)
    assert last.parsed.canvas == BEACH
    assert outlines[-1] == Outline(BEACH)
    assert len(outlines) == len(set(outlines)) > 4
    assert outlines[0] == Outline(Canvas(GlobalDescription("A beach.", color="lightgray")))


def test_a_reply_that_is_no_canvas_is_written_again_with_another_seed_and_not_greedily() -> None:
    typist = Typist([REPLY.replace("location=", "location=2 *"), REPLY])
    assert composed(typist).parsed.canvas == BEACH
    assert typist.asked == [GREEDY, replace(GREEDY, seed=8, temperature=ComposeOptions.temperature)]
    assert typist.closed == 2
    warm = ComposeOptions(seed=7, temperature=1.2)
    typist = Typist(["I would rather not.", REPLY])
    composed(typist, options=warm)
    assert typist.asked == [warm, replace(warm, seed=8)]


def test_two_such_replies_are_an_error_that_names_the_second_ones_fault() -> None:
    with pytest.raises(CanvasError, match="it begins 'Still no"):
        composed(Typist(["I would rather not.", "Still not."]))


def test_a_free_box_that_the_model_leaves_alone_stays_and_it_is_told_in_names() -> None:
    free = replace(BEACH, regions=(placed_at(BALL, Box(1, 16, 50, 64)),))
    bigger = replace(BEACH, regions=(*in_names(free).regions, replace(BALL, description="A boat.")))
    *_, last = compose_canvas(Typist([canvas_to_reply(bigger)]), [Turn("a ball", free)], "and a boat", GREEDY)
    assert isinstance(last, Composition)
    assert last.parsed.canvas == replace(free, regions=(*free.regions, bigger.regions[1]))
    assert last.parsed.corrections == ()
    moved = replace(bigger, regions=(replace(bigger.regions[0], location="on the right"), bigger.regions[1]))
    *_, last = compose_canvas(Typist([canvas_to_reply(moved)]), [Turn("a ball", free)], "and a boat", GREEDY)
    assert isinstance(last, Composition)
    assert last.parsed.canvas == moved
    assert [note.wrong for note in last.parsed.corrections] == ["1, 16, 50, 64"], "it is not there any more"


def test_closing_stops_the_composer_at_once() -> None:
    typist = Typist([REPLY])
    news = compose_canvas(typist, (), "a ball", GREEDY)
    next(news)
    news.close()
    assert typist.closed == 1


@pytest.mark.parametrize(("told", "remembered"), [(None, None), (5, None), (3, 3), (0, 0)])
def test_turns_are_said_to_be_remembered_where_others_were_left_out(told: int | None, remembered: int | None) -> None:
    assert composed(Typist([REPLY], told), turns=5).remembered == remembered


def test_what_nobody_asked_to_be_otherwise_is_as_it_was_and_told() -> None:
    cat = replace(BALL, description="A cat.", location="on the right", color="gray")
    before = replace(BEACH, regions=(BALL, cat))
    written = replace(
        BEACH,
        regions=tuple(
            replace(each, color="green", description=f"A green {each.description[2:]}") for each in before.regions
        ),
    )
    *_, last = compose_canvas(
        Typist([canvas_to_reply(written)]), [Turn("before", before)], "make the cat green", GREEDY
    )
    assert isinstance(last, Composition)
    assert last.parsed.canvas.regions == (BALL, written.regions[1])
    [note] = last.parsed.corrections
    assert (note.wrong, note.right) == ("A green ball", "A ball")
