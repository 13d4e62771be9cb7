"""The one way into the bot: what comes in is read and decided about, what was decided is done, and that is the answer.

    message, button or form → :mod:`decisions` → an order → :mod:`execution` → answer

Knows no platform's SDK and no model. Whatever takes time becomes a job.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable

from bot.errors import MessageGoneError, UserError
from bot.jobs.failures import explanation
from bot.jobs.looking import PictureCheck
from bot.jobs.queue import Queue
from bot.messages import Author, Incoming, Notice, Place, Reply, Said
from bot.requests.characters import CharacterRequests
from bot.requests.decisions import Decisions
from bot.requests.execution import Execution
from bot.requests.gallery import Gallery
from bot.requests.limits import Limits, limits_for
from bot.requests.preferences import DefaultForms
from bot.store.assets import Pictures
from bot.store.characters import Characters
from bot.store.preferences import Preferences
from bot.store.turns import Store
from bot.telling import replies
from bot.telling.announcer import Announcer
from bot.telling.views import Views
from bot.turns.conversation import TurnRecord
from omost_pipeline.errors import OmostError
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.spec import LARGEST_SEED

logger = logging.getLogger(__name__)


def random_seed() -> int:
    """A seed with room for some rerolls after it."""
    return random.randrange(LARGEST_SEED - 1000)


class Handlers:
    """Answers everything that comes in; :meth:`handle` is the way into the bot.

    ``swept`` is called when pictures were removed, to delete their files; ``check`` looks at pictures that are brought.
    """

    def __init__(
        self,
        store: Store,
        queue: Queue,
        announcer: Announcer,
        views: Views,
        pictures: Pictures,
        info: RendererInfo,
        limits: Limits | None = None,
        new_seed: Callable[[], int] = random_seed,
        swept: Callable[[], Awaitable[None]] | None = None,
        check: PictureCheck | None = None,
    ) -> None:
        limits = limits or limits_for(info)
        gallery = Gallery(store, queue, views)
        preferences = DefaultForms(Preferences(store), limits)
        characters = CharacterRequests(Characters(store), gallery, info)
        self._decisions = Decisions(gallery, preferences, characters, info, limits, new_seed)
        self._execution = Execution(store, queue, announcer, pictures, info, limits.allowance, swept, check)

    def use(self, limits: Limits) -> None:
        """Other limits hold from now on, for what is asked from now on."""
        self._decisions.use(limits)
        self._execution.use(limits.allowance)

    async def handle(self, incoming: Incoming) -> Reply:
        """Do what is wanted. A Notice says why something was not done; None means that a message in the place does."""
        try:
            order = await self._decisions.order_for(incoming)
            return await self._execution.carry_out(order, incoming.place, incoming.author)
        except MessageGoneError:
            return Notice(replies.CANNOT_POST)
        except OmostError as error:
            return _refusal(error)

    async def remove(self, turn: TurnRecord, by: Author) -> None:
        """Take a turn's pictures out of its messages in somebody's name."""
        await self._execution.carry_out(await self._decisions.removal(turn), Place("", ""), by)

    async def admit(self, incoming: Incoming) -> Reply:
        """What to answer in place of opening a new thread for words; None where they begin a picture.

        For platforms that make a place for each conversation: refusals need none, nor do commands that draw nothing.
        """
        if not isinstance(incoming, Said):
            return None
        if not self._decisions.draws(incoming):
            return await self.handle(incoming)
        try:
            await self._decisions.check(incoming)
            await self._execution.check(incoming.place, incoming.author)
        except OmostError as error:
            return _refusal(error)
        return None


def _refusal(error: OmostError) -> Reply:
    if not isinstance(error, UserError):
        # Some errors quote what somebody wrote: their kind is enough here.
        logger.warning("a request could not be served: %s", type(error).__name__)
    return Notice(explanation(error))
