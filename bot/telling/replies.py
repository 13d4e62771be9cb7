"""What the bot says about turns, and the buttons and forms that go with it: ids of the catalogues and their arguments.

Pure: takes turns, canvases and numbers, gives texts or whole messages. Knows no platform and no language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.catalogues.durations import duration
from bot.catalogues.text import Lines, Named, Text, Wording, listed, sentences
from bot.messages import Action, Attachment, Button, Outgoing
from bot.telling.lines import shortened
from bot.telling.refusals import size
from bot.turns import conversation
from bot.turns.conversation import Edited, Picture, TurnRecord
from bot.turns.picture_rules import Veil
from bot.turns.styles import STYLE, STYLES
from omost_pipeline.canvas.elements import Canvas, Correction, Outline, Region
from omost_pipeline.canvas.fields import MISSING
from omost_pipeline.engine.events import Activity, Preparing
from omost_pipeline.engine.knowledge import Beyond, beyond_models
from omost_pipeline.renderer.keep.earlier import Recomposed, Whole
from omost_pipeline.renderer.spec import BROUGHT, GUIDANCE, LARGER, VARY

UNKNOWN_TURN = Text("unknown-turn")
NOTHING_HERE = Text("nothing-here")
NOTHING_TO_UNDO = Text("nothing-to-undo")
NOTHING_TO_CANCEL = Text("nothing-to-cancel")
NOT_COMPOSED = Text("not-composed")
NOT_RETRIED = Text("not-retried")
UNCHANGED = Text("unchanged")
EMPTY = Text("empty-message")
CANNOT_POST = Text("cannot-post")
STOPPING = Text("stopping")
NO_WORDS = Text("no-words")
HELLO = Text("hello")
WELCOME = Text("welcome")
UNKNOWN_BUTTON = Text("unknown-button")
WHICH_LARGER = Text("which-larger")
REMOVED = Text("picture-removed")
NOT_YOURS_TO_STOP = Text("not-yours-to-stop")
NOT_YOURS = Text("not-yours-to-remove")
NOT_YOURS_TO_CHANGE = Text("not-yours-to-change")
NOT_YOUR_THREAD = Text("not-your-thread-to-change")
NO_SUCH_PICTURE = Text("no-such-picture")
NOTHING_LEFT = Text("nothing-left")
MODERATORS_ONLY = Text("moderators-only")
UNKNOWN_REGION = Text("unknown-region")
NO_DESCRIPTION = Text("no-description")
BAD_FORM = Text("unknown-form")
ADULTS_ONLY = Text("adults-only")
QUEUE_EMPTY = Text("queue-empty")
WHICH_REGION = Text("which-region")
NO_REGIONS = Text("no-regions-to-vary")
FIRST_PICTURE = Text("changes-none-before")
AS_USUAL = Text("choice-default")
NONE = Text("choice-none")

_SHORT = 300
_ENTERED = 40
_LISTED = 80
_ALT_TEXT = 900
_FIX = 80
_INLINE_CODE = 1500
_MOST_LISTED = 20
_COMPOSING_SHARE = 0.4


def unknown_command(name: str) -> Text:
    """There is no such command or option."""
    return Text("unknown-command", name=name)


def saved(defaults: Mapping[str, str], scope: str) -> Text:
    """What holds from now on, by name, for the pictures of a scope."""
    given = [(name, shortened(value, _ENTERED)) for name, value in defaults.items() if value]
    if not given:
        return Text("settings-cleared", scope=scope)
    return Text("settings-saved", scope=scope, values=listed(*(f"{name} {value}" for name, value in given)))


def rounded(asked: tuple[int, int], used: tuple[int, int], unit: int) -> Text:
    """A size was not one that the model can draw."""
    return Text("size-rounded", unit=unit, asked=size(*asked), used=size(*used))


def waiting(turn: TurnRecord, ahead: int, wait: float | None = None) -> Outgoing[Wording]:
    """The status of a waiting job with ``ahead`` jobs before it, which take ``wait`` seconds if that is known."""
    if ahead == 0:
        line = Text("status-next")
    elif wait is None:
        line = Text("status-waiting", ahead=ahead)
    else:
        line = Text("status-waiting-time", ahead=ahead, duration=duration(wait))
    return _about(turn, line, buttons=_cancel(turn), progress=0.0)


def starting(turn: TurnRecord) -> Outgoing[Wording]:
    """The status when work begins; the models may still have to be loaded."""
    line = Text("status-composing-soon") if turn.canvas is None else Text("status-drawing-soon")
    return _about(turn, line, buttons=_cancel(turn), progress=0.0)


def preparing(turn: TurnRecord, event: Preparing) -> Outgoing[Wording]:
    """The status while a model is loaded or fetched, or the machines that have it are away."""
    part = str(event.part)
    done = min(1.0, event.done / event.total) if event.total else 0.0
    if event.activity is Activity.LOADING:
        line = Text("status-loading", part=part)
    elif event.activity is Activity.LOST:
        line = Text("status-lost", part=part)
    elif event.total:
        line = Text("status-downloading-share", part=part, percent=int(100 * done), size=round(event.total / 2**30, 1))
    else:
        line = Text("status-downloading", part=part)
    return _about(turn, line, buttons=_cancel(turn), progress=done)


def composing(turn: TurnRecord, outline: Outline, layout: Attachment[Wording]) -> Outgoing[Wording]:
    """The status after another element, or the place of one, has been written."""
    canvas, pending = outline.canvas, outline.pending
    lines = [canvas.scene.description, *(f"• {_standing(region)}" for region in canvas.regions)]
    lines += [] if pending is None else [f"• {_standing(pending).strip()} …"]
    done = _COMPOSING_SHARE * (1 - 0.8 ** (1 + len(canvas.regions)))  # nobody knows how many are still to come
    return _about(turn, Lines((Text("status-composing"), *lines)), (layout,), _cancel(turn), done)


def drawing(
    turn: TurnRecord, composed_now: bool, number: int, total: int, preview: Attachment[Wording], *, edits: bool = False
) -> Outgoing[Wording]:
    """The status after step ``number`` of ``total``; ``edits`` where the picture begins with an earlier one."""
    begun = _COMPOSING_SHARE if composed_now else 0.0
    line = Text("status-drawing", number=number, total=total)
    changes = (_changes(turn.id),) if edits else ()
    return _about(turn, line, (preview,), (*_cancel(turn), *changes), begun + (1 - begun) * number / total)


def finished(
    turn: TurnRecord,
    canvas: Canvas,
    pictures: Sequence[Picture],
    files: tuple[Attachment[Wording], ...],
    blocked: int = 0,
) -> Outgoing[Wording]:
    """The result: pictures, or what stands in for them in ``files``; so many others were ``blocked``."""
    lines: list[Wording] = []
    veils = {picture.veil for picture in pictures}
    lines += [Text("result-spoiler")] if Veil.SPOILER in veils else []
    lines += [Text("result-blurred")] if Veil.BLUR in veils else []
    lines += [Text("result-blocked", count=blocked)] if blocked else []
    if not pictures:
        lines.append(Text("result-only-layout"))
    if turn.draft.cut:
        lines.append(Text("result-cut"))
    lines += [_unchanged(turn, canvas)] if turn.edited is not None and turn.edited.is_nothing and pictures else []
    lines += [_fixes(turn.draft.corrections)] if turn.draft.corrections else []
    brought = turn.draft.spec.get(BROUGHT)
    lines += [Text("result-brought", kind=brought)] if brought is not None and pictures else []
    beyond = beyond_models(turn.draft.profile, turn.words, canvas) if brought is None else None
    lines += [_outside(beyond)] if beyond is not None and beyond.is_worth_saying else []
    shown = _about(turn, Lines(tuple(lines)), files, result_buttons(turn, len(pictures)))
    language = turn.language or (beyond.language if beyond is not None else "")
    return replace(shown, footer=_made_with(turn, pictures), language=language)


def failed(turn: TurnRecord, error: Wording) -> Outgoing[Wording]:
    """The status of a job that ended with an error."""
    said = _sentence(error) if isinstance(error, str) else error
    return _about(turn, said, buttons=_again(turn))


def cancelled(turn: TurnRecord) -> Outgoing[Wording]:
    """The status of a cancelled job."""
    return _about(turn, Text("status-cancelled"), buttons=_again(turn))


def removed(turn: TurnRecord, name: str) -> Outgoing[Wording]:
    """What is left of a message whose picture somebody had removed; without a name, of somebody who is forgotten."""
    if not name:
        return Outgoing(Text("status-forgotten"), language=turn.language)
    return Outgoing(Text("status-removed", name=shortened(name, _ENTERED)), language=turn.language)


_OF_WORDS = (Action.EDIT, Action.REROLL, Action.VARIATIONS, Action.LARGER, Action.ENHANCE)
"""Buttons that draw a canvas's words once more; those of a picture that somebody brought say next to nothing."""


