"""What becomes of an interaction: one answer within three seconds, then a token for fifteen minutes.

Knows the answers' shapes; the server makes their messages.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.platforms.discord.rules import ApiError, Json
from tests.platforms.discord.world import Channel, Message, User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
ANSWER_WITHIN = 3.0
TOKEN_LIVES = 15 * 60.0
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_ALLOWED = {
    COMMAND: {MESSAGE, DEFER, MODAL},
    COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE},
}


@dataclass
class Interaction:
    """Something a person did, and how the bot answered."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    born: float
    message: Message | None = None
    answer: int | None = None
    answered_after: float = 0.0
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    original: Message | None = None
    loading: bool = False
    followups: list[Message] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def answered(self, kind: int, now: float) -> None:
        """Note the first answer.

        Raises:
            ApiError: if it is late, the second, or of a kind that this interaction cannot have.
        """
        if now - self.born > ANSWER_WITHIN:
            raise ApiError(404, 10062, "Unknown interaction")
        if self.answer is not None:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        if kind not in _ALLOWED[self.kind]:
            raise ApiError(400, 50035, f"callback of type {kind} for an interaction of type {self.kind}")
        self.answer = kind
        self.answered_after = now - self.born

    def check_token(self, now: float) -> None:
        """Raises: ApiError, if the token is dead or nothing has been answered yet."""
        if now - self.born > TOKEN_LIVES:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        if self.answer is None:
            raise ApiError(404, 10015, "Unknown Webhook")

    def metadata(self) -> Json:
        """What a message that answers it says of it."""
        return {"id": str(self.id), "type": self.kind, "user": self.user.json(), "authorizing_integration_owners": {}}

    def told(self) -> None:
        """Wake whoever waits for the answer."""
        self.news.set()

    @property
    def shown(self) -> Message | None:
        """The message that answers, once it says something."""
        if self.original is not None and not self.loading:
            return self.original
        return self.followups[0] if self.followups else None
