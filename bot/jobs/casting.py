"""Characters in a job: what the composer is told where words name them, and what they look like when they are drawn.

Reads rows; knows no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.jobs.references import pictures_named
from bot.store.assets import Pictures
from bot.store.characters import Characters
from bot.store.turns import Store
from bot.turns import conversation
from bot.turns.characters import Character, as_told, folded, named_in, with_characters, without_references
from bot.turns.conversation import TurnRecord
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.composer.protocol import Turn
from omost_pipeline.renderer.info import RendererInfo


@dataclass(frozen=True)
class Script:
    """What a composer is told of a turn, who is in what it writes, and by which picture its shapes are led."""

    history: tuple[Turn, ...]
    words: str
    characters: tuple[Character, ...]
    control: str = ""

    def cast(self, canvas: Canvas) -> Canvas:
        """What was composed, with its characters."""
        cast = with_characters(canvas, self.characters, self.history[-1].canvas if self.history else None)
        return replace(cast, scene=replace(cast.scene, control=self.control)) if self.control else cast


@dataclass(frozen=True)
class Looks:
    """What elements look like: the pictures that the renderer is shown, by the names that canvases call them.

    ``alone`` are names, folded, that are drawn from their words alone: of characters, where the renderer can show no
    pictures to regions, and of what is gone since the canvas before.
    """

    pictures: Mapping[str, bytes]
    alone: frozenset[str]

    def plain(self, canvas: Canvas) -> Canvas:
        """A canvas as it is drawn: without the other references."""
        return without_references(canvas, self.alone) if self.alone else canvas


class Casting:
    """Finds out who is who."""

    def __init__(self, store: Store, files: Pictures, info: RendererInfo) -> None:
        self._store = store
        self._files = files
        self._info = info
        self._characters = Characters(store)

    async def script(self, platform: str, turn: TurnRecord) -> Script:
        """What is composed for a turn. Each name means what it means to whoever wrote it."""
        control = conversation.control_of(turn)
        parent = turn.parent if not control else None  # it is a new picture
        line = (*conversation.path(await self._store.ancestry(parent), parent), turn)
        known = await self._characters.of_each(platform, {each.author.id for each in line})
        *earlier, now = as_told(line, known)
        named = named_in(turn.words, known.get(turn.author.id, ()))
        return Script(conversation.history(earlier), now.request, named, control)

    async def looks(self, turn: TurnRecord, canvas: Canvas) -> Looks:
        """What a canvas's elements are to look like."""
        found = await pictures_named(self._store, self._files, turn, canvas)
        characters = set[str]()
        for element in canvas.elements:
            name = element.reference
            if name and name not in found:
                content = await self._characters.picture(turn.id, turn.author, name)
                if content is not None:
                    found[name] = content
                    characters.add(name)
        alone = await self._gone(turn, canvas, found) | (set() if self._info.refers else characters)
        names = frozenset(map(folded, alone))
        return Looks({name: content for name, content in found.items() if folded(name) not in names}, names)

    async def _gone(self, turn: TurnRecord, canvas: Canvas, found: Mapping[str, bytes]) -> set[str]:
        """What is called for since the canvas before, and has no picture any more."""
        named = {element.reference for element in canvas.elements if element.reference}
        parent = await self._store.turn(turn.parent) if named and turn.parent is not None else None
        before = parent.canvas.elements if parent is not None and parent.canvas is not None else ()
        return {element.reference for element in before} & named - found.keys()
