"""Every word the bot says, in English, and the buttons and forms that go with it.

Pure: takes turns, canvases and numbers, gives text or whole messages. Knows no platform; texts have no markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.messages import Action, Attachment, Button, Outgoing
from bot.turns.conversation import Picture, TurnRecord
from bot.turns.styles import STYLE, STYLES
from omost_pipeline.bundled.glossary import Language, language_of
from omost_pipeline.canvas.elements import Canvas, Correction, Outline, Region
from omost_pipeline.canvas.fields import MISSING
from omost_pipeline.engine.events import Activity, Failed, Failure, Part, Preparing
from omost_pipeline.world.kinds import KINDS

HELP = """Tell me what to draw, and I draw it. Then tell me what to change.

/imagine words: start a new picture
/edit words: change the last picture; without words, a form for its words, size and seed
/undo: go back to the picture before
/layout: show what stands where, and change it by hand
/canvas: show the last picture's code
/settings: your own defaults; /settings here: those of this place
/queue: show who is waiting, and how long
/cancel: stop what I am drawing for you here
/help: show this

Before the words may stand options, as in /imagine --size wide a harbour at dawn: {examples}.

A canvas as a .json or .py file is drawn as it is; what you write with it is its name.
A message that begins with // is not for me."""

UNEXPECTED = "Something went wrong on my side. Your words are kept; press Retry to try again."
UNKNOWN_TURN = "I don't know that picture. It may come from another chat or from a database that is gone."
NOTHING_HERE = "There is no picture here yet. Tell me what to draw."
NOTHING_TO_UNDO = "There is nothing to undo: this is where it began."
NOTHING_TO_CANCEL = "There is nothing to cancel; it is already done."
NOT_COMPOSED = "That picture has no layout yet. Wait for it, or press Retry if it failed."
NOT_RETRIED = "That one needs no retry; it is on its way or already drawn."
UNCHANGED = "Nothing was changed, so there is nothing new to draw."
EMPTY = "That message was empty. Tell me what to draw, for example: a red house under a big sun."
CANNOT_POST = (
    "I am not allowed to post where this belongs, so I did not begin. Please check my permissions, or whether you take "
    "direct messages from me."
)
STOPPING = "I am stopping it."
NO_WORDS = "Tell me what to draw after the command, for example: /imagine a red house under a big sun."
NOTHING_DRAWN = "The model stopped before it had drawn anything. Please try again."
UNKNOWN_BUTTON = "I don't know that button in this version."
WHICH_LARGER = "Which one shall be larger?"
REMOVED = "That picture was removed."
NOT_YOURS_TO_STOP = "Only whoever asked for that picture, or a moderator, can stop it."
NOT_YOURS = "Only whoever asked for that picture, or a moderator, can remove it."
NO_SUCH_PICTURE = "I no longer have that one of the pictures. Reroll draws a new one."
NOTHING_LEFT = "Everything before it was removed or never drawn, so there is nothing to go back to."
MODERATORS_ONLY = "Only a moderator can change what holds for everybody here. /settings alone is your own."
UNKNOWN_REGION = "That region is not in the picture. Press Layout again for those that are."
NO_DESCRIPTION = "Say what the new region shows, for example: a yellow sun."
BAD_FORM = "I don't know that form. Please press the button again."
ADULTS_ONLY = "I only draw in chats that are marked age-restricted, and this one is not."
QUEUE_EMPTY = "Nobody is waiting."
AS_USUAL = "The bot's default"
WORDS_LABEL = "What to draw"
EDIT_TITLE = "Edit the picture"

_SHORT = 300
_ENTERED = 40
_ALT_TEXT = 900
_INLINE_CODE = 1500
_MOST_LISTED = 20
_COMPOSING_SHARE = 0.4


def unknown_command(name: str) -> str:
    return f"I don't know {name}. Send /help for what I do know."


def saved(defaults: Mapping[str, str], about: str) -> str:
    """What holds from now on, by name, for the pictures that ``about`` says."""
    given = ((name, shortened(value, _ENTERED)) for name, value in defaults.items() if value)
    listed = ", ".join(f"{name} {value}" for name, value in given)
    if not listed:
        return f"Saved: {about} are drawn as the bot is set up."
    return f"Saved for {about}: {listed}."


