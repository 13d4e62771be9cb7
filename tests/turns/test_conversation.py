"""The turn tree: what following, editing, rerolling and undoing mean."""

from __future__ import annotations

from dataclasses import replace

from bot.messages import Author
from bot.turns.conversation import (
    Draft,
    Model,
    Picture,
    TurnRecord,
    asked,
    drawn_as,
    edited,
    enlarged,
    first_request,
    following,
    history,
    path,
    rerolled,
    title,
    undone,
    varied,
)
from bot.turns.styles import STYLE
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.recipe import Lora
from omost_pipeline.renderer.spec import (
    COUNT,
    GUIDANCE,
    LARGER,
    LARGEST_SEED,
    NEGATIVE,
    SEED,
    STEPS,
    Spec,
)
from tests.fakes import TINY, canvas_for, info_of

OMOST = info_of("omost")
QUICK = info_of(replace(PROFILES["tiny"], sampler="euler", loras=(Lora("fast.safetensors"),), steps=4, guidance=1.0))
"""The models of the same profile with a LoRA for few steps."""


def having(draft: Draft, **values: object) -> Draft:
    return replace(draft, spec=draft.spec | Spec(values))


def turn(name: str, draft: Draft) -> TurnRecord:
    return TurnRecord(name, 1, Author("1", "Ann"), 0.0, draft)


def drawn(name: str, parent: TurnRecord | None = None, seed: int = 100) -> TurnRecord:
    draft = first_request(f"words of {name}", TINY, seed)
    return turn(name, replace(draft, parent=parent.id if parent else None, canvas=canvas_for(name)))


def tree(*turns: TurnRecord) -> dict[str, TurnRecord]:
    return {each.id: each for each in turns}


A = drawn("a")
B = drawn("b", A)
C = drawn("c", B)
OTHER = drawn("other", A)


def test_the_path_leads_from_the_root_to_the_head_past_siblings() -> None:
    assert path(tree(A, B, C, OTHER), "c") == (A, B, C)
    assert path(tree(A, B, C, OTHER), "other") == (A, OTHER)
    assert path(tree(A), None) == ()


def test_a_path_whose_oldest_turns_are_not_loaded_begins_with_the_oldest_loaded() -> None:
    assert path(tree(B, C), "c") == (B, C)


def test_history_is_oldest_first_and_passes_over_turns_without_a_canvas() -> None:
    failed = turn("failed", replace(C.draft, canvas=None))
    assert [each.words for each in history((A, failed, C))] == ["words of a", "words of c"]


def test_a_following_turn_keeps_seed_and_size_and_is_composed() -> None:
    large = turn("large", having(A.draft, size=(256, 192), seed=7, count=4))
    draft = following(large, "add a tree", TINY)
    assert (draft.parent, draft.width, draft.seed, draft.images, draft.canvas) == ("large", 256, 7, 1, None)


def test_a_following_turn_is_drawn_as_the_one_before_but_not_enlarged_again() -> None:
    special = having(A.draft, steps=30, guidance=7.0, initial=0.97, negative="fog", larger=1.5, style="ink", count=3)
    draft = following(turn("special", special), "add a tree", TINY)
    kept = special.spec.without(LARGER, STYLE, COUNT)
    assert draft == replace(special, parent="special", words="add a tree", canvas=None, spec=kept)


def test_what_a_later_version_asked_for_goes_along() -> None:
    later = turn("later", having(A.draft, shine={"mode": "region", "strength": 0.4}, mask=["a", 1]))
    for draft in (following(later, "add a tree", TINY), rerolled(later, [], OMOST)):
        assert draft.spec.values["shine"] == {"mode": "region", "strength": 0.4}
        assert Spec.from_json(draft.spec.to_json()) == draft.spec


