"""What a request may ask for besides its words: size, style, seed, how many pictures, how they are drawn, and what not.

Pure: from entered text to checked values, and from those to a draft. Knows no conversation and no platform.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.messages import Option
from bot.requests.limits import ASPECTS, InputError, Limits, Size, read_seed, read_size
from bot.store.preferences import Defaults
from bot.telling import refusals, replies
from bot.turns.conversation import Draft
from bot.turns.styles import STYLES
from omost_pipeline.renderer.options import GUIDANCE, IMAGES, INITIAL_STRENGTHS, STEPS

NO_STYLE = "none"
"""Asks for no style where one is the default."""

OFF = ("off", "none", "no", "0")
"""Ask for a picture that begins with nothing but noise."""


@dataclass(frozen=True)
class Options:
    """What was asked for; None where nothing was. An empty ``style`` asks for none, an empty ``negative`` likewise.

    ``initial`` is the strength from the layout's colours; 0 asks for noise alone.
    """

    size: Size | None = None
    style: str | None = None
    seed: int | None = None
    count: int | None = None
    negative: str | None = None
    steps: int | None = None
    guidance: float | None = None
    initial: float | None = None

    def applied(self, draft: Draft) -> Draft:
        """The draft with what was asked for in place of what it had."""
        size, style = self.size, self.style
        return replace(
            draft,
            width=draft.width if size is None else size.width,
            height=draft.height if size is None else size.height,
            style=draft.style if style is None else (style or None),
            seed=draft.seed if self.seed is None else self.seed,
            images=draft.images if self.count is None else self.count,
            negative=draft.negative if self.negative is None else self.negative,
            steps=draft.steps if self.steps is None else self.steps,
            guidance=draft.guidance if self.guidance is None else self.guidance,
            initial=draft.initial if self.initial is None else self.initial,
        )

    def note(self, limits: Limits) -> str:
        """What to tell about a size that had to be rounded; empty where there is nothing to tell."""
        if self.size is None or self.size.asked is None:
            return ""
        return replies.rounded(self.size.asked, (self.size.width, self.size.height), limits.unit)


def read_options(given: Mapping[str, str], limits: Limits) -> Options:
    """The options of a request by name; names that are none are passed over.

    Raises:
        InputError: if a value is wrong; names it and says what can be used.
    """
    count = read_count(given["count"]) if "count" in given else None
    return Options(
        size=read_size(given["size"], limits) if "size" in given else None,
        style=read_style(given["style"]) if "style" in given else None,
        seed=read_seed(given["seed"], count or 1) if "seed" in given else None,
        count=count,
        negative=read_negative(given["negative"], limits) if "negative" in given else None,
        steps=int(read_number("steps", given["steps"], STEPS, whole=True)) if "steps" in given else None,
        guidance=read_number("guidance", given["guidance"], GUIDANCE) if "guidance" in given else None,
        initial=read_initial(given["initial"]) if "initial" in given else None,
    )


def of_defaults(defaults: Defaults, limits: Limits) -> Options:
    """Saved defaults as options; one that can no longer be used, say after a change of models, is passed over."""
    size: Size | None = None
    try:
        size = read_size(defaults.size, limits) if defaults.size else None
    except InputError:
        size = None
    style = defaults.style if defaults.style in STYLES or defaults.style == NO_STYLE else ""
    return Options(size, read_style(style) if style else None, negative=defaults.negative or None)


def read_defaults(given: Mapping[str, str], limits: Limits) -> Defaults:
    """Defaults as a form gives them; empty values stay empty.

    Raises:
        InputError: as :func:`read_options`.
    """
    filled = {name: value.strip() for name, value in given.items() if value.strip()}
    read_options({name: filled[name] for name in ("size", "style", "negative") if name in filled}, limits)
    style = read_style(filled["style"]) or NO_STYLE if "style" in filled else ""
    return Defaults(filled.get("size", "").lower(), filled.get("negative", ""), style)


def read_count(text: str) -> int:
    """How many pictures at once.

    Raises:
        InputError: if it is no such number, or none that can be drawn at once.
    """
    most = IMAGES[1]
    entered = text.strip()
    if not (entered.isascii() and entered.isdecimal() and len(entered) < 3 and 1 <= int(entered) <= most):
        raise InputError(refusals.no_count(text, most))
    return int(entered)


def read_number(name: str, text: str, bounds: tuple[float, float], *, whole: bool = False) -> float:
    """A number within bounds, also with a decimal comma.

    Raises:
        InputError: if it is none; names the option, the value and the bounds.
    """
    entered = text.strip().replace(",", ".")
    try:
        number = float(entered) if len(entered) < 20 else math.nan
    except ValueError:
        number = math.nan
    if not bounds[0] <= number <= bounds[1] or (whole and number != int(number)):  # false for what is no number
        raise InputError(refusals.no_number(text, name, bounds, whole=whole))
    return number


def read_initial(text: str) -> float:
    """The strength from the layout's colours; 0 for one of :data:`OFF`.

    Raises:
        InputError: if it is neither.
    """
    if text.strip().casefold() in OFF:
        return 0.0
    return read_number("initial", text, INITIAL_STRENGTHS)


def read_style(text: str) -> str:
    """A style's name, found by its name or label; empty for :data:`NO_STYLE`.

    Raises:
        InputError: if there is no such style; names those that there are.
    """
    wanted = text.strip().casefold()
    if wanted == NO_STYLE:
        return ""
    for name, style in STYLES.items():
        if wanted in (name, style.label.casefold()):
            return name
    raise InputError(refusals.no_style(text, (*STYLES, NO_STYLE)))


def read_negative(text: str, limits: Limits) -> str:
    """What the picture should not show; may be empty.

    Raises:
        InputError: if it is too long.
    """
    words = " ".join(text.split())
    if len(words) > limits.negative:
        raise InputError(refusals.negative_too_long(len(words), limits.negative))
    return words


def size_options(limits: Limits) -> tuple[Option, ...]:
    """The named shapes with the sizes they have, to choose from."""
    found: list[Option] = []
    for name in ASPECTS:
        size = read_size(name, limits)
        found.append(Option(name, name.capitalize(), f"{size.width} × {size.height}"))
    return tuple(found)


def style_options() -> tuple[Option, ...]:
    """The styles, to choose from."""
    return tuple(Option(name, style.label) for name, style in STYLES.items())
