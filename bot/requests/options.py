"""The options of a request: from entered texts to a spec, and from the descriptions to what platforms offer.

Knows the descriptions and no single option but the size, whose shapes depend on the model, and the seed, which leaves
room for several pictures. Knows no conversation and no platform.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.catalogues.text import Named, Text, Wording, listed
from bot.messages import Field, Option, Parameter
from bot.requests.limits import ASPECTS, InputError, Limits, read_size
from bot.store.preferences import Defaults
from bot.telling import refusals, replies
from bot.turns.conversation import Draft
from omost_pipeline.renderer.option import OFF, Choice, DrawingOption, EnteredError, OptionKind, Problem
from omost_pipeline.renderer.spec import COUNT, LARGEST_SEED, NOTHING_ASKED, SEED, SIZE, Spec

_MENU = 25
"""Whole numbers that can be chosen from a list; of more there is only a range."""

_LINE = 100
"""Characters of a text that is entered on one line."""


@dataclass(frozen=True)
class Asked:
    """What a request asks for besides its words, and the size as it was entered where that had to be rounded."""

    spec: Spec = NOTHING_ASKED
    entered: tuple[int, int] | None = None

    def applied(self, draft: Draft, limits: Limits) -> Draft:
        """The draft with what was asked for in place of what it had. A seed without room for all pictures is lowered.

        An option that is switched off and has no setting leaves nothing behind: nothing else could switch it on.
        """
        spec = draft.spec | self.spec
        spec = spec.without(*(each for each in limits.options if spec.get(each) == "" and not each.settings))
        seed = min(spec.of(SEED), LARGEST_SEED - spec.of(COUNT) + 1)
        return replace(draft, spec=spec.having(SEED, seed))

    def note(self, limits: Limits) -> Text | None:
        """What to tell about a size that had to be rounded; None where there is nothing to tell."""
        size = self.spec.get(SIZE)
        return (
            replies.rounded(self.entered, size, limits.unit) if self.entered is not None and size is not None else None
        )


def read_options(given: Mapping[str, str], limits: Limits) -> Asked:
    """The options of a request by name; names that are none are passed over.

    Raises:
        InputError: if a value is wrong; names it and says what can be used.
    """
    spec, entered = Spec(), None
    for option in limits.options:
        if option.name not in given:
            continue
        if option.kind is OptionKind.SIZE:
            size = read_size(given[option.name], limits)
            spec, entered = spec.having(option, (size.width, size.height)), size.asked
        else:
            spec = spec.having(option, read_value(option, given[option.name]))
    last = spec.of(SEED) + spec.of(COUNT) - 1
    if last > LARGEST_SEED:
        bounds = (0, LARGEST_SEED - spec.of(COUNT) + 1)
        raise InputError(refusals.no_number(given[SEED.name], SEED.name, bounds, whole=True))
    return Asked(spec, entered)


def read_value(option: DrawingOption[Any], text: str) -> Any:  # noqa: ANN401 - of the option's own kind
    """The value that somebody entered.

    Raises:
        InputError: if it is none; names it and says what can be used.
    """
    try:
        return option.read(text)
    except EnteredError as error:
        raise InputError(_refusal(option, error)) from error


def _refusal(option: DrawingOption[Any], error: EnteredError) -> Text:
    if error.problem is Problem.TOO_LONG:
        return refusals.text_too_long(label_of(option), len(" ".join(error.entered.split())), int(option.high))
    if option.kind is OptionKind.CHOICE:
        known = [choice.value for choice in option.choices]
        return refusals.unknown_choice(option.name, error.entered, [*known, OFF[1]] if option.off else known)
    whole = option.kind is OptionKind.WHOLE
    return refusals.no_number(error.entered, option.name, (option.low, option.high), whole=whole)


def of_defaults(defaults: Defaults, limits: Limits) -> Asked:
    """Saved defaults as options; one that can no longer be used, say after a change of models, is passed over."""
    spec = Spec()
    for option in limits.options:
        if option.preference and defaults.get(option.name):
            try:
                spec |= read_options({option.name: defaults[option.name]}, limits).spec
            except InputError:
                continue
    return Asked(spec)


def read_defaults(given: Mapping[str, str], limits: Limits) -> Defaults:
    """Defaults as a form gives them, without those that were left empty.

    Raises:
        InputError: as :func:`read_options`.
    """
    options = {option.name: option for option in limits.options if option.preference}
    filled = {name: value.strip() for name, value in given.items() if name in options and value.strip()}
    spec = read_options(filled, limits).spec
    return {name: _kept(options[name], spec, text) for name, text in filled.items()}


def _kept(option: DrawingOption[Any], spec: Spec, text: str) -> str:
    """A default as it is kept: a shape by its name, because its size depends on the model; all else as it reads."""
    value = spec.get(option)
    return text.lower() if option.kind is OptionKind.SIZE or value is None else option.shown(value)


def choices_of(described: DrawingOption[Any], limits: Limits) -> tuple[Option[Wording], ...]:
    """What can be chosen for an option; empty where it is entered."""
    if described.kind is OptionKind.SIZE:
        sizes = ((name, read_size(name, limits)) for name in ASPECTS)
        return tuple(
            Option(name, Named(f"shape-{name}", name.capitalize()), f"{size.width} × {size.height}")
            for name, size in sizes
        )
    if described.kind is OptionKind.WHOLE and described.high - described.low < _MENU:
        numbers = range(int(described.low), int(described.high) + 1)
        return tuple(Option(str(number), str(number)) for number in numbers)
    return tuple(Option(choice.value, label_of_choice(described, choice)) for choice in described.choices)


def parameters(limits: Limits) -> tuple[Parameter, ...]:
    """The options as a platform's own commands offer them."""
    return tuple(_parameter(option, limits) for option in limits.options if option.asked)