def stopped_too_often(times: int) -> str:
    return (
        f"I had to restart {times} times while working on this, so I stopped trying. "
        "A smaller size or a simpler request may work."
    )


def rounded(asked: tuple[int, int], used: tuple[int, int], unit: int) -> str:
    return f"Sizes come in steps of {unit} pixels, so {_size(*asked)} became {_size(*used)}."


def duration(seconds: float) -> str:
    """About how long, as people say it."""
    if seconds < 50:
        return "less than a minute"
    minutes = max(1, round(seconds / 60))
    return f"about {count(minutes, 'minute')}" if minutes < 90 else f"about {count(round(minutes / 60), 'hour')}"


def waiting(turn: TurnRecord, ahead: int, wait: float | None = None) -> Outgoing:
    """The status of a waiting job with ``ahead`` jobs before it, which take ``wait`` seconds if that is known."""
    expected = f", {duration(wait)}" if wait is not None else ""
    line = "You are next." if ahead == 0 else f"Waiting, {count(ahead, 'picture')} ahead of you{expected}."
    return _about(turn, line, buttons=_cancel(turn), progress=0.0)


def starting(turn: TurnRecord) -> Outgoing:
    """The status when work begins; the models may still have to be loaded."""
    line = "Thinking about what goes where…" if turn.canvas is None else "Getting the brushes ready…"
    return _about(turn, line, buttons=_cancel(turn), progress=0.0)


def preparing(turn: TurnRecord, event: Preparing) -> Outgoing:
    """The status while a model is loaded or fetched."""
    model = "language model" if event.part is Part.COMPOSER else "picture model"
    if event.activity is Activity.LOADING:
        return _about(turn, f"Loading the {model}…", buttons=_cancel(turn), progress=0.0)
    share = f", {event.done / event.total:.0%} of {event.total / 2**30:.1f} GiB" if event.total else ""
    done = min(1.0, event.done / event.total) if event.total else 0.0
    return _about(turn, f"Downloading the {model}{share}. This happens once.", buttons=_cancel(turn), progress=done)


def failure(event: Failed) -> str:
    """What is said of work that the engine could not do."""
    if event.failure is Failure.CANVAS:
        return unreadable(event.message)
    return UNEXPECTED if event.failure is Failure.UNEXPECTED else event.message


def took_too_long(seconds: float) -> str:
    return f"I stopped this after {duration(seconds)}. A smaller size, fewer steps or fewer pictures take less time."


def composing(turn: TurnRecord, outline: Outline, layout: Attachment) -> Outgoing:
    """The status after another element, or the place of one, has been written."""
    canvas, pending = outline.canvas, outline.pending
    lines = [canvas.scene.description, *(f"• {_standing(region)}" for region in canvas.regions)]
    lines += [] if pending is None else [f"• {_standing(pending).strip()} …"]
    done = _COMPOSING_SHARE * (1 - 0.8 ** (1 + len(canvas.regions)))  # nobody knows how many are still to come
    return _about(turn, "\n".join(("Composing:", *lines)), (layout,), _cancel(turn), done)


def drawing(turn: TurnRecord, composed_now: bool, number: int, total: int, preview: Attachment) -> Outgoing:
    """The status after step ``number`` of ``total``."""
    begun = _COMPOSING_SHARE if composed_now else 0.0
    text = f"Drawing, step {number} of {total}."
    return _about(turn, text, (preview,), _cancel(turn), begun + (1 - begun) * number / total)


def finished(turn: TurnRecord, canvas: Canvas, pictures: Sequence[Picture], files: tuple[Attachment, ...]) -> Outgoing:
    """The result: pictures, or what stands in for them in ``files``."""
    lines = []
    if not pictures:
        lines.append("The picture itself is not here, so this is its layout. Reroll draws it again.")
    if turn.draft.cut:
        lines.append("The description ended early, so something may be missing.")
    lines += [_fixes(turn.draft.corrections)] if turn.draft.corrections else []
    lines += _outside(turn.words, canvas) if turn.draft.profile == "tiny" else []
    shown = _about(turn, "\n".join(lines), files, result_buttons(turn.id, len(pictures)))
    return replace(shown, footer=_made_with(turn, pictures))


