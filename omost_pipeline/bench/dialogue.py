"""How well a composer follows a conversation: the share of held-out messages after which the canvas is exactly right.

The questions and the marking are :mod:`omost_pipeline.world.evaluate_dialogue`'s; here the real composer answers them,
with its own prompt and trimming, taking the likeliest token each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from omost_pipeline.canvas.parser import parse_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.profiles import PROFILES
from omost_pipeline.world.evaluate_dialogue import CONVERSATIONS, CONVERSATIONS_BEYOND, Reply, Shares, evaluate


def run(models: Models | None = None, conversations: int = CONVERSATIONS, beyond: int = CONVERSATIONS_BEYOND) -> Shares:
    """Evaluate ``models``, by default the bundled ones, whose world the conversations are about.

    Raises:
        OmostError: if the composer cannot be loaded or fails.
    """
    models = models or Models(PROFILES["tiny"])
    larger = models.profile.name == "tiny-world"
    return evaluate(reply_with(models.composer()), conversations, beyond, larger)


def reply_with(composer: Composer) -> Reply:
    """A function from chat messages (user and assistant by turns, a user's last) to the composer's whole reply."""

    def reply(messages: Sequence[dict[str, str]]) -> str:
        *earlier, last = [message["content"] for message in messages]
        history = [
            Turn(words, parse_canvas(answer).canvas) for words, answer in zip(earlier[::2], earlier[1::2], strict=True)
        ]
        return "".join(composer.compose(history, last, ComposeOptions(temperature=0.0)))

    return reply
