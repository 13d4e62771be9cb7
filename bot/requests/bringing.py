"""What a picture that somebody brings comes to: its own conversation goes on, its recipe is drawn, or it is the start.

Pure; what is in the file is read elsewhere (:mod:`bot.requests.brought_pictures`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from bot.catalogues.text import Text, Wording, sentences
from bot.requests.brought_pictures import BroughtPicture, OwnPicture, kept_size
from bot.requests.drafts import Request
from bot.requests.limits import Limits
from bot.requests.options import Asked
from bot.requests.orders import Bring, Draw
from bot.requests.recipes import Recipe
from bot.telling import refusals
from bot.telling.lines import shortened
from bot.turns import conversation
from bot.turns.conversation import Draft, TurnRecord
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.spec import LARGEST_SEED, NEGATIVE, SEED, SIZE, Spec

_NAME = 60


@dataclass(frozen=True)
class Bringing:
    """A picture with the words that came with it, if any; ``name`` is its file's.

    ``message`` is the platform's id of the message; ``head`` finds the turn to go on from, None for a new beginning,
    and raises where that may not be changed. With a ``control`` the picture leads the shapes of a new one in that way.
    One that is to be ``described`` gets the canvas that a model makes of it, unless its file has one.
    """

    picture: BroughtPicture
    name: str
    words: str
    asked: Asked
    defaults: Sequence[Asked]
    message: str
    head: Callable[[TurnRecord | None], TurnRecord | None]
    control: str = ""
    described: bool = False

    def order(self, info: RendererInfo, limits: Limits, seed: int) -> Bring | Draw:
        """What is to be done with it."""
        made = self.picture.made
        if isinstance(made, Recipe) and not (self.words or self.described):
            return self._again(made, info, limits, seed)
        return self._kept(info, limits, seed)

    def _again(self, recipe: Recipe, info: RendererInfo, limits: Limits, seed: int) -> Draw:
        """The recipe as a first request."""
        words = shortened(recipe.words, limits.words)
        asked = Asked(_spec_of(recipe, limits) | self.asked.spec, self.asked.entered)
        request = Request(words, asked, self.defaults, None, self.message)
        note = Text("picture-recipe", maker=recipe.maker)
        return Draw(lambda _: request.draft(None, info, limits, seed), note, once=True)

    def _kept(self, info: RendererInfo, limits: Limits, seed: int) -> Bring:
        """The picture as a turn, from which the words go on."""
        picture, made = self.picture, self.picture.made
        own = isinstance(made, OwnPicture)
        canvas = made.canvas if isinstance(made, OwnPicture) else picture.start
        told = made.words if isinstance(made, OwnPicture) else ""
        title = shortened(told or PurePath(self.name).name, limits.words if told else _NAME) or "picture"
        seed = made.seed if isinstance(made, OwnPicture) and made.seed is not None else seed
        message, goes_on = self.message or None, bool(self.words) and not (self.described and own)

        def start(newest: TurnRecord | None) -> Draft:
            head = self.head(newest)
            draft = conversation.begun(title, canvas, picture.image.size, seed, info, own=own)
            return replace(draft, parent=head.id if head is not None else None, message=None if goes_on else message)

        def after(turn: TurnRecord) -> Draft:
            if self.described:
                following = conversation.described(turn, self.words, info)
            elif self.control:
                following = conversation.led(turn, self.words, self.control, info)
            else:
                following = conversation.following(turn, self.words, info)
            return replace(self.asked.applied(following, limits), message=message)

        return Bring(start, picture.image, after if goes_on else None, self._notes(), self.message)

    def _notes(self) -> Wording | None:
        picture, notes = self.picture, list[Text]()
        if picture.moves:
            notes.append(Text("picture-first-frame"))
        if picture.image.size != picture.found:
            sizes = refusals.size(*picture.found), refusals.size(*picture.image.size)
            notes.append(Text("picture-fitted", found=sizes[0], used=sizes[1]))
        if isinstance(picture.made, Recipe) and self.words:
            notes.append(Text("picture-recipe-known", maker=picture.made.maker))
        return sentences(*notes) if notes else None


def _spec_of(recipe: Recipe, limits: Limits) -> Spec:
    spec = Spec()
    if recipe.seed is not None:
        spec = spec.having(SEED, recipe.seed % (LARGEST_SEED + 1))
    if recipe.size is not None:
        spec = spec.having(SIZE, kept_size(recipe.size, limits))
    if recipe.negative and NEGATIVE in limits.options:
        spec = spec.having(NEGATIVE, shortened(recipe.negative, int(NEGATIVE.high)))
    return spec
