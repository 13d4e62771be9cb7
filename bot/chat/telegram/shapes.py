"""From the bot's messages to Telegram's: words within the limits, keyboards, pictures small enough. Pure.

Texts have no markup, so nothing in them needs escaping. Lengths are in UTF-16 code units, as Telegram counts.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from PIL import Image
from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from bot.catalogues.catalogue import say
from bot.catalogues.text import Text
from bot.chat.shared.fitting import Sign, encoded, unsigned
from bot.chat.shared.text import bar, beginning, shorten
from bot.chat.telegram.places import link_to, named
from bot.messages import Attachment, Button, Outgoing

Markup = InlineKeyboardMarkup | ForceReply | None

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LARGEST_PHOTO = 10 * 2**20
LARGEST_FILE = 50 * 2**20
LONGEST_LABEL = 64

_LONGEST_SIDES = 10_000
_STEEPEST = 20
_ROW = 3
_MOST_BUTTONS = 100
_CODE = "canvas = Canvas("
_PICTURES = {".png", ".jpg", ".jpeg"}


@dataclass(frozen=True)
class Shape:
    """What a message is made of: words, pictures to be seen, files to be kept, a keyboard.

    ``footer`` is the line that the text ends with, in italics; its last words, ``origin``, lead to ``link`` where there
    is one. With ``as_file`` the picture is sent as a file. ``language`` is its reader's.
    """

    text: str
    pictures: tuple[Attachment, ...]
    files: tuple[Attachment, ...]
    keyboard: InlineKeyboardMarkup | None
    footer: str = ""
    link: str = ""
    origin: str = ""
    language: str = ""
    as_file: bool = False

    def entities(self, shown: str) -> list[MessageEntity]:
        """How ``shown``, which is the text or the beginning of it, is marked."""
        start = units(shown) - units(self.footer)
        if not self.footer or not shown.endswith(self.footer):
            return []
        marked = [MessageEntity(MessageEntity.ITALIC, start, units(self.footer))]
        if self.link:
            end = units(self.origin)
            marked.append(MessageEntity(MessageEntity.TEXT_LINK, units(shown) - end, end, url=self.link))
        return marked


def shaped(message: Outgoing, sign: Sign = unsigned) -> Shape:
    """A message of the bot's, with the words that it answers: they stay with a picture that is passed on.

    Takes CPU time where a picture is too large for a photo: call it on a thread.
    """
    pictures = tuple(photo(each, sign) for each in message.attachments if is_picture(each))
    files = tuple(each for each in message.attachments if not is_picture(each) and len(each.content) <= LARGEST_FILE)
    link = link_to(*named(message.parent)) if message.parent and message.footer else ""
    origin = say(Text("from-this-picture"), message.language)
    footer = f"{message.footer} · {origin}" if link else message.footer
    text = replace(message, footer=footer).whole.strip() or "…"
    if message.progress is not None:
        text = f"{text}\n{bar(message.progress)}"
    return Shape(text, pictures, files, keyboard(message.buttons), footer, link, origin, message.language)


def without_pictures(text: str, language: str) -> str:
    """Words where the chat allows no pictures."""
    return f"{say(Text('no-pictures-here'), language)}\n{text}"


def versions(shape: Shape) -> Iterator[Shape]:
    """A message as it is, then what a chat may allow of it: the picture as a file, words alone, words at a picture."""
    yield shape
    if shape.pictures:
        if not any(each.spoiler for each in shape.pictures):  # a file's preview hides nothing
            yield replace(shape, as_file=True)
        yield replace(shape, pictures=(), text=without_pictures(shape.text, shape.language))
    else:
        yield replace(shape, pictures=(blank(),))


def units(text: str) -> int:
    """A text's length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> tuple[str, str]:
    """The beginning of a text that fits ``most`` units, at a line's or word's end if there is one, and the rest."""
    if units(text) <= most:
        return text, ""
    end = len(beginning(text, most - 1, units))
    best = max(text.rfind("\n", end // 2, end), text.rfind(" ", end // 2, end))
    end = best if best > 0 else end
    return f"{text[:end].rstrip()}…", text[end:].strip()


def parts(text: str, most: int = LONGEST_TEXT) -> list[str]:
    """A long text as messages."""
    found = []
    while text:
        first, text = cut(text, most)
        found.append(first)
    return found


def code_entities(text: str) -> list[MessageEntity]:
    """Canvas code is shown as code."""
    if _CODE not in text:
        return []
    return [MessageEntity(MessageEntity.PRE, 0, units(text), language="python")]


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Rows of three buttons, or None if there are none."""
    made = [InlineKeyboardButton(label(each.label), callback_data=each.data) for each in buttons[:_MOST_BUTTONS]]
    return InlineKeyboardMarkup([made[start : start + _ROW] for start in range(0, len(made), _ROW)]) if made else None


def label(text: str) -> str:
    """A button's label on one line."""
    return shorten(text, LONGEST_LABEL, units) or "—"


def blank() -> Attachment:
    """A picture of nothing, for where one has been taken away."""
    into = io.BytesIO()
    Image.new("RGB", (64, 64), "lightgray").save(into, "PNG")
    return Attachment("removed.png", into.getvalue(), "")


def is_picture(file: Attachment) -> bool:
    """Whether a file is one to be seen."""
    return PurePath(file.name).suffix.lower() in _PICTURES


def photo(file: Attachment, sign: Sign = unsigned) -> Attachment:
    """A picture as Telegram takes it for a photo: within 10 MB, not too many pixels, not too narrow."""
    with Image.open(io.BytesIO(file.content)) as image:
        width, height = image.size
        fits = width + height <= _LONGEST_SIDES and max(width, height) <= _STEEPEST * min(width, height)
        if fits and len(file.content) <= LARGEST_PHOTO:
            return file
        flat = image.convert("RGB")
    shorter = max(-(-max(width, height) // _STEEPEST), min(width, height))
    whole = Image.new("RGB", (max(width, shorter), max(height, shorter)), "white")
    whole.paste(flat)
    whole.thumbnail((_LONGEST_SIDES // 2, _LONGEST_SIDES // 2))
    return encoded(file, whole, LARGEST_PHOTO, sign) or file