def test_other_models_of_the_same_profile_draw_with_their_own_steps_and_guidance() -> None:
    asked_for = turn("asked", having(A.draft, steps=30, guidance=7.0, size=(256, 128), negative="fog"))
    for draft in (following(asked_for, "add a tree", QUICK), rerolled(asked_for, [], QUICK)):
        assert (draft.spec.get(STEPS), draft.spec.get(GUIDANCE)) == (4, 1.0)
        assert (draft.size, draft.spec.get(NEGATIVE), draft.model.name) == ((256, 128), "fog", "tiny + fast")
    redone = drawn_as(asked_for.draft, QUICK)
    assert (redone.get(STEPS), redone.get(GUIDANCE), redone.get(NEGATIVE)) == (4, 1.0, "fog"), "a retry, say"
    assert drawn_as(asked_for.draft, TINY).get(STEPS) == 30


def test_of_turns_from_before_fingerprints_the_profile_tells_who_drew_them() -> None:
    old = turn("old", replace(having(A.draft, steps=30), model=Model("tiny", "tiny")))
    assert following(old, "add a tree", TINY).spec.get(STEPS) == 30
    assert following(old, "add a tree", OMOST).spec.get(STEPS) == 25


def test_enlarging_is_a_child_with_the_pictures_seed() -> None:
    four = turn("four", varied(B, [], TINY))
    draft = enlarged(four, Picture("four", 2, 103, "pictures/x.png", 192, 192), 1.5, TINY)
    assert draft == replace(
        four.draft, parent="four", spec=four.draft.spec.having(SEED, 103).having(LARGER, 1.5).without(COUNT)
    )
    larger = turn("larger", draft)
    assert asked(tree(A, B, four, larger), larger) == asked(tree(A, B, four), four)
    assert LARGER not in rerolled(larger, [], TINY).spec


def test_a_following_turn_of_another_profile_takes_the_new_ones_size() -> None:
    draft = following(A, "add a tree", OMOST)
    assert (draft.size, draft.spec.get(STEPS), draft.profile) == ((896, 1152), 25, "omost")


def test_editing_the_words_makes_a_sibling_to_compose() -> None:
    draft = edited(B, "new words", TINY)
    assert (draft.parent, draft.words, draft.canvas) == ("a", "new words", None)


def test_editing_without_other_words_keeps_the_canvas() -> None:
    assert edited(B, B.words, TINY) == B.draft


def test_rerolling_takes_a_seed_that_no_sibling_used() -> None:
    first = turn("first", rerolled(B, [], TINY))
    assert first.draft == having(B.draft, seed=101)
    assert rerolled(B, [first], TINY).seed == 102


def test_variations_are_the_four_seeds_after_this_one() -> None:
    draft = varied(B, [], TINY)
    assert (draft.seed, draft.images, draft.canvas, draft.parent) == (101, 4, B.canvas, "a")
    assert rerolled(B, [turn("varied", draft)], TINY).seed == 105


def test_seeds_start_over_where_they_would_leave_their_range() -> None:
    last = drawn("last", seed=LARGEST_SEED)
    assert rerolled(last, [], TINY).seed == 0
    assert varied(drawn("near", seed=LARGEST_SEED - 2), [], TINY).seed == 0


def test_drawing_again_after_a_change_of_profile_uses_the_new_models_settings() -> None:
    draft = rerolled(B, [], OMOST)
    assert (draft.profile, draft.width, draft.spec.get(STEPS), draft.canvas) == ("omost", 896, 25, B.canvas)
    large = turn("large", having(B.draft, size=(768, 768)))
    assert rerolled(large, [], OMOST).size == (768, 768), "a size that it draws well stays"


def test_undoing_leads_to_the_nearest_ancestor_with_a_canvas() -> None:
    failed = turn("failed", replace(B.draft, canvas=None, parent="a"))
    after = turn("after", replace(C.draft, parent="failed"))
    assert undone(tree(A, failed, after), "after") == A
    assert undone(tree(A), "a") is None


def test_a_title_is_the_first_words_on_one_line() -> None:
    assert title("a red\n house") == "a red house"
    assert title('/imagine --count 3 --negative "no fog" a dog --size wide') == "a dog"
    assert (title("/help"), title("a 2--3 year old cat")) == ("/help", "a 2--3 year old cat")
    assert title("/imagine —size=wide a dog") == "a dog", "as a telephone writes it"
    assert len(title("word " * 100)) <= 60
    assert title("word " * 100).endswith("word…")
    assert len(title("x" * 500)) == 60
