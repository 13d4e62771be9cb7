"""Drafts while people talk, and the finished picture of one: smaller and in fewer steps, then from the same picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.messages import Action, Choices, Notice
from bot.settings.config import load_settings
from bot.turns.conversation import TurnRecord, drawn_as
from omost_pipeline.renderer.drafts import as_drawn
from omost_pipeline.renderer.highres import second_pass
from omost_pipeline.renderer.options import SizeLimits, options_of
from omost_pipeline.renderer.spec import DRAFT, ENHANCE, SIZE, STEPS, Spec
from tests.bot_parts import Bot, opened, working
from tests.fakes import EditingModels, until
from tests.requests.test_larger import drawn, newest

SDXL = SizeLimits(64, 256, 2048)


@pytest.mark.parametrize(
    ("size", "steps", "small", "fewer"),
    [((896, 1152), 25, (768, 960), 10), ((512, 2048), 25, (512, 1728), 10), ((1024, 1024), 4, (832, 832), 4)],
)
def test_a_draft_takes_a_fraction_of_the_work_and_its_finished_picture_has_exactly_the_size(
    size: tuple[int, int], steps: int, small: tuple[int, int], fewer: int
) -> None:
    asked = Spec().having(SIZE, size).having(STEPS, steps)
    draft = as_drawn(asked.having(DRAFT, "on"), SDXL)
    assert (draft.of(SIZE), draft.get(STEPS)) == (small, fewer)
    finished = options_of(as_drawn(asked.having(DRAFT, "on").having(ENHANCE, size), SDXL))
    assert finished.highres is not None
    last = second_pass(finished, finished.highres, SDXL, Image.new("RGB", small))
    assert (last.width, last.height) == size
    assert as_drawn(asked, SDXL) == asked


def buttons(bot: Bot, message: str) -> list[Action]:
    return [button.action for button in bot.chat.shown[message].buttons]


async def enhanced(bot: Bot, turn: str, number: int) -> TurnRecord:
    assert await bot.press(Action.ENHANCE, turn) is None
    await until(lambda: len(bot.chat.finished()) == number)
    return await newest(bot)


async def test_a_draft_is_small_and_its_finished_picture_begins_with_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        draft = await drawn(bot, "/imagine --draft on a red house")
        assert bot.chat.shown["m1"].footer == "Seed 100 · 192 × 192 · draft · tiny"
        assert Action.ENHANCE in buttons(bot, "m1")
        assert Action.LARGER not in buttons(bot, "m1")
        keeper = await enhanced(bot, draft, 2)
        assert (keeper.parent, keeper.draft.seed, keeper.draft.spec.get(ENHANCE)) == (draft, 100, (192, 192))
        begun = bot.engine.enlarged[-1]
        assert begun is not None
        assert begun.size == (192, 192)
        assert len(bot.engine.composed) == 1, "the same canvas"
        assert bot.chat.shown["m2"].footer == "Seed 100 · 192 × 192 · tiny"
        assert Action.LARGER in buttons(bot, "m2")
        again = await bot.press(Action.ENHANCE, keeper.id)
        assert again == Notice(say(Text("enhanced-already")))


@pytest.mark.slow
async def test_what_follows_a_finished_picture_is_a_draft_that_begins_with_the_draft(tmp_path: Path) -> None:
    async with opened(tmp_path, engine=EditingModels()) as bot, working(bot):
        keeper = await enhanced(bot, await drawn(bot, "/imagine --draft on a red house"), 2)
        await drawn(bot, "add a tree")
        following = await newest(bot)
        assert (following.parent, following.draft.spec.get(ENHANCE)) == (keeper.id, None)
        assert following.draft.spec.get(DRAFT) == "on"
        assert following.edited is not None
        assert following.edited.whole is None, "the draft has the size and the steps of this one"


@pytest.mark.slow
async def test_one_setting_makes_every_first_picture_a_draft_and_people_can_say_otherwise(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('profile = "tiny"\n[render]\ndraft = "on"\n', encoding="utf-8")
    settings = load_settings(tmp_path / "config.toml", {})
    async with opened(tmp_path, settings=settings) as bot, working(bot):
        await drawn(bot)
        turn = await newest(bot)
        spec = drawn_as(turn.draft, settings.renderer_info())
        assert (turn.draft.spec.get(STEPS), spec.get(STEPS)) == (16, 6)
        await drawn(bot, "/imagine --draft off a boat")
        assert "draft" not in bot.chat.shown["m2"].footer


@pytest.mark.slow
async def test_of_several_drafts_one_is_chosen(tmp_path: Path) -> None:
    async with opened(tmp_path) as bot, working(bot):
        draft = await drawn(bot, "/imagine --draft on --count 2 a red house")
        asked = await bot.press(Action.ENHANCE, draft)
        assert isinstance(asked, Choices)
        assert asked.action is Action.ENHANCE
        keeper = await enhanced(bot, f"{draft}-2", 2)
        assert keeper.draft.seed == 101