def unreadable(error: str) -> str:
    """What is said of a composition whose text was no canvas, twice."""
    return f"My language model wrote twice what I could not read ({error.rstrip('.')}). Press Retry for another go."


def failed(turn: TurnRecord, error: str) -> Outgoing:
    """The status of a job that ended with an error."""
    return _about(turn, _sentence(error), buttons=_again(turn))


def cancelled(turn: TurnRecord) -> Outgoing:
    """The status of a cancelled job."""
    return _about(turn, "Cancelled.", buttons=_again(turn))


def removed(name: str) -> Outgoing:
    """What is left of a message whose picture somebody had removed."""
    return Outgoing(f"Removed by {shortened(name, _ENTERED)}.")


def result_buttons(turn: str, pictures: int = 1) -> tuple[Button, ...]:
    """The buttons under a finished picture, or under several, of which one can be picked."""
    labels = {
        Action.EDIT: "Edit",
        Action.REROLL: "Reroll",
        Action.VARIATIONS: "Variations",
        Action.LARGER: "Larger",
        Action.UNDO: "Undo",
        Action.LAYOUT: "Layout",
        Action.CODE: "Code",
        Action.DELETE: "Delete",
    }
    numbers = range(1, pictures + 1) if pictures > 1 else ()
    picks = (Button(Action.PICK, f"{turn}-{number}", str(number)) for number in numbers)
    return *picks, *(Button(action, turn, label) for action, label in labels.items())


def help_text(examples: str) -> str:
    """What the bot can do; ``examples`` are the options of a request, as they are written."""
    return HELP.format(examples=examples)


def without(label: str) -> str:
    """The choice to have nothing of an option."""
    return f"No {label.lower()}"


def size_label(shapes: Sequence[str]) -> str:
    """What to enter as a size by default."""
    return f"Size: 512x512 or {', '.join(shapes)}"


def layout(canvas: Canvas) -> str:
    """A canvas as a list of what stands where."""
    regions = [f"• {_standing(each)} ({each.area.removeprefix('a ')}, {each.color})" for each in canvas.regions]
    return "\n".join(
        (canvas.scene.description, *(regions or ["No regions of its own: the whole picture is one scene."]))
    )


def code(text: str, corrections: Sequence[Correction] = ()) -> str:
    """Canvas code inline where it is short, and what was put right in it; the files beside it always hold all of it."""
    shown = text if len(text) <= _INLINE_CODE else "The code is long, so it is in the attached files."
    return f"{shown.rstrip()}\n\n{_listed(corrections)}" if corrections else shown


def queue(total: int, own: Sequence[tuple[int, float | None]]) -> str:
    """How many wait; of each job of the one who asks how many are ahead and how long they take, if that is known."""
    if not total:
        return QUEUE_EMPTY
    ahead = (f"{number}" if wait is None else f"{number} ({duration(wait)})" for number, wait in own)
    mine = "None of it is yours." if not own else f"Ahead of yours: {', '.join(ahead)}."
    return f"{count(total, 'picture')} waiting. {mine}"


def alt_text(canvas: Canvas) -> str:
    """What a picture shows, for those who cannot see it."""
    parts = [canvas.scene.description, *(f"{_standing(region)}." for region in canvas.regions)]
    return shortened(" ".join(part for part in parts if part), _ALT_TEXT)


def _cancel(turn: TurnRecord) -> tuple[Button, ...]:
    return (Button(Action.CANCEL, turn.id, "Cancel"),)


def _again(turn: TurnRecord) -> tuple[Button, ...]:
    return Button(Action.RETRY, turn.id, "Retry"), Button(Action.EDIT, turn.id, "Edit")


def _about(
    turn: TurnRecord,
    text: str,
    files: tuple[Attachment, ...] = (),
    buttons: tuple[Button, ...] = (),
    progress: float | None = None,
) -> Outgoing:
    """A message about a turn; its words go along."""
    return Outgoing(text, files, buttons, progress, words=shortened(turn.words, _SHORT))


