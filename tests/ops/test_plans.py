"""How models share cards of several sizes, and how often they change places for a queue of jobs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.program import status_of
from bot.jobs.job import JobKind
from bot.ops.plans import JOBS, mixed_jobs, plan_on
from omost_pipeline.errors import MemoryShortError
from omost_pipeline.memory import GIB, PLANS, RESERVED, Placement, Plan
from omost_pipeline.profiles import PROFILES
from omost_pipeline.renderer.recipe import Precision

OMOST = PROFILES["omost"]
BOTH_STAY = Plan(Placement.WHOLE, together=True)


@pytest.mark.parametrize("gib", [6, 8, 12, 16, 24])
@pytest.mark.parametrize("name", ["omost", "omost-dolphin", "omost-phi"])
def test_each_card_holds_its_plan_and_swaps_once_in_four_jobs_at_most(name: str, gib: float) -> None:
    found = plan_on(PROFILES[name], gib)
    assert found.most_gib <= gib - RESERVED / GIB
    assert found.swaps <= JOBS / 4
    assert (found.swaps > 0) is found.plan.swaps


@pytest.mark.parametrize(
    ("gib", "plan", "loads"),
    [
        (6, Plan(Placement.LAYERS, on_host=True), 2),
        (8, Plan(Placement.PARTS), 3),
        (12, Plan(Placement.WHOLE), 4),
        (16, BOTH_STAY, 2),
        (24, BOTH_STAY, 2),
    ],
)
def test_plans_of_the_default_models(gib: float, plan: Plan, loads: int) -> None:
    found = plan_on(OMOST, gib)
    assert (found.plan, found.loads) == (plan, loads)


@pytest.mark.parametrize(
    ("precision", "gib", "plan", "most"),
    [
        ("half", 6, Plan(Placement.LAYERS, on_host=True), 2.5),
        ("half", 8, Plan(Placement.LAYERS, on_host=True), 2.5),
        ("half", 12, Plan(Placement.PARTS), 9.5),
        ("half", 16, Plan(Placement.PARTS), 9.5),
        ("half", 24, BOTH_STAY, 17.0),
        ("nf4", 8, BOTH_STAY, 6.9),
    ],
)
def test_one_language_model_for_words_and_pictures_counts_once(
    precision: Precision, gib: float, plan: Plan, most: float
) -> None:
    found = plan_on(replace(PROFILES["klein"], precision=precision), gib)
    assert (found.plan, found.loads) == (plan, 2)
    assert found.most_gib == pytest.approx(most, abs=0.2)


def test_the_queue_is_mixed() -> None:
    kinds = [job.kind for job in mixed_jobs()]
    assert len(kinds) == JOBS
    assert kinds.count(JobKind.RENDER) == JOBS / 4


def test_a_plan_that_somebody_insists_on_gives_way_where_the_memory_does_not_suffice() -> None:
    insisting = replace(OMOST, sharing="together")
    assert plan_on(insisting, 16).plan == PLANS["together"]
    assert plan_on(insisting, 8).plan == Plan(Placement.PARTS)


def test_a_card_too_small_for_any_plan_is_told() -> None:
    with pytest.raises(MemoryShortError, match=r"omost does not fit a card of 3 GiB: 2\.5 GiB are needed, 2\.4 are"):
        plan_on(OMOST, 3)


def test_plans_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["plan", "--profile", "omost", "--card", "8", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["profile"], report["jobs"]) == ("omost", JOBS)
    (card,) = report["cards"]
    assert (card["card_gib"], card["swaps"], card["loads"]) == (8, 3, 3)
    assert card["plan"]["placement"] == "parts"
    assert card["plan"]["words"].startswith("the models take turns")


@pytest.mark.slow
def test_plans_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["plan", "--profile", "omost"]) == 0
    said = capsys.readouterr().out
    assert all(gib in said for gib in ("6 GiB", "8 GiB", "12 GiB", "16 GiB", "24 GiB"))
    assert status_of(["plan", "--profile", "omost", "--card", "2"]) == 1
    assert "does not fit a card of 2 GiB" in capsys.readouterr().err


def test_a_vision_model_is_told_of(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMOST_VISION__MODEL", "some/seeing-model")
    assert status_of(["plan", "--profile", "omost", "--card", "8"]) == 0
    assert "While some/seeing-model describes a picture" in " ".join(capsys.readouterr().out.split())
