"""What an engine is: requests in, events out, pictures as assets.

Everything that crosses is plain data, so an engine may be this process, a cluster or a stand-in in a test. Callers know
no torch, no device and no plan of memory.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Protocol

from omost_pipeline.engine.events import Event
from omost_pipeline.engine.requests import Request
from omost_pipeline.renderer.options import SizeLimits


@dataclass(frozen=True)
class EngineInfo:
    """What an engine's models are, for those who ask it and for those who are told.

    ``sizes`` are the sides it draws. ``capacity`` is how many requests it can make use of at once; more may be sent,
    and wait there.
    """

    profile: str
    composer: str
    renderer: str
    sizes: SizeLimits
    capacity: int = 1


class Assets(Protocol):
    """Bytes by id, for as long as somebody has use for them."""

    async def put(self, content: bytes) -> str:
        """Keep some bytes; gives their id."""
        ...

    async def get(self, asset: str) -> bytes:
        """An asset's bytes.

        Raises:
            AssetGoneError: if it was discarded, or the engine kept it no longer.
        """
        ...

    async def discard(self, assets: Iterable[str]) -> None:
        """Keep some assets no longer; unknown ones are none."""
        ...


class Engine(Protocol):
    """Composes and draws."""

    @property
    def assets(self) -> Assets:
        """Where the pictures of requests and events are. A picture is a binary PPM file: quick, and without loss."""
        ...

    async def describe(self) -> EngineInfo:
        """What the engine is."""
        ...

    async def prepare(self) -> None:
        """Load the models before anybody asks. What goes wrong is told to who asks for something, and not here."""
        ...

    def run(self, request: Request) -> AsyncGenerator[Event]:
        """Do what is asked. Closing the generator cancels it, at the model's next step or token.

        What goes wrong is the last event, :class:`~omost_pipeline.engine.events.Failed`, and never an exception.
        """
        ...

    async def close(self) -> None:
        """Let the models go. What still runs is cancelled first."""
        ...
