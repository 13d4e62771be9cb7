"""What the bot raises where somebody asks for what cannot be had; its sentences are for whoever asked.

omost_pipeline.errors.OmostError
  UserError              with a text of the catalogues
    InputError           something entered cannot be used (bot.requests)
    QueueFullError       more is asked for than is allowed (bot.jobs)
  StoreError             the database cannot be used (bot.store)
"""

from __future__ import annotations

from bot.catalogues.catalogue import say
from bot.catalogues.text import Wording
from omost_pipeline.errors import OmostError


class UserError(OmostError):
    """What somebody asked for cannot be had; ``wording`` says why, and what can."""

    def __init__(self, wording: Wording) -> None:
        super().__init__(say(wording))
        self.wording = wording
