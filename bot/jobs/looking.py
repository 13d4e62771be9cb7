"""Has brought pictures looked at, as drawn ones are, before they are kept. Knows the engine by its protocol."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterable
from contextlib import aclosing

from PIL.Image import Image

from bot.errors import UserError
from bot.jobs.failures import BROUGHT_BLOCKED, BROUGHT_UNCHECKED
from bot.turns.picture_rules import PictureRules, UncheckedError, Veil
from omost_pipeline.engine.assets import picture_bytes
from omost_pipeline.engine.events import Failed, Looked
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.engine.requests import LookRequest

logger = logging.getLogger(__name__)


class PictureCheck:
    """What is done with brought pictures, by what the engine's image classifier sees in them."""

    def __init__(self, engine: Engine, rules: PictureRules) -> None:
        self._engine = engine
        self._rules = rules

    async def veil(self, image: Image, places: Iterable[str]) -> str:
        """What is done with a picture in a place that goes by these names; empty where it is shown as it is.

        Raises:
            UserError: if it is not to be shown, or could not be looked at; says so.
        """
        rules = self._rules.holding(places)
        if not rules.rules:
            return ""
        try:
            veil = rules.veil(await self._scores(image))
        except UncheckedError as error:
            logger.error("a brought picture is not shown: %s", error)  # noqa: TRY400 - it says all
            raise UserError(BROUGHT_UNCHECKED) from error
        if veil == Veil.BLOCK:
            logger.info("the image check does not let a brought picture through")
            raise UserError(BROUGHT_BLOCKED)
        return veil or ""

    async def _scores(self, image: Image) -> dict[str, float]:
        asset = await self._engine.assets.put(await asyncio.to_thread(picture_bytes, image))
        try:
            async with aclosing(self._engine.run(LookRequest(f"look {secrets.token_hex(4)}", asset))) as events:
                async for event in events:
                    if isinstance(event, Looked):
                        return event.scores
                    if isinstance(event, Failed):
                        raise UncheckedError(event.message)
        finally:
            await self._engine.assets.discard([asset])
        raise UncheckedError("the engine said nothing")
