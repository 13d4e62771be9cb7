"""Every option of drawing, described once, and what somebody asked for of them.

Settings, the command line, requests in chats, forms and the database read the descriptions in :data:`OPTIONS`, so an
option is added here and where it is used. Plain data: knows no model, no tensor and no chat.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar, cast, get_args

from omost_pipeline.canvas.control import KINDS
from omost_pipeline.renderer.option import Choice, DrawingOption, Kept, OptionKind, Value
from omost_pipeline.renderer.recipe import MethodName, Overlap, Prompts

T = TypeVar("T", bound=Value)


@dataclass(frozen=True)
class Spec:
    """What is asked for of a picture: values by the names of options, only those that were given.

    Values of options that this version does not know are kept as they are.
    """

    values: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _frozen(self.values))

    def get(self, option: DrawingOption[T]) -> T | None:
        """An option's value; None where none was given, or one of another kind by a later version."""
        value = self.values.get(option.name)
        return cast("T", value) if option.holds(value) else None

    def of(self, option: DrawingOption[T]) -> T:
        """An option's value, or its default.

        Raises:
            LookupError: if it has neither.
        """
        value = self.get(option)
        value = option.default if value is None else value
        if value is None:
            raise LookupError(option.name)
        return value

    def having(self, option: DrawingOption[T], value: T | None) -> Spec:
        """With another value of an option; with none if it is None."""
        return self.without(option) if value is None else self | Spec({option.name: value})

    def without(self, *options: DrawingOption[Any]) -> Spec:
        """Without the values of some options."""
        names = {option.name for option in options}
        return Spec({name: value for name, value in self.values.items() if name not in names})

    def __or__(self, other: Spec) -> Spec:
        """Both; where both have a value, that of ``other``."""
        return Spec({**self.values, **other.values})

    def __contains__(self, option: DrawingOption[Any]) -> bool:
        return self.get(option) is not None

    def to_json(self) -> str:
        """As :meth:`from_json` reads it."""
        return json.dumps(dict(self.values), ensure_ascii=False, sort_keys=True, default=dict)

    @classmethod
    def from_json(cls, text: str) -> Spec:
        """The spec of a stored text."""
        return cls(json.loads(text))


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, Mapping):
        return MappingProxyType({str(name): _frozen(each) for name, each in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


NOTHING_ASKED = Spec()


def kept(spec: Spec, options: Iterable[DrawingOption[Any]], *, same_model: bool) -> Spec:
    """What of a turn's spec holds for the turns that build on it; values of unknown options do."""
    lasting = (Kept.ALWAYS, Kept.SAME_MODEL) if same_model else (Kept.ALWAYS,)
    return spec.without(*(option for option in options if option.kept not in lasting))


def work_of(spec: Spec) -> float:
    """How much drawing a complete spec asks for: millions of pixels × steps × pictures."""
    width, height = spec.get(SIZE) or (0, 0)
    steps: int = spec.get(STEPS) or 0
    scale = spec.get(LARGER)
    if scale is not None:  # the picture itself is usually there already
        steps, width, height = spec.get(HIGHRES_STEPS) or steps, round(width * scale), round(height * scale)
    if (finished := spec.get(ENHANCE)) is not None:  # so is the draft
        steps, (width, height) = spec.get(HIGHRES_STEPS) or steps, finished
    return width * height / 1e6 * steps * (spec.get(COUNT) or 1)


DEFAULT_NEGATIVE_PROMPT = "lowres, bad anatomy, bad hands, cropped, worst quality"

LARGEST_SEED = 2**32 - 1

DEFAULT_SEED = 12345

DEFAULT_SCALE, DEFAULT_DENOISE = 1.5, 0.4
"""Of the highres fix."""


def _choices(names: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(name, name) for name in names)


SIZE: DrawingOption[tuple[int, int]] = DrawingOption(
    "size",
    OptionKind.SIZE,
    "Width x height in pixels",
    "The picture's shape",
    low=64,
    high=2048,
    step=64,
    unit="pixels",
    example="896x1152",
    settings=("width", "height"),
    flag="--size",
    asked=True,
    form=True,
    preference=True,
)
SEED: DrawingOption[int] = DrawingOption(
    "seed",
    OptionKind.WHOLE,
    "Seed",
    "The same words with the same seed give the same picture",
    high=LARGEST_SEED,
    default=DEFAULT_SEED,
    example="7",
    flag="--seed",
    asked=True,
    form=True,
)
COUNT: DrawingOption[int] = DrawingOption(
    "count",
    OptionKind.WHOLE,
    "Number of pictures",
    "How many pictures",
    low=1,
    high=12,
    default=1,
    example="4",
    flag="--images",
    asked=True,
    kept=Kept.NEVER,
)
NEGATIVE: DrawingOption[str] = DrawingOption(
    "negative",
    OptionKind.TEXT,
    "What pictures should not show",
    "What the picture should not show",
    high=1000,
    default=DEFAULT_NEGATIVE_PROMPT,
    example='"people"',
    settings=("negative_prompt",),
    flag="--negative",
    asked=True,
    preference=True,
)
STEPS: DrawingOption[int] = DrawingOption(
    "steps",
    OptionKind.WHOLE,
    "Steps",
    "How many steps to draw in",
    low=1,
    high=100,
    example="30",
    settings=("steps",),
    flag="--steps",
    asked=True,
    kept=Kept.SAME_MODEL,
)
GUIDANCE: DrawingOption[float] = DrawingOption(
    "guidance",
    OptionKind.NUMBER,
    "Guidance",
    "How closely to follow the canvas",
    low=1,
    high=32,
    example="6",
    settings=("guidance",),
    flag="--guidance",
    asked=True,
    kept=Kept.SAME_MODEL,
)
INITIAL: DrawingOption[float] = DrawingOption(
    "initial",
    OptionKind.NUMBER,
    "Strength from the layout's colours",
    "Whether to begin with the layout's coarse colours",
    low=0.95,  # from less, the coarse colours show through the finished picture; from more, nothing is left of them
    high=0.99,
    choices=(
        Choice("off", "From noise alone"),
        Choice("0.95", "0.95: from strong colours"),
        Choice("0.97", "0.97: from colours"),
        Choice("0.99", "0.99: from a hint of colours"),
    ),
    off=True,
    example="0.97",
    settings=("initial_strength",),
    flag="--initial-strength",
    asked=True,
)
LARGER: DrawingOption[float] = DrawingOption(
    "larger",
    OptionKind.NUMBER,
    "Scale",
    "Then make it so many times as large",
    low=1,
    high=2,
    above=True,
    flag="--larger",
    kept=Kept.NEVER,
)
HIGHRES_SCALE: DrawingOption[float] = DrawingOption(
    "highres_scale",
    OptionKind.NUMBER,
    "Enlargement",
    "How many times as large the button Larger makes a picture",
    low=1,
    high=2,
    above=True,
    default=DEFAULT_SCALE,
    settings=("highres_scale",),
)
HIGHRES_STEPS: DrawingOption[int] = DrawingOption(
    "highres_steps",
    OptionKind.WHOLE,
    "Enlargement steps",
    "In how many steps a picture is made larger",
    low=1,
    high=100,
    settings=("highres_steps",),
    kept=Kept.SAME_MODEL,
)
HIGHRES_GUIDANCE: DrawingOption[float] = DrawingOption(
    "highres_guidance",
    OptionKind.NUMBER,
    "Enlargement guidance",
    "How closely to follow the canvas while a picture is made larger",
    low=1,
    high=32,
    kept=Kept.SAME_MODEL,
)
HIGHRES_DENOISE: DrawingOption[float] = DrawingOption(
    "highres_denoise",
    OptionKind.NUMBER,
    "Share of the noise schedule",
    "Over which share of the noise schedule a picture is made larger",
    high=1,
    above=True,
    settings=("highres_denoise",),
)
PROMPTS: DrawingOption[str] = DrawingOption(
    "prompts",
    OptionKind.CHOICE,
    "Prompt style",
    "How prompts are worded for the picture model",
    choices=_choices(("auto", *get_args(Prompts))),
    default="auto",
    settings=("prompts",),
    kept=Kept.SAME_MODEL,
)
KEEP: DrawingOption[str] = DrawingOption(
    "keep",
    OptionKind.CHOICE,
    "Edits keep the rest",
    "Whether an edit keeps every pixel that it does not change",
    choices=(Choice("on", "Draw only what changes"), Choice("off", "Redraw everything")),
    default="on",
    example="off",
    settings=("keep",),
    asked=True,
    kept=Kept.NEVER,
)
STRENGTH: DrawingOption[float] = DrawingOption(
    "strength",
    OptionKind.NUMBER,
    "Strength of an edit",
    "How far what an edit changes departs from what was there",
    high=1,
    above=True,
    default=1.0,
    example="0.7",
    settings=("edit_strength",),
    asked=True,
    kept=Kept.NEVER,
)
MARGIN: DrawingOption[float] = DrawingOption(
    "margin",
    OptionKind.NUMBER,
    "Margin of an edit",
    "How far around what changes an edit may change too, as a share of the longer side",
    high=0.5,
    default=0.03,
    example="0.1",
    settings=("edit_margin",),
    asked=True,
    kept=Kept.NEVER,
)
VARY: DrawingOption[int] = DrawingOption(
    "vary",
    OptionKind.WHOLE,
    "Region to draw anew",
    "The number of the one region that is drawn anew",
    high=1000,
    kept=Kept.NEVER,
)
DRAFT: DrawingOption[str] = DrawingOption(
    "draft",
    OptionKind.CHOICE,
    "Drafts",
    "Whether pictures are drafts, drawn smaller and in fewer steps, until one is enhanced",
    choices=(Choice("on", "Drafts, quickly"), Choice("off", "Finished pictures")),
    default="off",
    example="on",
    settings=("draft",),
    asked=True,
    preference=True,
)
ENHANCE: DrawingOption[tuple[int, int]] = DrawingOption(
    "enhance",
    OptionKind.SIZE,
    "Size of the finished picture",
    "How large the finished picture of a draft is",
    low=64,
    high=2048,
    example="896x1152",
    kept=Kept.NEVER,
)
BROUGHT: DrawingOption[str] = DrawingOption(
    "brought",
    OptionKind.CHOICE,
    "Brought picture",
    "What somebody brought in place of a drawing",
    choices=(
        Choice("picture", "Any picture"),
        Choice("canvas", "A picture with its canvas"),
        Choice("described", "One that was described"),
    ),
    kept=Kept.NEVER,
)
CONTROL: DrawingOption[str] = DrawingOption(
    "control",
    OptionKind.CHOICE,
    "Control",
    "What of the picture before it leads a new one",
    choices=_choices(KINDS),
    kept=Kept.NEVER,
)
LAYERED = "layered"
"""In place of a region method: each region is a layer of its own."""

METHOD: DrawingOption[str] = DrawingOption(
    "method",
    OptionKind.CHOICE,
    "Region method",
    "How the regions of a canvas share the picture",
    choices=_choices((*get_args(MethodName), LAYERED)),
    settings=("method",),
)
DETAILS: DrawingOption[str] = DrawingOption(
    "details",
    OptionKind.CHOICE,
    "Small things",
    "Whether small things are drawn enlarged and set into the picture",
    choices=(Choice("on", "Draw small things enlarged"), Choice("off", "Draw everything at once")),
    settings=("details",),
    kept=Kept.SAME_MODEL,
)
OVERLAP: DrawingOption[str] = DrawingOption(
    "overlap",
    OptionKind.CHOICE,
    "Overlap",
    "Which region counts where regions overlap",
    choices=_choices(get_args(Overlap)),
    settings=("overlap",),
)
GLOBAL_STRENGTH: DrawingOption[float] = DrawingOption(
    "global_strength",
    OptionKind.NUMBER,
    "Weight of the whole picture's words",
    "How much the whole picture's words weigh beside the regions'",
    high=1,
    settings=("global_strength",),
)
REGION_STRENGTH: DrawingOption[float] = DrawingOption(
    "region_strength",
    OptionKind.NUMBER,
    "Weight of a region's words",
    "How much a region's words weigh beside the others",
    high=1,
    above=True,
    settings=("region_strength",),
)
GRADIENTS: DrawingOption[float] = DrawingOption(
    "gradients",
    OptionKind.NUMBER,
    "Gradient steps",
    "How far gradient steps push each region's words into its box, on top of the region method",
    high=1,
    settings=("gradients",),
)
GROUNDING: DrawingOption[float] = DrawingOption(
    "grounding",
    OptionKind.NUMBER,
    "Grounding",
    "In which share of the noise schedule grounding tokens say what stands in which box, on top of the region method",
    high=1,
    settings=("grounding",),
)
EXTRA_PROMPT: DrawingOption[str] = DrawingOption(
    "extra_prompt",
    OptionKind.TEXT,
    "Words for all regions",
    "Words that join those of the whole picture and of every region",
    default="",
    settings=("extra_prompt",),
)

TEMPERATURE: DrawingOption[float] = DrawingOption(
    "temperature",
    OptionKind.NUMBER,
    "Temperature of the language model",
    "How freely the language model writes the canvas",
    low=0,
    high=2,
    example="0.9",
    flag="--temperature",
    asked=True,
    kept=Kept.NEVER,
)
TOP_P: DrawingOption[float] = DrawingOption(
    "top_p",
    OptionKind.NUMBER,
    "Top-p of the language model",
    "From how much of what is likely the language model chooses",
    low=0,
    high=1,
    above=True,
    example="0.95",
    flag="--top-p",
    asked=True,
    kept=Kept.NEVER,
)
TOKENS: DrawingOption[int] = DrawingOption(
    "tokens",
    OptionKind.WHOLE,
    "Tokens of the language model",
    "How many tokens the language model may write",
    low=64,
    high=8192,
    example="2048",
    flag="--tokens",
    asked=True,
    kept=Kept.NEVER,
)

OPTIONS: tuple[DrawingOption[Any], ...] = (
    SIZE,
    SEED,
    COUNT,
    NEGATIVE,
    STEPS,
    GUIDANCE,
    INITIAL,
    LARGER,
    HIGHRES_SCALE,
    HIGHRES_STEPS,
    HIGHRES_GUIDANCE,
    HIGHRES_DENOISE,
    PROMPTS,
    KEEP,
    STRENGTH,
    MARGIN,
    VARY,
    DRAFT,
    ENHANCE,
    BROUGHT,
    CONTROL,
    METHOD,
    DETAILS,
    OVERLAP,
    GLOBAL_STRENGTH,
    REGION_STRENGTH,
    GRADIENTS,
    GROUNDING,
    EXTRA_PROMPT,
    TEMPERATURE,
    TOP_P,
    TOKENS,
)
"""Every option of drawing, in the order in which people are shown them; last those of the language model."""


def with_setting(options: Iterable[DrawingOption[Any]]) -> Iterator[tuple[str, DrawingOption[Any]]]:
    """The keys of the table ``[render]``, each with its option."""
    return ((key, option) for option in options for key in option.settings)
