"""Every word the bot says, in English, and the buttons and forms that go with it.

Pure: takes turns, canvases and numbers, gives text or whole messages. Knows no platform; texts have no markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.history.conversation import Picture, TurnRecord
from bot.messages import Action, Attachment, Button, Field, Form, Outgoing
from omost_pipeline.canvas.elements import Canvas, Correction, Region
from omost_pipeline.tiny.world import KINDS

HELP = """Tell me what to draw, and I draw it. Then tell me what to change.

/imagine words: start a new picture
/edit: change the last picture's words, size or seed
/undo: go back to the picture before
/layout: show what stands where
/canvas: show the last picture's code
/queue: show who is waiting
/cancel: stop what I am drawing for you here
/help: show this

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
CANNOT_POST = "I am not allowed to post here, so I did not begin. Please check my permissions."
STOPPING = "I am stopping it."
NO_WORDS = "Tell me what to draw after the command, for example: /imagine a red house under a big sun."
NOTHING_DRAWN = "The model stopped before it had drawn anything. Please try again."
NOT_REWRITTEN = "I read a message only once. To change it, press Edit under its picture."
UNKNOWN_BUTTON = "I don't know that button in this version."
BAD_FORM = "I don't know that form. Please press the button again."
QUEUE_EMPTY = "Nobody is waiting."

_SHORT = 300
_ENTERED = 40
_ALT_TEXT = 900
_INLINE_CODE = 1500
_COMPOSING_SHARE = 0.4


def unknown_command(name: str) -> str:
    return f"I don't know {name}. Send /help for what I do know."


def too_long(length: int, most: int) -> str:
    return f"That message has {length:,} characters; I can read {most:,}. Please shorten it."


def no_size(text: str) -> str:
    return f"“{_shortened(text, _ENTERED)}” is not a size; write width x height in pixels, for example 512x512."


def side_out_of_range(side: int, shortest: int, longest: int) -> str:
    return f"{side} pixels is out of range; each side may have {shortest} to {longest}."


def no_seed(text: str, largest: int) -> str:
    return f"“{_shortened(text, _ENTERED)}” is not a seed; write a whole number from 0 to {largest}."


def seed_out_of_range(text: str, largest: int) -> str:
    return f"The seed {_shortened(text, _ENTERED)} is out of range; it may be 0 to {largest}."


def too_many_yours(most: int) -> str:
    return (
        f"You already have {_count(most, 'picture')} waiting, as many as one person may have. "
        "Please wait a little, or cancel one."
    )


def too_many_waiting(most: int) -> str:
    return f"{_count(most, 'picture')} waiting already, and more do not fit. Please try again in a while."


def too_many_a_minute(most: int) -> str:
    return f"That was more than {_count(most, 'picture')} in a minute. Please wait a little."


def stopped_too_often(times: int) -> str:
    return (
        f"I had to restart {times} times while working on this, so I stopped trying. "
        "A smaller size or a simpler request may work."
    )


def rounded(asked: tuple[int, int], used: tuple[int, int], unit: int) -> str:
    return f"Sizes come in steps of {unit} pixels, so {_size(*asked)} became {_size(*used)}."


def waiting(turn: TurnRecord, ahead: int) -> Outgoing:
    """The status of a waiting job with ``ahead`` jobs before it."""
    line = "You are next." if ahead == 0 else f"Waiting, {_count(ahead, 'picture')} ahead of you."
    return Outgoing(f"{_quoted(turn.words)}\n{line}", buttons=_cancel(turn), progress=0.0)


def starting(turn: TurnRecord) -> Outgoing:
    """The status when work begins; the models may still have to be loaded."""
    line = "Thinking about what goes where…" if turn.canvas is None else "Getting the brushes ready…"
    return Outgoing(f"{_quoted(turn.words)}\n{line}", buttons=_cancel(turn), progress=0.0)


def composing(turn: TurnRecord, canvas: Canvas, layout: Attachment) -> Outgoing:
    """The status after another element has been written."""
    lines = [canvas.scene.description, *(f"• {_standing(region)}" for region in canvas.regions)]
    done = _COMPOSING_SHARE * (1 - 0.8 ** (1 + len(canvas.regions)))  # nobody knows how many are still to come
    text = "\n".join((_quoted(turn.words), "Composing:", *lines))
    return Outgoing(text, (layout,), _cancel(turn), done)


def drawing(turn: TurnRecord, composed_now: bool, number: int, total: int, preview: Attachment) -> Outgoing:
    """The status after step ``number`` of ``total``."""
    begun = _COMPOSING_SHARE if composed_now else 0.0
    text = f"{_quoted(turn.words)}\nDrawing, step {number} of {total}."
    return Outgoing(text, (preview,), _cancel(turn), begun + (1 - begun) * number / total)


