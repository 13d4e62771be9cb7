"""Whether first requests as people write them become the things that they name: two hundred, none ever trained on.

A request is right if each of its things, and each of its colours, stands in a region of its own; it is exact if nothing
else stands there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypedDict

import torch

from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import ComposeOptions, Composer
from omost_pipeline.engine.residency import Models
from omost_pipeline.errors import OmostError
from omost_pipeline.profiles import PROFILES

FILE = Path(__file__).with_name("first_requests.txt")


class Missed(TypedDict):
    """A request that is not right, what it names, and the descriptions that came."""

    words: str
    wanted: list[str]
    found: list[str]


class Requests(TypedDict):
    """Shares (0…1) of requests that are right, and exact, and those that are not right."""

    requests: int
    right: float
    exact: float
    missed: list[Missed]


@dataclass(frozen=True)
class Request:
    """A first request, and the things that it names, with their colours where it names those."""

    words: str
    things: tuple[str, ...]


def run(profile: str = "tiny-world", first: int | None = None) -> Requests:
    """Ask a profile's composer for every request of the file, or so many, taking the likeliest token each time.

    Raises:
        OmostError: if the composer cannot be loaded.
    """
    torch.set_num_threads(1)
    composer = Models(PROFILES[profile]).composer()
    return summed([(request, _asked(composer, request.words)) for request in islice(requests(), first)])


def requests() -> Iterator[Request]:
    """Those of the file: words, an equals sign, and things between commas."""
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            words, _, things = line.partition("=")
            yield Request(words.strip(), tuple(thing.strip() for thing in things.split(",") if thing.strip()))


def summed(answers: Sequence[tuple[Request, Sequence[str]]]) -> Requests:
    """The answers, descriptions of regions, summed up."""
    left = [left_over(request.things, found) for request, found in answers]
    missed: list[Missed] = [
        {"words": request.words, "wanted": list(request.things), "found": list(found)}
        for (request, found), rest in zip(answers, left, strict=True)
        if rest is None
    ]
    return {
        "requests": len(answers),
        "right": sum(rest is not None for rest in left) / max(len(answers), 1),
        "exact": sum(rest == 0 for rest in left) / max(len(answers), 1),
        "missed": missed,
    }


def left_over(things: Sequence[str], found: Sequence[str]) -> int | None:
    """How many descriptions name none of the things; None if a thing has none of its own."""
    rest = [set(description.lower().rstrip(".").split()) for description in found]
    for thing in sorted(things, key=len, reverse=True):  # those with a colour first, which fewer descriptions name
        own = next((words for words in rest if set(thing.split()) <= words), None)
        if own is None:
            return None
        rest.remove(own)
    return len(rest)


def _asked(composer: Composer, words: str) -> list[str]:
    found: list[str] = []
    try:
        for news in compose_canvas(composer, (), words, ComposeOptions(temperature=0.0)):
            if isinstance(news, Composition):
                found = [region.description for region in news.parsed.canvas.regions]
    except OmostError:  # no canvas is no things
        pass
    return found
