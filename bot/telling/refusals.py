"""What the bot says where something that was entered or asked for cannot be had: names the value and says what can.

Pure, in English, without markup; the other words are in :mod:`bot.telling.replies`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.telling.replies import count, shortened


def too_long(length: int, most: int) -> str:
    return f"That message has {length:,} characters; I can read {most:,}. Please shorten it."


def file_too_large(name: str, size: int, most: int) -> str:
    return f"“{_entered(name)}” has {size / 2**20:.1f} MiB; a file with a canvas may have {most / 2**20:g} MiB."


def no_size(text: str) -> str:
    return f"“{_entered(text)}” is not a size; write width x height, for example 512x512, or a shape such as wide."


def side_out_of_range(side: int, shortest: int, longest: int) -> str:
    return f"{side} pixels is out of range; each side may have {shortest} to {longest}."


def no_number(text: str, name: str, bounds: tuple[float, float], *, whole: bool) -> str:
    low, high = (f"{bound:.10g}" for bound in bounds)
    return f"“{_entered(text)}” is not right for {name}; write a {'whole ' * whole}number from {low} to {high}."


def already_large(width: int, height: int, most: int) -> str:
    return f"That picture has {width} × {height} pixels already; I draw sides of at most {most}."


def unknown_choice(name: str, text: str, known: Sequence[str]) -> str:
    return f"I don't know the {name} “{_entered(text)}”; I know {', '.join(known)}."


def text_too_long(label: str, length: int, most: int) -> str:
    return f"{label}: that is {length:,} characters; I can read {most:,}. Please shorten it."


def no_choice(text: str, field: str, known: Sequence[str]) -> str:
    return f"“{_entered(text)}” is no {field}; it can be one of: {', '.join(known)}."


def no_color(text: str) -> str:
    return f"I don't know the colour “{_entered(text)}”; write a name such as skyblue, or #87ceeb."


def no_distance(text: str, most: float) -> str:
    return f"“{_entered(text)}” is not a distance; write a number above 0, at most {most:g}."


def too_many_regions(most: int) -> str:
    return f"A picture can have {most} regions, and this one has them all. Remove one first."


def unknown_scope(text: str) -> str:
    return f"I don't know the settings “{_entered(text)}”. /settings are your own; /settings here are this place's."


def too_many_yours(most: int) -> str:
    return (
        f"You already have {count(most, 'picture')} waiting, as many as one person may have. "
        "Please wait a little, or cancel one."
    )


def too_many_waiting(most: int) -> str:
    return f"{count(most, 'picture')} waiting already, and more do not fit. Please try again in a while."


def too_many_a_minute(most: int) -> str:
    return f"That was more than {count(most, 'picture')} in a minute. Please wait a little."


def _entered(text: str) -> str:
    return shortened(text, 40)