def _parameter(option: DrawingOption[Any], limits: Limits) -> Parameter:
    numbers = option.kind in {OptionKind.WHOLE, OptionKind.NUMBER}
    return Parameter(
        option.name,
        Named(f"option-{option.name}-name", option.name),
        Named(f"option-{option.name}-help", option.help),
        "text" if not numbers else "whole" if option.kind is OptionKind.WHOLE else "number",
        option.low if numbers else 1,
        option.high,
        choices_of(option, limits),
        completed=option.kind is OptionKind.CHOICE,
    )


def edit_fields(spec: Spec, limits: Limits) -> tuple[Field[Wording], ...]:
    """The fields of a form that edits a picture, with what stands in its spec."""
    return tuple(_field(option, spec, limits) for option in limits.options if option.form)


def _field(option: DrawingOption[Any], spec: Spec, limits: Limits) -> Field[Wording]:
    value = spec.get(option)
    options = choices_of(option, limits) if option.kind is OptionKind.CHOICE else ()
    if options and option.off:
        options = (Option(OFF[1], replies.NONE), *options)
    shown = option.shown(value) if value is not None else ""
    if options and shown not in {each.value for each in options}:
        options = (Option("", "—"), *options)
    return Field(option.name, label_of(option), shown, multiline=_is_long(option), options=options)


def preference_fields(saved: Defaults, limits: Limits) -> tuple[Field[Wording], ...]:
    """The fields of a form of defaults, with those that were saved."""
    return tuple(_preference(option, saved, limits) for option in limits.options if option.preference)


def _preference(option: DrawingOption[Any], saved: Defaults, limits: Limits) -> Field[Wording]:
    label: Wording = label_of(option)
    options = choices_of(option, limits)
    if option.kind is OptionKind.SIZE:
        label = Text("field-default-size", shapes=listed(*(each.value for each in options)))
        options = ()
    elif option.kind is not OptionKind.CHOICE:
        options = ()
    if options:
        none: list[Option[Wording]] = [Option(OFF[1], replies.NONE)] if option.off else []
        options = (Option("", replies.AS_USUAL), *none, *options)
    return Field(option.name, label, saved.get(option.name, ""), multiline=_is_long(option), options=options)


def _is_long(option: DrawingOption[Any]) -> bool:
    return option.kind is OptionKind.TEXT and option.high > _LINE


def changed_values(values: Mapping[str, str], spec: Spec, limits: Limits) -> dict[str, str]:
    """The options of an edit form that are no longer what they were."""
    entered = {field.name: (values.get(field.name, "").strip(), field.value) for field in edit_fields(spec, limits)}
    return {name: new for name, (new, old) in entered.items() if new and new != old}


def label_of(option: DrawingOption[Any]) -> Named:
    """An option's label, which catalogues may have in other languages."""
    return Named(f"option-{option.name}", option.label)


def label_of_choice(option: DrawingOption[Any], choice: Choice) -> Named:
    """The label of one of an option's choices."""
    return Named(f"option-{option.name}-{choice.value.replace('.', '-')}", choice.label)


def examples(limits: Limits) -> str:
    """The options as they may be written before a request's words."""
    return ", ".join(f"--{option.name} {option.example}".strip() for option in limits.options if option.asked)
