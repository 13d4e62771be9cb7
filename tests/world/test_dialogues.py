"""The dialogues that the bundled composer learns from: their rules, their words, and that they are what they say."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from omost_pipeline.canvas.codec import canvas_to_reply
from omost_pipeline.canvas.elements import Canvas, GlobalDescription, Region, placed_at
from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.canvas.vocabulary import Box
from omost_pipeline.world import lexicon, phrasings, stage
from omost_pipeline.world.dialogues import BEYOND, IN_WORLD, Conversation, Message, Plan, converse
from omost_pipeline.world.edits import EditKind, Story, write_edit
from omost_pipeline.world.evaluate_dialogue import SEED, Answer, Chat, evaluate, is_right
from omost_pipeline.world.kinds import BACKGROUNDS, COLORS, KINDS, Size
from omost_pipeline.world.requests import Lots, plural
from omost_pipeline.world.stage import Mention, Scene


def mention(name: str, color: str | None = None) -> Mention:
    return Mention(name, name, color)


def conversations(count: int, evaluation: bool = False, plan: Plan | None = None) -> list[Conversation]:
    rng = random.Random(42)
    return [converse(rng, plan or Plan(), evaluation) for _ in range(count)]


@pytest.mark.parametrize(
    ("relation", "first", "second"),
    [
        ("above", "on the top", "on the bottom"),
        ("below", "on the bottom", "on the top"),
        ("left", "on the left", "on the right"),
        ("right", "on the right", "on the left"),
        ("beside", "on the left", "on the right"),
    ],
)
def test_two_things_named_together_stand_as_their_relation_says(
    relation: stage.Relation, first: str, second: str
) -> None:
    house, sun = stage.settle_pair(mention("house", "red"), relation, mention("sun"), ())

    assert (house.location, sun.location) == (first, second)
    assert sun.color == "yellow"


def test_a_thing_in_front_shares_the_place_and_is_nearer() -> None:
    cat, house = stage.settle_pair(mention("cat"), "front", mention("house"), ())

    assert cat.location == house.location == "in the center"
    assert cat.distance == house.distance - 1


def test_nothing_comes_nearer_than_the_nearest() -> None:
    cat, _ = stage.settle_pair(mention("cat"), "front", mention("ball"), ())

    assert cat.distance == stage.NEAREST


def test_unplaced_things_spread_by_habitat() -> None:
    scene = stage.add(Scene(()), mention("cat"), mention("dog"), mention("sun"))

    assert stage.places(scene.things) == ("in the center", "on the left", "on the top")


def test_an_unknown_thing_is_named_without_a_color_and_stands_like_a_thing() -> None:
    (region,) = stage.canvas_of(stage.add(Scene(()), mention("dancing robot"))).regions

    assert region.description == "A dancing robot."
    assert (region.color, region.distance_to_viewer) == ("gray", 3.0)


def test_a_described_color_of_two_words_becomes_a_css_name() -> None:
    (region,) = stage.canvas_of(stage.add(Scene(()), mention("tree", "dark blue"))).regions

    assert (region.description, region.color) == ("A dark blue tree.", "darkblue")


def test_a_replacement_keeps_place_offset_and_size_and_takes_the_rest_from_its_kind() -> None:
    dragon = replace(
        stage.settle(mention("dragon", "purple"), ()), location="on the top", offset="slightly to the left"
    )
    car = stage.replaced(replace(dragon, size="large"), mention("car"))

    assert (car.location, car.offset, car.size) == ("on the top", "slightly to the left", "large")
    assert (car.color, car.distance) == ("red", 3.0)


def test_moving_to_a_place_forgets_the_offset() -> None:
    house = replace(stage.settle(mention("house"), ()), offset="slightly to the left")

    assert stage.moved(house, "on the right").offset == "no offset"


@pytest.mark.parametrize(
    ("start", "steps", "end"), [("small", -1, "small"), ("small", 1, "medium-sized"), ("large", 1, "large")]
)
def test_sizes_stop_at_their_ends(start: Size, steps: int, end: str) -> None:
    assert stage.resized(replace(stage.settle(mention("house"), ()), size=start), steps).size == end


@pytest.mark.slow
def test_every_canvas_reads_back_as_itself() -> None:
    for conversation in conversations(40, evaluation=True):
        for message in conversation:
            parsed = parse_canvas(canvas_to_reply(message.canvas))
            assert parsed.canvas == message.canvas
            assert parsed.corrections == ()


def test_the_same_seed_gives_the_same_conversations() -> None:
    assert conversations(10) == conversations(10)


def test_training_never_sees_what_is_kept_for_evaluation() -> None:
    kept_nouns = set(lexicon.NOUNS.kept)
    for conversation in conversations(300):
        for message in conversation:
            assert not any(
                template.split("{")[0] in message.words for template in ("do away with {ref}", "kick out {ref}")
            )
            for region in message.canvas.regions:
                words = region.description.rstrip(".").lower().split()
                assert not kept_nouns & set(words)
                assert not lexicon.is_kept_pair(words[-1], words[1]), region.description


def test_no_table_trains_what_it_keeps_back() -> None:
    tables = [each for module in (phrasings, lexicon) for each in vars(module).values()]
    kept = [table for table in tables if isinstance(table, phrasings.Phrasings)]
    assert len(kept) > 20
    for table in kept:
        assert not set(table.seen) & set(table.kept)


def test_evaluation_asks_with_kept_words_and_pairs() -> None:
    messages = [message for conversation in conversations(200, evaluation=True) for message in conversation]
    described = [region.description for message in messages for region in message.canvas.regions]

    assert any(noun in text for noun in lexicon.NOUNS.kept for text in described)
    assert any(
        lexicon.is_kept_pair(*text.lower().rstrip(".").split()[:0:-1]) for text in described if text.count(" ") == 2
    )
    assert any("kick out" in message.words or "leave the" in message.words for message in messages)


def test_seen_and_kept_phrasings_do_not_overlap() -> None:
    tables = [table for table in vars(phrasings).values() if isinstance(table, phrasings.Phrasings)]

    assert len(tables) > 15
    for table in tables:
        assert not set(table.seen) & set(table.kept)


def test_every_kind_of_edit_comes_up_and_undoing_gives_a_canvas_or_a_thing_back() -> None:
    kinds = set()
    for conversation in conversations(150, evaluation=True):
        canvases = [message.canvas for message in conversation]
        for index, message in enumerate(conversation):
            kinds.add(message.kind)
            if message.kind == "undo" and message.canvas not in canvases[:index]:
                assert message.canvas.regions[:-1] == canvases[index - 1].regions

    assert kinds >= {"first", "compound", "add", "remove", "recolor", "replace", "move", "resize", "background", "undo"}


def test_a_thing_taken_out_comes_back_last_and_as_it_was() -> None:
    lots = Lots(random.Random(3))
    before = stage.add(Scene(()), mention("tree", "blue"), mention("house"))
    tree, house = before.things
    story = Story(stage.remove(before, (tree,)), past=(before,), removed=(tree,))

    restored = [written[1].scene for _ in range(20) if (written := write_edit(lots, story, "undo")) is not None]

    assert {scene.things for scene in restored} == {(house, tree), (tree, house)}


@pytest.mark.parametrize("kind", ["remove", "recolor", "replace", "move", "resize"])
def test_one_of_two_alike_is_singled_out_by_its_color_or_place(kind: EditKind) -> None:
    red, blue = mention("ball", "red"), mention("ball", "blue")
    story = Story(stage.add(Scene(()), red, blue))
    lots = Lots(random.Random(1), evaluation=True)

    for _ in range(30):
        written = write_edit(lots, story, kind)
        if written is not None and "ball" in written[0] and "balls" not in written[0]:
            assert any(
                word in written[0] for word in ("red ball", "blue ball", "ball in the", "ball on the", "ball at the")
            )


def test_edits_change_only_what_they_name() -> None:
    lots = Lots(random.Random(8), evaluation=True)
    story = Story(stage.add(Scene(()), mention("cat"), mention("sun"), mention("dragon")))

    for kind in ("recolor", "move", "resize", "replace"):
        for _ in range(20):
            written = write_edit(lots, story, kind)
            assert written is not None
            changed = [a != b for a, b in zip(story.scene.things, written[1].scene.things, strict=True)]
            assert sum(changed) <= (2 if "dra" in written[0] or kind == "move" else 1)


def test_a_cut_conversation_begins_with_a_canvas_that_is_not_learnt() -> None:
    cut = [one for one in conversations(300) if not one[0].determined]

    assert 5 < len(cut) < 100
    assert all(message.determined for one in cut for message in one[1:])


def test_a_given_conversation_begins_with_a_wordless_canvas() -> None:
    for conversation in conversations(20, plan=Plan(edits=(1, 1), groups=(2, 2), given=True)):
        assert conversation[0].words == ""
        assert len(conversation[0].canvas.regions) == 2
        assert not conversation[0].determined


@pytest.mark.parametrize(
    ("one", "many"),
    [("house", "houses"), ("fish", "fish"), ("butterfly", "butterflies"), ("snowman", "snowmen"), ("key", "keys")],
)
def test_plurals(one: str, many: str) -> None:
    assert plural(one) == many


def test_backgrounds_and_kinds_all_have_words() -> None:
    assert set(lexicon.WHERE) == set(lexicon.PLACE) == set(BACKGROUNDS)
    assert all(len(phrase.split()) < 7 for where in lexicon.WHERE.values() for phrase in where.seen)
    assert not set(lexicon.NOUNS.seen + lexicon.NOUNS.kept) & set(KINDS)


class Oracle:
    """Answers each message with its right canvas, read from the same conversations: so many of each plan."""

    def __init__(self, *counted: tuple[int, Plan]) -> None:
        self._right: list[Canvas] = []
        for count, plan in counted:
            rng = random.Random(SEED)
            self._right += [m.canvas for _ in range(count) for m in converse(rng, plan, evaluation=True)]

    def __call__(self, messages: Chat) -> str:
        assert messages[-1]["role"] == "user"
        return canvas_to_reply(self._right.pop(0))


@pytest.mark.slow
def test_evaluation_gives_full_marks_to_right_canvases() -> None:
    shares = evaluate(Oracle((60, IN_WORLD), (60, BEYOND)), conversations=60, beyond=60)

    assert shares["parse"] == 1.0
    for right in (shares, shares["beyond"]):
        assert right["first"] == right["compound"] == 1.0
        assert set(right["edits"].values()) == {1.0}


def test_the_world_alone_has_no_other_words() -> None:
    known = {*KINDS, *COLORS}
    for message in (
        each for conversation in conversations(80, evaluation=True, plan=IN_WORLD) for each in conversation
    ):
        for region in message.canvas.regions:
            assert known.issuperset(region.description.strip(".").split()[1:]), region.description


def test_who_was_not_taught_the_larger_world_may_leave_open_what_its_words_do() -> None:
    scarf = Region("in the center", "no offset", "a medium-sized square area", 2.0, "A silver scarf.", color="silver")
    wanted, given = (
        Canvas(GlobalDescription("A meadow."), (replace(scarf, distance_to_viewer=d),)) for d in (2.0, 3.0)
    )
    message = Message("a silver scarf", wanted, "first")
    rights = [Answer(message, None, "", canvas, larger).right for canvas in (wanted, given) for larger in (True, False)]
    assert rights == [True, True, False, True]
    stood = Answer(message, wanted, "", given, larger=False)
    assert not stood.right, "what stood there is not to move"
    near = replace(message, canvas=Canvas(wanted.scene, (replace(scarf, distance_to_viewer=1.0),)))
    assert not Answer(near, None, "", given, larger=False).right, "how far away it is was said"


def test_which_is_named_first_matters_only_of_things_that_are_equally_far() -> None:
    boat, ball, sun = (
        placed_at(Region("", "", "", distance, f"A {name}."), Box(0, 0, 45, 45))
        for name, distance in (("red boat", 4.0), ("red ball", 4.0), ("yellow sun", 10.0))
    )
    wanted = Canvas(GlobalDescription("A meadow."), (boat, ball, sun))
    given = {each: replace(wanted, regions=each) for each in ((boat, sun, ball), (sun, boat, ball), (ball, boat, sun))}
    rights = [is_right(canvas, wanted, wanted, "add a red ball in front of the boat") for canvas in given.values()]
    assert rights == [True, True, False]
    assert not is_right(None, wanted, wanted, "add a red ball")


def test_evaluation_gives_none_to_a_canvas_that_never_changes_or_to_talk() -> None:
    empty = canvas_to_reply(Canvas(stage.canvas_of(Scene(())).scene))

    assert evaluate(lambda _: "I would rather talk.", conversations=3, beyond=3)["parse"] == 0.0
    stubborn = evaluate(lambda _: empty, conversations=3, beyond=3)
    assert (stubborn["parse"], stubborn["first"]) == (1.0, 0.0)
