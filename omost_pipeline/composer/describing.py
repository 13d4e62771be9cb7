"""What a model that sees pictures is: something that composes the canvas of a picture in place of words.

What it writes is read as any other reply. Knows no model library and no server.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from omost_pipeline.composer.protocol import Composer
from omost_pipeline.composer.served.server import Server

if TYPE_CHECKING:
    from PIL.Image import Image

WORDS = (
    "Look at this picture and write the canvas that it could have been drawn from: the scene as a whole with its "
    "background, and one local description for each thing in it, where it is, as large as it is and in its color. "
    "What is nearer has a smaller distance_to_viewer. Describe only what can be seen."
)
"""What such a model is asked."""


@dataclass(frozen=True)
class Vision:
    """A model that sees: a hub name or a folder of transformers' image-text-to-text models, or one on a ``server``."""

    model: str
    server: Server | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.model or (self.server.url if self.server is not None else "")


class Describer(Protocol):
    """Sees pictures."""

    def looking_at(self, picture: Image) -> Composer:
        """What writes this picture's canvas, whatever it is told."""
        ...
