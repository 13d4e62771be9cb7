"""Composing and rendering for the command line: one conversation, no queue, no database.

Importing this loads no model; :class:`Studio` does when it first draws.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from PIL.Image import Image

from bot.cli.arguments import Size
from bot.cli.terminal import Bar, Terminal
from bot.settings.config import Settings
from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.files import read_canvas
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.canvas.preview import layout_image
from omost_pipeline.composer.composition import Composition, compose_canvas
from omost_pipeline.composer.protocol import Turn
from omost_pipeline.engine.residency import Models
from omost_pipeline.renderer.protocol import Highres, Rendered, RenderOptions

SMALLEST_LAYOUT = 512
"""Pixels of a layout's shorter side: below this its words cannot be read."""


@dataclass(frozen=True)
class DrawnTurn:
    """One turn of ``imagine``: what was said, what came of it, and where the files lie."""

    prompt: str
    code: str
    corrections: tuple[str, ...]
    images: tuple[Path, ...]
    layout: Path
    canvas_file: Path
    seeds: tuple[int, ...]
    seconds: dict[str, float]

    def report(self) -> dict[str, object]:
        """The turn as ``--json`` prints it."""
        return {
            "prompt": self.prompt,
            "canvas": self.code,
            "corrections": list(self.corrections),
            "files": {
                "image": str(self.images[0]),
                "images": [str(image) for image in self.images],
                "layout": str(self.layout),
                "code": str(self.canvas_file),
            },
            "seed": self.seeds[0],
            "seeds": list(self.seeds),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


class Studio:
    """Owns the models for one command."""

    def __init__(self, settings: Settings, terminal: Terminal, models: Models | None = None) -> None:
        self._settings = settings
        self._terminal = terminal
        self._models = models or Models(settings.chosen_profile(), settings.torch_device)

    def imagine(
        self,
        prompts: Sequence[str],
        out: Path,
        seed: int,
        size: Size | None,
        images: int = 1,
        highres: Highres | None = None,
    ) -> list[DrawnTurn]:
        """Draw a conversation: the first prompt, then each change of it. Writes turn-N files into ``out``.

        Raises:
            OmostError: if a turn cannot be composed or drawn; earlier turns' files stay.
        """
        drawing = self._drawing(seed, images, highres)
        history: list[Turn] = []
        drawn: list[DrawnTurn] = []
        for number, words in enumerate(prompts, start=1):
            with self._terminal.progress() as bar:
                begun = time.perf_counter()
                parsed = self._compose(history, words, seed, bar)
                composed = time.perf_counter() - begun
                picture = self._draw(parsed.canvas, drawing, size, bar)
            history.append(Turn(words, parsed.canvas))
            seconds = {"compose": composed, **picture.seconds}
            drawn.append(_save(out / f"turn-{number}", words, parsed, picture, seconds))
            _note(parsed, self._terminal)
        return drawn

    def render(
        self,
        canvas: Canvas,
        out: Path,
        seed: int,
        size: Size | None,
        images: int = 1,
        highres: Highres | None = None,
    ) -> tuple[Path, ...]:
        """Draw one canvas into the file ``out``, further pictures beside it; gives all files."""
        with self._terminal.progress() as bar:
            picture = self._draw(canvas, self._drawing(seed, images, highres), size, bar)
        return _save_images(out, picture)

    def _drawing(self, seed: int, images: int, highres: Highres | None) -> RenderOptions:
        return replace(self._settings.render_options(), seed=seed, images=images, highres=highres)

    def _compose(self, history: Sequence[Turn], words: str, seed: int, bar: Bar) -> ParsedCanvas:
        bar.show("loading the composer")
        composer = self._models.composer()
        bar.show("composing")
        options = self._settings.compose_options(seed)
        with closing(compose_canvas(composer, history, words, options)) as news:
            for new in news:
                if isinstance(new, Composition):
                    return new.parsed
                if new is not None:
                    bar.show(f"composing: {len(new.canvas.regions)} regions")
        raise AssertionError("a composition ends with the whole")

    def _draw(self, canvas: Canvas, drawing: RenderOptions, size: Size | None, bar: Bar) -> Rendered:
        bar.show("loading the renderer")
        renderer = self._models.renderer()
        profile = self._models.profile
        asked = size or Size(profile.width, profile.height)
        fitted = asked.fitted(renderer.size_unit)
        if fitted != asked:
            self._terminal.note(
                f"{asked} became {fitted}: this model draws sides that are multiples of {renderer.size_unit}."
            )
        options = replace(drawing, width=fitted.width, height=fitted.height)
        bar.show("drawing")
        with closing(renderer.render(canvas, options)) as events:
            for event in events:
                if isinstance(event, Rendered):
                    return event
                bar.show("drawing", event.number, event.total)
        raise AssertionError("a renderer ends with a Rendered")


def read_noting(path: Path, terminal: Terminal) -> Canvas:
    """The canvas in a file; what had to be corrected is told to the user.

    Raises:
        CanvasError: if the file holds no canvas.
    """
    parsed = read_canvas(path)
    _note(parsed, terminal)
    return parsed.canvas


def _remarks(parsed: ParsedCanvas) -> Iterator[str]:
    yield from map(str, parsed.corrections)
    if parsed.cut:
        yield "the canvas was cut short; its complete regions were kept"


def _note(parsed: ParsedCanvas, terminal: Terminal) -> None:
    for remark in _remarks(parsed):
        terminal.note(remark)


def _save(stem: Path, words: str, parsed: ParsedCanvas, picture: Rendered, seconds: dict[str, float]) -> DrawnTurn:
    code = canvas_to_code(parsed.canvas)
    image, layout, canvas_file = (stem.with_name(stem.name + end) for end in (".png", ".layout.png", ".py"))
    canvas_file.write_text(code, encoding="utf-8")
    _layout(parsed.canvas, picture.images[0]).save(layout)
    images = _save_images(image, picture)
    return DrawnTurn(words, code, tuple(_remarks(parsed)), images, layout, canvas_file, picture.seeds, seconds)


def _save_images(first: Path, picture: Rendered) -> tuple[Path, ...]:
    """The first picture in ``first``, the others in files of the same name with their numbers."""
    paths = [first, *(first.with_stem(f"{first.stem}-{number}") for number in range(2, len(picture.images) + 1))]
    for path, image in zip(paths, picture.images, strict=True):
        image.save(path)
    return tuple(paths)


def _layout(canvas: Canvas, picture: Image) -> Image:
    """The layout in the picture's shape, large enough to read."""
    scale = max(1.0, SMALLEST_LAYOUT / min(picture.size))
    return layout_image(canvas, round(picture.width * scale), round(picture.height * scale))
