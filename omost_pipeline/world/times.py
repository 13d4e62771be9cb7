"""Another time of day, season or weather for the whole picture, where an edit asks for no more: "day instead of night".

A small model knows how some of them are asked for; what is the usual picture, day and summer, it was never taught.
"""

from __future__ import annotations

import re
from dataclasses import replace

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.wording import LONGEST
from omost_pipeline.world.kinds import BACKGROUNDS, DEFAULT_BACKGROUND, MORE_BACKGROUNDS, Background

_TIMES: dict[str, str] = {
    "day": "day|daylight|noon|midday|sunny|sunny day",
    "summer": "summer|spring",
    "night": "night|midnight",
    "snow": "winter|snowy",
    "autumn": "autumn",
    "sunset": "sunset|dusk|evening",
    "sunrise": "sunrise|dawn|morning",
    "rain": "rainy",
    "storm": "stormy",
    "fog": "foggy",
}
_CALLED = {said: time for time, words in _TIMES.items() for said in words.split("|")}
_ENDED_BY = {
    "day": frozenset(("night", "sunset", "sunrise", "rain", "storm", "fog")),
    "summer": frozenset(("snow", "autumn", "rain", "storm", "fog")),
}
"""The usual time → the scenes that it ends; any other has it already."""

_TIME = rf"(?:an? |the )?(?:{'|'.join(sorted(_CALLED, key=len, reverse=True))})(?: ?time)?"
LEAD = r"(?:(?:please|now|and|but|no|ok|okay|actually|rather|then|better|maybe)[, ]+)*"
"""What people put before what they ask for."""

_END = r"(?:,? (?:please|pls|now|instead|rather|again))*[ .!?]*"
_IT = r"(?:it|this|that|everything|all|the (?:picture|image|scene|scenery|background|time|season|weather|whole thing))"
_ASKS = (
    rf"(?:(?:(?:can|could) (?:you |we )?)?(?:make|turn|change|let|set|switch) {_IT}(?: (?:be|to|into|in))*|"
    rf"{_IT} (?:should|must|could|has to|needs to) be(?: in| at)?|it's|it is|i(?:'d| would)? (?:want|like|prefer)"
    r"(?: it)?(?: to be)?(?: in| at)?|(?:at|in|during|by)|with)"
)
_OTHERWISE = rf"(?:instead of|rather than|in place of|not|and not|no longer|,? not) (?:at |in |during )?{_TIME}"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{LEAD}(?:{_ASKS} )?(?P<time>{_TIME})(?:,? {_OTHERWISE})?{_END}",
        rf"{LEAD}(?:change|turn|replace|switch) (?:{_TIME}|{_IT}) (?:to|into|with|by) (?P<time>{_TIME}){_END}",
        rf"{LEAD}(?:{_OTHERWISE})(?:,| but|, but|, rather)* (?:{_ASKS} )?(?P<time>{_TIME}){_END}",
    )
)


def at_another_time(words: str, before: Canvas) -> Canvas | None:
    """The canvas in the scene of the time that the English words ask for; None where they ask for anything else."""
    said = words.lower().strip()
    if len(said) > LONGEST:
        return None
    found = next((found for form in _FORMS if (found := form.fullmatch(said)) is not None), None)
    if found is None:
        return None
    time = _CALLED[re.sub(r"^(?:an?|the) | ?time$", "", found["time"])]
    if time in _ENDED_BY:
        ended = {_scene(each).description for each in _ENDED_BY[time]}
        if before.scene.description not in ended:
            return before
        time = DEFAULT_BACKGROUND
    scene = _scene(time)
    there = replace(before.scene, description=scene.description, color=scene.color, free_rgb=None)
    return replace(before, scene=there)


def _scene(name: str) -> Background:
    return BACKGROUNDS[name] if name in BACKGROUNDS else MORE_BACKGROUNDS[name]