def shortened(text: str, most: int) -> str:
    """A text on one line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _standing(region: Region) -> str:
    return f"{region.description.strip().rstrip('.')} {region.location}"


def _made_with(turn: TurnRecord, pictures: Sequence[Picture]) -> str:
    seeds = [picture.seed for picture in pictures] or [turn.draft.seed]
    named = f"Seed {seeds[0]}" if len(seeds) == 1 else f"Seeds {seeds[0]} to {seeds[-1]}"
    width, height = (pictures[0].width, pictures[0].height) if pictures else (turn.draft.width, turn.draft.height)
    style = STYLES.get(turn.draft.spec.get(STYLE) or "")
    look = [style.label.lower()] if style is not None else []
    memory = [remembering(turn.draft.remembered)] if turn.draft.remembered is not None else []
    return ", ".join((named, _size(width, height), *look, turn.draft.model.name, *memory))


def remembering(turns: int) -> str:
    """How much of a long conversation the composer was still told."""
    return "remembering the last edit" if turns == 1 else f"remembering the last {turns} edits"


def _size(width: int, height: int) -> str:
    return f"{width} × {height}"


def count(number: int, noun: str) -> str:
    """A number of things: "1 picture", "2 pictures"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _fixes(corrections: Sequence[Correction]) -> str:
    """A few of the wrong values by name; all of them, and what was only forgotten, are listed with the code."""
    wrong = [f"{each.wrong} → {each.right}" for each in corrections if each.wrong != MISSING][:3]
    if len(wrong) == len(corrections):
        return shortened(f"Small fixes: {', '.join(wrong)}.", _SHORT)
    if not wrong:
        return f"Small fixes were made ({len(corrections)}); Code lists them."
    return shortened(f"Small fixes: {', '.join(wrong)}; Code lists all {len(corrections)}.", _SHORT)


def _listed(corrections: Sequence[Correction]) -> str:
    """What was put right in a composition, as comments below its code."""
    lines = [shortened(str(each), _SHORT) for each in corrections[:_MOST_LISTED]]
    if len(corrections) > _MOST_LISTED:
        lines.append(f"… and {len(corrections) - _MOST_LISTED} more")
    return "\n".join(f"# {line}" for line in ("Put right in what the model wrote:", *lines))


def _sentence(error: str) -> str:
    text = error.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


_OUTSIDE: Mapping[Language, tuple[str, str, str]] = {
    "en": (
        "The small models I came with draw simple scenes{guess}.",
        ", so “{thing}” is only a guess",
        'For anything you like, set profile = "omost" in config.toml.',
    ),
    "fr": (
        "Les petits modèles fournis avec moi dessinent des scènes simples et savent peu de français{guess}.",
        " ; « {thing} » n'est donc qu'une approximation",
        'Pour tout ce que vous voulez, mettez profile = "omost" dans config.toml.',
    ),
    "zh": (
        "我自带的小模型只会画简单的场景，中文也懂得不多{guess}。",
        "，所以“{thing}”只是猜的",
        '想画什么都行的话，请在 config.toml 中设置 profile = "omost"。',
    ),
}
"""What the bundled models are for, what is said of a thing beyond them, and how to switch to the real ones."""


def _outside(words: str, canvas: Canvas) -> list[str]:
    """One friendly sentence for what is beyond the bundled models: a thing, or the language of the request."""
    language, unknown = language_of(words), _unknown(canvas)
    if language == "en" and not unknown:
        return []
    simple, guess, switch = _OUTSIDE[language]
    return [f"{simple.format(guess=guess.format(thing=unknown[0]) if unknown else '')} {switch}"]


def _unknown(canvas: Canvas) -> tuple[str, ...]:
    """What the bundled models have never seen, by the regions' descriptions."""
    descriptions = (region.description.strip().rstrip(".") for region in canvas.regions)
    return tuple(shortened(each, 60) for each in descriptions if not any(map(_known, each.lower().split())))


def _known(word: str) -> bool:
    bare = word.strip(",;:!?'\"()")
    return any(name in KINDS for name in (bare, bare.removesuffix("s"), bare.removesuffix("es")))