def result_buttons(turn: TurnRecord, pictures: int = 1) -> tuple[Button[Wording], ...]:
    """The buttons under a finished picture, or under several, of which one can be picked.

    At most 25 with as many pictures as there can be. A region is varied of a single picture.
    """
    labels = {
        Action.EDIT: Text("button-edit"),
        Action.REROLL: Text("button-reroll"),
        Action.VARIATIONS: Text("button-variations"),
        Action.LARGER: Text("button-larger"),
        Action.UNDO: Text("button-undo"),
        Action.LAYOUT: Text("button-layout"),
        Action.CODE: Text("button-code"),
        Action.DELETE: Text("button-delete"),
    }
    if conversation.is_sketch(turn):
        labels = {Action.ENHANCE: Text("button-enhance"), **labels}
        del labels[Action.LARGER]
    if turn.edited is not None and turn.edited.whole is None:
        labels |= {Action.CHANGES: Text("button-changes"), Action.REDRAW: Text("button-redraw")}
    if pictures == 1 and turn.canvas is not None and turn.canvas.regions:
        labels |= {Action.VARY: Text("button-vary")}
    if turn.draft.spec.get(BROUGHT) == "picture":
        labels = {action: label for action, label in labels.items() if action not in _OF_WORDS}
    numbers = range(1, pictures + 1) if pictures > 1 else ()
    picks = (Button(Action.PICK, f"{turn.id}-{number}", str(number)) for number in numbers)
    return *picks, *(Button(action, turn.id, label) for action, label in labels.items())


