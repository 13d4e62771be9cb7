"""Places and times in the words that the bundled composer was taught: "on the beach" for "at the seaside".

A scene is one of a few, and people have many words for each. Knows no canvas.
"""

from __future__ import annotations

import re

from omost_pipeline.bundled.glossary.entries import alternatives

_SAID: dict[str, str] = {
    "in a meadow": "in the grass|on grass|on a lawn|on the lawn|in the meadows|in a pasture|on a pasture|in the fields",
    "at night": "at midnight|after dark|late at night|in the middle of the night|in the moonlight|by moonlight",
    "on the beach": "at the seaside|on the shore|on the seashore|at the shore|on the coast|at the coast|by the ocean|"
    "at the sea",
    "the beach": "the seaside|the seashore",
    "in the snow": "in deep snow|in winter time|in wintertime|on a winter day|on a snowy day",
    "at sunset": "during a sunset|during the sunset|at twilight|at nightfall|in the evening sun|at sundown",
    "under the sea": "deep in the sea|deep under the sea|at the bottom of the sea|on the sea floor|"
    "on the seabed|on the ocean floor|beneath the waves|under the ocean",
    "in a room": "inside the house|in the house|inside a house",
    "in the desert": "out in the desert|in the sahara|on a sand dune",
    "in outer space": "in deep space|in orbit|in the universe|in the galaxy|far out in space",
    "in the city": "in the middle of a city|in the middle of the city|in the big city|in the city centre|"
    "in the city center|in the streets|in a town|in the town",
    "in the rain": "in pouring rain|in the pouring rain|in heavy rain",
    "in a storm": "in a thunderstorm|in the thunderstorm",
    "in the fog": "in thick fog|in dense fog|in the thick fog",
    "in autumn": "in late autumn|in early autumn|in the autumn",
    "in the sky": "high in the sky|high up in the sky|above the clouds|up in the clouds",
    "at sunrise": "during sunrise|during the sunrise|at the break of day|in the morning sun",
}
TAUGHT = {said: taught for taught, words in _SAID.items() for said in words.split("|")}
"""What is said, without capitals → what was taught."""
_PLACE = re.compile(rf"\b(?:{alternatives(TAUGHT)})\b(?! of\b(?! course))", re.IGNORECASE)


def with_known_places(words: str, things: str = "") -> str:
    """``words`` with their places and times as they were taught.

    A house that is itself in the picture, of which ``things`` tell as ``words`` do, is no place.
    """

    def known(found: re.Match[str]) -> str:
        thing = found[0].rpartition(" ")[2].lower()
        is_there = re.search(
            rf"\b{thing}\b", f"{things} {words[: found.start()]} {words[found.end() :]}", re.IGNORECASE
        )
        return found[0] if thing == "house" and is_there else TAUGHT[found[0].lower()]

    return _PLACE.sub(known, words)
