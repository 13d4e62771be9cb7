"""``/character``: keeps a region of a picture by a name, lists such names, and drops them; says what a name lacks here.

Decides alone; what is kept is stored by :mod:`execution`.
"""

from __future__ import annotations

import asyncio
import io
import re

from PIL import Image

from bot.catalogues.text import Lines, Text, Wording, sentences
from bot.messages import Notice, Said
from bot.requests.gallery import Gallery, canvas_of
from bot.requests.limits import InputError
from bot.requests.orders import Drop, Keep, Order, Tell
from bot.requests.regions import name_in_sentence
from bot.store.characters import Characters
from bot.telling.lines import shortened
from bot.turns.characters import LONGEST_NAME, Character, can_be_named, is_in, named_in
from bot.turns.conversation import TurnRecord
from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.canvas.wording import content_words
from omost_pipeline.renderer.info import RendererInfo

_NAMED = re.compile(r"""(?:"([^"]*)"|“([^”]*)”|«([^»]*)»|(\S+))\s*(?:[=:]\s*|of\s+|is\s+)?(.*)""", re.DOTALL)
_SIDE = 512
"""Pixels of the longer side of a kept picture."""


class CharacterRequests:
    """Decides about people's characters."""

    def __init__(self, characters: Characters, gallery: Gallery, info: RendererInfo) -> None:
        self._characters = characters
        self._gallery = gallery
        self._info = info

    async def order(self, said: Said, words: str) -> Order:
        """What ``/character words`` asks for.

        Raises:
            InputError: if it cannot be; says how to ask.
        """
        what, _, rest = words.strip().partition(" ")
        match what.lower():
            case "save":
                return await self._save(said, rest)
            case "forget":
                name, _ = _read(rest)
                return Drop(name)
            case "" | "list":
                return Tell(await self._list(said))
            case _:
                raise InputError(Text("character-usage"))

    async def missing(self, said: Said, words: str, before: TurnRecord | None) -> Wording | None:
        """What somebody is to know whose words bring characters into a canvas that had none of them."""
        if self._info.refers:
            return None
        named = named_in(words, await self._characters.of(said.place, said.author))
        new = [each.name for each in named if not is_in(each, before.canvas if before is not None else None)]
        return Text("character-words-alone", names=", ".join(new)) if new else None

    async def _save(self, said: Said, rest: str) -> Order:
        name, which = _read(rest)
        if not can_be_named(name):
            raise InputError(Text("character-bad-name", name=shortened(name, 40), most=LONGEST_NAME))
        answered = await self._gallery.answered(said)
        turn = answered or await self._gallery.settled(await self._gallery.head(said.place))
        region = _chosen(canvas_of(turn), name, which)
        content = await self._gallery.first_picture(turn)
        character = Character(name, region)
        kept: Wording = Text("character-saved", name=name, description=name_in_sentence(region))
        if not self._info.refers:
            kept = sentences(kept, Text("character-words-alone", names=name))
        return Keep(character, await asyncio.to_thread(_cut_out, content, region.box), Notice(kept))

    async def _list(self, said: Said) -> Notice[Wording]:
        known = await self._characters.of(said.place, said.author)
        if not known:
            return Notice(Text("character-none"))
        return Notice(Lines((Text("character-list"), *(f"• {each.name}: {_words(each.region)}" for each in known))))


def notes(*parts: Wording | None) -> Wording | None:
    """What is told beside a picture, in one; None for nothing."""
    said = [part for part in parts if part is not None]
    return (said[0] if len(said) == 1 else sentences(*said)) if said else None


def _read(text: str) -> tuple[str, str]:
    """A name, which may be in quotes, and the words behind it."""
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        raise InputError(Text("character-usage"))
    return " ".join(next(part for part in found.groups()[:4] if part is not None).split()), found[5].strip()


def _chosen(canvas: Canvas, name: str, which: str) -> Region:
    """The one region that is meant, by its number from 1, or by words of its description; without any, the only one.

    Raises:
        InputError: if it is not clear which; lists them.
    """
    regions, words = canvas.regions, content_words(which)
    if which.isascii() and which.isdecimal() and len(which) < 4 and 0 < int(which) <= len(regions):
        return regions[int(which) - 1]
    found = [each for each in regions if words <= content_words(each.description)] if words or not which else []
    if len(found) == 1:
        return found[0]
    if not regions:
        raise InputError(Text("layout-no-regions"))
    listing = (f"{number}. {_words(region)}" for number, region in enumerate(regions, start=1))
    raise InputError(Lines((Text("character-which", name=name), *listing)))


def _words(region: Region) -> str:
    return shortened(region.description, 60)


def _cut_out(content: bytes, place: Box) -> bytes:
    """What of a picture lies in a box, as a PNG."""
    with Image.open(io.BytesIO(content)) as image:
        across, down = image.width / GRID, image.height / GRID
        left, top = int(place.left * across), int(place.top * down)
        right, bottom = max(round(place.right * across), left + 1), max(round(place.bottom * down), top + 1)
        part = image.convert("RGB").crop((left, top, right, bottom))
    part.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    part.save(file, format="PNG")
    return file.getvalue()
