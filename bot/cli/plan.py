"""``omost-bot plan``: how a profile's models would share graphics cards of several sizes, in a table or as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from bot.cli.arguments import ConfigOption, JsonOption, ProfileOption
from bot.cli.terminal import Terminal
from bot.ops.plans import JOBS, CardPlan, plan_on
from bot.settings.config import load_settings
from omost_pipeline.memory import GIB, KV_CACHES
from omost_pipeline.profiles import Profile

CARDS = (6.0, 8.0, 12.0, 16.0, 24.0)
"""Sizes that graphics cards are sold in, in GiB."""


def plan(
    profile: ProfileOption = None,
    card: Annotated[
        list[float] | None,
        typer.Option("--card", metavar="GIB", min=1, max=1024, help="A card's memory; may be repeated."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how the models would share graphics cards, and how often they would change places for 20 jobs."""
    terminal = Terminal()
    settings = load_settings(config)
    chosen = (settings if profile is None else settings.with_changes(profile=profile)).chosen_profile()
    plans = [plan_on(chosen, gib) for gib in card or CARDS]
    if as_json:
        cards = [_report(each) for each in plans]
        terminal.json({"profile": chosen.name, "jobs": JOBS, "kv_caches_gib": _kv_caches_gib(chosen), "cards": cards})
    else:
        terminal.out.print(_table(chosen.name, plans))
        if waiting := _kv_caches_gib(chosen):
            terminal.out.print(f"Conversations that wait take up to {waiting:g} GiB of the computer's memory.")
        if chosen.vision is not None and chosen.vision.server is None:
            terminal.out.print(
                f"While {chosen.vision.model} describes a picture it has the place of both: it must fit a card alone."
            )


def _kv_caches_gib(profile: Profile) -> float:
    """What the KV caches of idle conversations may take of the computer's memory; a server has its own."""
    return 0.0 if profile.server else KV_CACHES / GIB


def _report(found: CardPlan) -> dict[str, object]:
    return {**asdict(found), "plan": {**asdict(found.plan), "words": str(found.plan)}}


def _table(name: str, plans: list[CardPlan]) -> Table:
    table = Table("card", "plan", "most in use", "models loaded", "swaps", title=f"{name}: {JOBS} jobs")
    for each in plans:
        figures = f"{each.most_gib:.1f} GiB", str(each.loads), str(each.swaps)
        table.add_row(f"{each.card_gib:g} GiB", str(each.plan), *figures)
    return table
