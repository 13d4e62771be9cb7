"""What becomes of a conversation and of the limits when other models draw, or other sizes are set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.assembly.policies import limits_of
from bot.messages import Action
from bot.requests.commands import Wish, read_command
from bot.requests.limits import InputError, limits_for, read_size
from bot.requests.options import parameters
from bot.settings.config import Settings
from bot.turns.conversation import drawn_as, first_request
from omost_pipeline.engine.info import renderer_info
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.options import options_of as render_options
from omost_pipeline.renderer.recipe import Lora
from omost_pipeline.renderer.spec import GUIDANCE
from tests.bot_parts import opened, working
from tests.fakes import FakeModels, until

TINY = PROFILES["tiny"]
QUICK = replace(TINY, sampler="euler", loras=(Lora("loras/fast.safetensors"),), steps=4, guidance=1.0)
"""The same profile after somebody has added a LoRA for few steps."""


@pytest.mark.slow
async def test_follow_ups_rerolls_and_retries_take_the_steps_and_guidance_of_the_model_that_draws(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, engine=FakeModels(profile=TINY)) as bot, working(bot):
        assert await bot.say("/imagine --steps 30 --guidance 7 --negative fog a quay") is None
        await until(lambda: len(bot.chat.finished()) == 1)
        assert bot.chat.finished()[0].footer == "Seed 100 · 192 × 192 · tiny"
        turn = await bot.head()
    async with opened(tmp_path, engine=FakeModels(profile=QUICK)) as bot, working(bot):
        assert await bot.say("at night") is None
        await until(lambda: len(bot.chat.finished()) == 1)
        assert await bot.press(Action.REROLL, turn) is None
        await until(lambda: len(bot.chat.finished()) == 2)
        for _, drawn in bot.engine.drawn:
            assert (drawn.steps, drawn.guidance, drawn.negative_prompt) == (4, 1.0, "fog")
        why = "drawn whole, because another model drew the previous picture"
        assert bot.chat.finished()[0].footer == f"Seed 100 · 192 × 192 · tiny + fast · {why}"
        assert await bot.say("/edit --steps 6 with a moon") is None
        await until(lambda: len(bot.chat.finished()) == 3)
        assert await bot.say("and stars") is None
        await until(lambda: len(bot.chat.finished()) == 4)
        assert bot.engine.drawn[-1][1].steps == 6, "what was asked of this model holds for what follows"


@pytest.mark.slow
async def test_work_that_failed_is_retried_as_the_model_of_now_draws(tmp_path: Path) -> None:
    async with opened(tmp_path, engine=FakeModels(profile=TINY, error=RuntimeError("broken"))) as bot, working(bot):
        assert await bot.say("a quay") is None
        await until(lambda: bot.chat.finished() or "wrong" in bot.chat.shown["m1"].text)
    async with opened(tmp_path, engine=FakeModels(profile=QUICK)) as bot, working(bot):
        assert await bot.press(Action.RETRY, await bot.head()) is None
        await until(lambda: bot.engine.drawn)
        assert bot.engine.drawn[0][1].steps == 4


def test_a_renderer_without_guidance_offers_none() -> None:
    info = Settings().renderer_info()
    others = tuple(option for option in info.options if option is not GUIDANCE)
    plain = replace(info, usual=info.usual.without(GUIDANCE), options=others)
    limits = limits_for(plain)
    assert "guidance" not in {parameter.name for parameter in parameters(limits)}
    assert read_command("/imagine --guidance 5 a quay", limits.options).wish is Wish.UNKNOWN
    draft = first_request("a quay", plain, 7)
    assert GUIDANCE not in draft.spec
    assert render_options(drawn_as(draft, plain)).guidance == 1.0


def test_two_models_have_one_fingerprint_only_if_they_draw_alike() -> None:
    variants = (
        TINY,
        QUICK,
        replace(TINY, sampler="euler"),
        replace(TINY, renderer="me/other"),
        replace(TINY, loras=(Lora("a", 0.5),)),
        replace(TINY, loras=(Lora("a", 1.0),)),
    )
    assert len({renderer_info(variant).fingerprint for variant in variants}) == len(variants)
    same = replace(TINY, name="other", composer="me/chat", steps=3, width=64, method="score")
    assert renderer_info(same).fingerprint == renderer_info(TINY).fingerprint


def test_a_model_is_called_by_its_name() -> None:
    names = {
        "SG161222/RealVisXL_V4.0": "RealVisXL_V4.0",
        "/models/juggernautXL.safetensors": "juggernautXL",
        "owner/name/file.safetensors": "file",
        "C:\\models\\anime": "anime",
    }
    assert {source: renderer_info(replace(TINY, renderer=source)).name for source in names} == names


@pytest.mark.parametrize(
    ("profile", "width", "height", "shortest", "longest"),
    [("tiny", 512, 512, 64, 384), ("omost", 192, 192, 256, 2048), ("omost", 1024, 768, 256, 2048)],
)
def test_sizes_are_limited_by_the_model_and_not_by_what_is_set(
    profile: str, width: int, height: int, shortest: int, longest: int
) -> None:
    settings = Settings.model_validate({"profile": profile, "render": {"width": width, "height": height}})
    limits = limits_of(settings, settings.renderer_info())
    assert (limits.shortest, limits.longest) == (shortest, longest)
    with pytest.raises(InputError, match="out of range"):
        read_size(f"{longest + 64}x{longest}", limits)