def kept(edited: Edited) -> Wording:
    """What became of the picture before this one."""
    if edited.whole is None:
        told = edited.recomposed
        if told is not None and told.restyled:  # all pixels are others, and all of the picture is there
            kept = Text("footer-restyled")
        else:
            kept = Text("footer-kept", percent=int(100 * edited.kept))
        return kept if told is None else Lines((kept, *_layers(told)), separator=" · ")
    return Text("footer-whole", reason=str(edited.whole))


def _layers(told: Recomposed) -> Iterator[Text]:
    """What became of a picture's layers: what is gone, what changed as it was, and what was drawn."""
    if told.gone:
        yield Text("footer-layers-gone", things=listed(*map(_thing, told.gone)))
    if told.changed:
        yield Text("footer-layers-changed", things=listed(*map(_thing, told.changed)))
    if told.drawn:
        yield Text("footer-layers-drawn", things=listed(*map(_thing, told.drawn)))
    if told.scene:
        yield Text("footer-layers-scene")


def _thing(description: str) -> str:
    return shortened(description.strip().rstrip("."), _ENTERED)


def changes(edited: Edited | None) -> Text:
    """What an overlay shows; of a picture that is yet to be drawn what is known by boxes alone."""
    if edited is None:
        return Text("changes-expected")
    return Text("changes-shown", percent=int(100 * edited.kept))


def drawn_whole(why: Whole) -> Text:
    """Why there is no overlay."""
    return Text("changes-whole", reason=str(why))


def help_text(examples: str) -> Text:
    """What the bot can do; ``examples`` are the options of a request, as they are written."""
    return Text("help", examples=examples)


def numbered(number: int, words: str) -> str:
    """A turn in a list to choose from."""
    return f"{number} · {shortened(' '.join(words.split()), _LISTED)}"


def layout(canvas: Canvas) -> Wording:
    """A canvas as a list of what stands where."""
    regions = (f"• {_standing(each)} ({each.area.removeprefix('a ')}, {each.color})" for each in canvas.regions)
    listing: tuple[Wording, ...] = tuple(regions) or (Text("layout-no-regions"),)
    return Lines((canvas.scene.description, *listing))


def code(text: str, corrections: Sequence[Correction] = ()) -> Wording:
    """Canvas code inline where it is short, and what was put right in it; the files beside it always hold all of it."""
    shown: Wording = text if len(text) <= _INLINE_CODE else Text("code-too-long")
    if not corrections:
        return shown
    lines: list[Wording] = [Text("code-corrections"), *(_corrected(each) for each in corrections[:_MOST_LISTED])]
    if len(corrections) > _MOST_LISTED:
        lines.append(Text("code-more-corrections", count=len(corrections) - _MOST_LISTED))
    comments = (Lines(("# ", line), separator="") for line in lines)
    return Lines((shown.rstrip() if isinstance(shown, str) else shown, "", *comments))


def queue(total: int, own: Sequence[tuple[int, float | None]]) -> Text:
    """How many wait; of each job of the one who asks how many are ahead and how long they take, if that is known."""
    if not total:
        return QUEUE_EMPTY
    if not own:
        return Text("queue-none-yours", total=total)
    ahead = (
        str(number) if wait is None else Text("queue-place", ahead=number, duration=duration(wait))
        for number, wait in own
    )
    return Text("queue-yours", total=total, ahead=listed(*ahead))


def alt_text(canvas: Canvas) -> str:
    """What a picture shows, for those who cannot see it."""
    parts = [canvas.scene.description, *(f"{_standing(region)}." for region in canvas.regions)]
    return shortened(" ".join(part for part in parts if part), _ALT_TEXT)


def _cancel(turn: TurnRecord) -> tuple[Button[Wording], ...]:
    return (Button(Action.CANCEL, turn.id, Text("button-cancel")),)


def _changes(turn: str) -> Button[Wording]:
    return Button(Action.CHANGES, turn, Text("button-changes"))