def finished(turn: TurnRecord, canvas: Canvas, pictures: Sequence[Picture], files: tuple[Attachment, ...]) -> Outgoing:
    """The result: pictures, or what stands in for them in ``files``."""
    lines = [_quoted(turn.words), _made_with(turn, pictures)]
    if not pictures:
        lines.append("The picture itself is not here, so this is its layout. Reroll draws it again.")
    if turn.draft.cut:
        lines.append("The description ended early, so something may be missing.")
    lines += [_fixes(turn.draft.corrections)] if turn.draft.corrections else []
    lines += [_outside(canvas)] if turn.draft.profile == "tiny" and _unknown(canvas) else []
    return Outgoing("\n".join(lines), files, result_buttons(turn.id))


def failed(turn: TurnRecord, error: str) -> Outgoing:
    """The status of a job that ended with an error."""
    return Outgoing(f"{_quoted(turn.words)}\n{_sentence(error)}", buttons=_again(turn))


def cancelled(turn: TurnRecord) -> Outgoing:
    """The status of a cancelled job."""
    return Outgoing(f"{_quoted(turn.words)}\nCancelled.", buttons=_again(turn))


def result_buttons(turn: str) -> tuple[Button, ...]:
    """The buttons under a finished picture."""
    labels = {
        Action.EDIT: "Edit",
        Action.REROLL: "Reroll",
        Action.VARIATIONS: "Variations",
        Action.UNDO: "Undo",
        Action.LAYOUT: "Layout",
        Action.CODE: "Code",
    }
    return tuple(Button(action, turn, label) for action, label in labels.items())


def edit_form(turn: TurnRecord) -> Form:
    """What can be changed about a turn."""
    draft = turn.draft
    fields = (
        Field("words", "What to draw", turn.words, multiline=True),
        Field("size", "Width x height in pixels", f"{draft.width}x{draft.height}"),
        Field("seed", "Seed", str(draft.seed)),
    )
    return Form("Edit the picture", Action.EDIT, turn.id, fields)


def layout(canvas: Canvas) -> str:
    """A canvas as a list of what stands where."""
    regions = [f"• {_standing(each)} ({each.area.removeprefix('a ')}, {each.color})" for each in canvas.regions]
    return "\n".join(
        (canvas.scene.description, *(regions or ["No regions of its own: the whole picture is one scene."]))
    )


def code(text: str) -> str:
    """Canvas code inline where it is short; the files beside it always hold all of it."""
    return text if len(text) <= _INLINE_CODE else "The code is long, so it is in the attached files."


def queue(total: int, own: Sequence[int]) -> str:
    """How many wait, and how many are ahead of each job of the one who asks."""
    if not total:
        return QUEUE_EMPTY
    mine = "None of it is yours." if not own else f"Ahead of yours: {', '.join(map(str, own))}."
    return f"{_count(total, 'picture')} waiting. {mine}"


def alt_text(canvas: Canvas) -> str:
    """What a picture shows, for those who cannot see it."""
    parts = [canvas.scene.description, *(f"{_standing(region)}." for region in canvas.regions)]
    return _shortened(" ".join(part for part in parts if part), _ALT_TEXT)


def _cancel(turn: TurnRecord) -> tuple[Button, ...]:
    return (Button(Action.CANCEL, turn.id, "Cancel"),)


def _again(turn: TurnRecord) -> tuple[Button, ...]:
    return Button(Action.RETRY, turn.id, "Retry"), Button(Action.EDIT, turn.id, "Edit")


def _quoted(words: str) -> str:
    return f"“{_shortened(words, _SHORT)}”"


def _shortened(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _standing(region: Region) -> str:
    return f"{region.description.strip().rstrip('.')} {region.location}"


def _made_with(turn: TurnRecord, pictures: Sequence[Picture]) -> str:
    seeds = [picture.seed for picture in pictures] or [turn.draft.seed]
    named = f"Seed {seeds[0]}" if len(seeds) == 1 else f"Seeds {seeds[0]} to {seeds[-1]}"
    width, height = (pictures[0].width, pictures[0].height) if pictures else (turn.draft.width, turn.draft.height)
    return f"{named}, {_size(width, height)}"


def _size(width: int, height: int) -> str:
    return f"{width} × {height}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _fixes(corrections: Sequence[Correction]) -> str:
    shown = [f"{each.wrong} → {each.right}" for each in corrections[:3]]
    more = [f"{len(corrections) - 3} more"] if len(corrections) > 3 else []
    return _shortened(f"Small fixes: {', '.join(shown + more)}.", _SHORT)


def _sentence(error: str) -> str:
    text = error.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _outside(canvas: Canvas) -> str:
    return (
        f"The small models I came with draw simple scenes, so “{_unknown(canvas)[0]}” is only a guess. "
        'For anything you like, set profile = "omost" in config.toml.'
    )


def _unknown(canvas: Canvas) -> tuple[str, ...]:
    """What the bundled models have never seen, by the regions' descriptions."""
    descriptions = (region.description.strip().rstrip(".") for region in canvas.regions)
    return tuple(_shortened(each, 60) for each in descriptions if not any(map(_known, each.lower().split())))


def _known(word: str) -> bool:
    bare = word.strip(",;:!?'\"()")
    return any(name in KINDS for name in (bare, bare.removesuffix("s"), bare.removesuffix("es")))