def _again(turn: TurnRecord) -> tuple[Button[Wording], ...]:
    return Button(Action.RETRY, turn.id, Text("button-retry")), Button(Action.EDIT, turn.id, Text("button-edit"))


def _about(
    turn: TurnRecord,
    text: Wording,
    files: tuple[Attachment[Wording], ...] = (),
    buttons: tuple[Button[Wording], ...] = (),
    progress: float | None = None,
) -> Outgoing[Wording]:
    """A message about a turn, in the language of whom it is from; its words go along."""
    return Outgoing(text, files, buttons, progress, words=shortened(turn.words, _SHORT), language=turn.language)


def _standing(region: Region) -> str:
    return f"{region.description.strip().rstrip('.')} {region.location}"


def _made_with(turn: TurnRecord, pictures: Sequence[Picture]) -> Wording:
    seeds = [picture.seed for picture in pictures] or [turn.draft.seed]
    if len(seeds) == 1:
        named = Text("footer-seed", seed=str(seeds[0]))
    else:
        named = Text("footer-seeds", first=str(seeds[0]), last=str(seeds[-1]))
    width, height = (pictures[0].width, pictures[0].height) if pictures else (turn.draft.width, turn.draft.height)
    if BROUGHT in turn.draft.spec:
        return size(width, height)
    style = STYLES.get(turn.draft.spec.get(STYLE) or "")
    look = [Named(f"option-style-{turn.draft.spec.get(STYLE)}", style.label)] if style is not None else []
    memory = [remembering(turn.draft.remembered)] if turn.draft.remembered is not None else []
    before = [kept(turn.edited)] if turn.edited is not None else []
    seen = [Text("footer-unheeded")] if _unheeded(turn) else []
    drawn = [Text("footer-draft")] if conversation.is_sketch(turn) else []
    drawn += [Text("footer-larger")] if LARGER in turn.draft.spec else []
    parts = named, size(width, height), *drawn, *look, turn.draft.model.name, *_varied(turn), *before, *memory, *seen
    return Lines(parts, separator=" · ")


def _unheeded(turn: TurnRecord) -> bool:
    """Whether regions have negatives of their own, which work by guidance, and the picture had none."""
    return (
        turn.canvas is not None
        and turn.draft.spec.get(GUIDANCE) == 1
        and any(each.negative for each in turn.canvas.elements)
    )


def _varied(turn: TurnRecord) -> list[Wording]:
    """The name of the region that was drawn anew, if only one was."""
    number = turn.draft.spec.get(VARY)
    regions = turn.canvas.regions if turn.canvas is not None else ()
    if number is None or number >= len(regions):
        return []
    return [Text("footer-varied", region=shortened(regions[number].description.strip().rstrip("."), _ENTERED))]


def remembering(turns: int) -> Text:
    """How much of a long conversation the composer was still told."""
    return Text("footer-remembering", turns=turns)


def _fixes(corrections: Sequence[Correction]) -> Text:
    """A few of the wrong values by name; all of them, and what was only forgotten, are listed with the code."""
    wrong = [f"{each.wrong} → {each.right}" for each in corrections if each.wrong != MISSING][:3]
    if not wrong:
        return Text("fixes-unnamed", count=len(corrections))
    named = listed(*(shortened(each, _FIX) for each in wrong))
    if len(wrong) == len(corrections):
        return Text("fixes-all", fixes=named)
    return Text("fixes-some", fixes=named, count=len(corrections))


def _corrected(correction: Correction) -> Text:
    """What was put right, for a comment below the code."""
    line, field, right = correction.line, correction.field, shortened(correction.right, _FIX)
    if correction.wrong == MISSING:
        return Text("code-added", line=line, field=field, right=right)
    return Text("code-corrected", line=line, field=field, wrong=shortened(correction.wrong, _FIX), right=right)


def _sentence(error: str) -> str:
    text = error.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


_NAMED = 60
"""Characters of a thing's name in a sentence."""


_SHOWN = 400
"""Characters of what a picture shows, in answer to a question."""


def _unchanged(turn: TurnRecord, canvas: Canvas) -> Wording:
    """That nothing changed; of a question what there is, since nothing else here answers it."""
    if not turn.words.rstrip().endswith(("?", "？")):
        return Text("result-unchanged")
    return Text("result-question", canvas=shortened(alt_text(canvas), _SHOWN))


def _outside(beyond: Beyond) -> Wording:
    """What the bundled models are for, where a request goes beyond them, and how to switch to others."""
    guess = [Text("bundled-guess", thing=shortened(beyond.unknown[0], _NAMED))] if beyond.unknown else []
    language = "en" if beyond.understood else beyond.language
    return sentences(Text("bundled-limits", language=language), *guess, Text("bundled-switch"))
