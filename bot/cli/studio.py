"""Composing and rendering for the command line: one conversation, no queue, no database.

Importing this loads no model; the engine does when :class:`Studio` first asks it for something.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from PIL.Image import Image
from PIL.PngImagePlugin import PngInfo

from bot.assembly.engines import chosen_engine
from bot.cli.arguments import Size
from bot.cli.terminal import Bar, Terminal
from bot.settings.config import Settings
from bot.telling.views import layers_file
from bot.turns.provenance import mark, save_marked
from omost_pipeline.canvas.codec import canvas_to_code
from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.canvas.files import read_canvas
from omost_pipeline.canvas.parser import ParsedCanvas
from omost_pipeline.canvas.preview import layout_image
from omost_pipeline.composer.protocol import Turn
from omost_pipeline.engine.assets import picture_of
from omost_pipeline.engine.events import Activity, Composed, Drawn, Failed, Outlined, Preparing, Stepped
from omost_pipeline.engine.failures import error_of
from omost_pipeline.engine.protocol import Engine
from omost_pipeline.engine.requests import ComposeRequest, DrawRequest, EarlierPicture, compose_options_of
from omost_pipeline.renderer.options import keeping_of, options_of
from omost_pipeline.renderer.spec import KEEP, NOTHING_ASKED, SEED, SIZE, Spec

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


@dataclass(frozen=True)
class Picture:
    """What came of one drawing: the images, the seed of each, and where the seconds went."""

    images: tuple[Image, ...]
    seeds: tuple[int, ...]
    seconds: Mapping[str, float]
    layers: tuple[bytes, ...] = ()
    earlier: EarlierPicture | None = None
    """The first of them, as a change of it begins; None where it can only be drawn anew."""


class Studio:
    """Has an engine do what one command asks for."""

    def __init__(self, settings: Settings, terminal: Terminal, engine: Engine | None = None) -> None:
        self._settings = settings
        self._terminal = terminal
        self._engine = engine if engine is not None else chosen_engine(settings)
        self._usual = settings.renderer_info().usual
        self._marked = settings.decency.mark_pictures

    async def imagine(
        self,
        prompts: Sequence[str],
        out: Path,
        drawing: Spec = NOTHING_ASKED,
    ) -> list[DrawnTurn]:
        """Draw a conversation: the first prompt, then each change of it, which keeps the rest. Writes turn-N files.

        Raises:
            OmostError: if a turn cannot be composed or drawn; earlier turns' files stay.
        """
        spec = self._usual | drawing
        history: list[Turn] = []
        drawn: list[DrawnTurn] = []
        earlier: EarlierPicture | None = None
        for number, words in enumerate(prompts, start=1):
            with self._terminal.progress() as bar:
                begun = time.perf_counter()
                parsed = await self._compose(history, words, spec, bar)
                composed = time.perf_counter() - begun
                picture = await self._draw(parsed.canvas, spec, bar, earlier=earlier)
            if history and history[-1].canvas == parsed.canvas:
                self._terminal.note(f"{words!r} changed nothing: it may be so already, or was not understood.")
            history.append(Turn(words, parsed.canvas))
            earlier = picture.earlier if spec.of(KEEP) == "on" else None
            seconds = {"compose": composed, **picture.seconds}
            drawn.append(_save(out / f"turn-{number}", words, parsed, picture, seconds, marked=self._marked))
            _note(parsed, self._terminal)
        return drawn

    async def render(
        self,
        canvas: Canvas,
        out: Path,
        drawing: Spec = NOTHING_ASKED,
        references: Mapping[str, bytes] = MappingProxyType({}),
        layers: Path | None = None,
    ) -> tuple[Path, ...]:
        """Draw one canvas into the file ``out``, further pictures beside it; gives all files.

        ``references`` are pictures that its elements are to look like, by the names that they call them. ``layers`` is
        where those of a picture in layers go.
        """
        with self._terminal.progress() as bar:
            picture = await self._draw(canvas, self._usual | drawing, bar, references)
        images = _save_images(out, picture, marked=self._marked)
        return images if layers is None else (*images, *_save_layers(layers, picture, marked=self._marked))

    async def _compose(self, history: Sequence[Turn], words: str, spec: Spec, bar: Bar) -> ParsedCanvas:
        options = compose_options_of(spec, self._settings.compose_options(spec.of(SEED)))
        request = ComposeRequest("compose", words, tuple(history), options)
        bar.show("composing")
        async with aclosing(self._engine.run(request)) as events:
            async for event in events:
                match event:
                    case Preparing():
                        _show_preparation(event, bar)
                    case Outlined():
                        bar.show(f"composing: {len(event.outline.canvas.regions)} regions")
                    case Composed():
                        return ParsedCanvas(event.canvas, event.corrections, event.cut)
                    case Failed():
                        raise error_of(event)
        raise AssertionError("a composition ends with the whole")

    async def _draw(
        self,
        canvas: Canvas,
        spec: Spec,
        bar: Bar,
        references: Mapping[str, bytes] = MappingProxyType({}),
        earlier: EarlierPicture | None = None,
    ) -> Picture:
        unit = (await self._engine.describe()).sizes.unit
        asked = Size(*spec.of(SIZE))
        fitted = asked.fitted(unit)
        if fitted != asked:
            self._terminal.note(f"{asked} became {fitted}: this model draws sides that are multiples of {unit}.")
        options = options_of(spec.having(SIZE, (fitted.width, fitted.height)))
        bar.show("drawing")
        put = {name: await self._engine.assets.put(content) for name, content in references.items()}
        request = DrawRequest("draw", canvas, options, references=put, earlier=earlier)
        async with aclosing(self._engine.run(request)) as events:
            async for event in events:
                match event:
                    case Preparing():
                        _show_preparation(event, bar)
                    case Stepped():
                        bar.show("drawing", event.number, event.total)
                    case Drawn():
                        return replace(await self._picture(event), earlier=_begun_with(canvas, event, spec))
                    case Failed():
                        raise error_of(event)
        raise AssertionError("a drawing ends with the pictures")

    async def _picture(self, drawn: Drawn) -> Picture:
        images = [picture_of(await self._engine.assets.get(each.asset)) for each in drawn.pictures]
        layers = [await self._engine.assets.get(each.layers) for each in drawn.pictures if each.layers]
        return Picture(tuple(images), tuple(each.seed for each in drawn.pictures), drawn.seconds, tuple(layers))


def _begun_with(canvas: Canvas, drawn: Drawn, spec: Spec) -> EarlierPicture | None:
    """How a change of the first picture begins; None where nothing but its pixels is known."""
    first, keep = drawn.pictures[0], keeping_of(spec)
    if not (first.latents or first.layers):
        return None
    return EarlierPicture(canvas, first.asset, first.latents, keep, layers=first.layers, seed=first.seed)


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Name the file in what goes wrong while it is written; Pillow's own errors do not.

    Raises:
        OSError: with the file's name.
    """
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


_DOING = {
    Activity.LOADING: "loading",
    Activity.DOWNLOADING: "downloading",
    Activity.LOST: "waiting for the machines of",
}


def _show_preparation(event: Preparing, bar: Bar) -> None:
    bar.show(f"{_DOING[event.activity]} the {event.part}", event.done, event.total or None)


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


def _save(
    stem: Path, words: str, parsed: ParsedCanvas, picture: Picture, seconds: dict[str, float], *, marked: bool
) -> DrawnTurn:
    code = canvas_to_code(parsed.canvas)
    image, layout, canvas_file = (stem.with_name(stem.name + end) for end in (".png", ".layout.png", ".py"))
    with saving(canvas_file):
        canvas_file.write_text(code, encoding="utf-8")
    with saving(layout):
        _layout(parsed.canvas, picture.images[0]).save(layout)
    images = _save_images(image, picture, marked=marked)
    return DrawnTurn(words, code, tuple(_remarks(parsed)), images, layout, canvas_file, picture.seeds, seconds)


def _save_images(first: Path, picture: Picture, *, marked: bool) -> tuple[Path, ...]:
    """The first picture in ``first``, the others in files of the same name with their numbers."""
    paths = _numbered(first, len(picture.images))
    for path, image in zip(paths, picture.images, strict=True):
        with saving(path):
            if marked:
                save_marked(image, path)
            else:
                image.save(path)
    return tuple(paths)


def _save_layers(first: Path, picture: Picture, *, marked: bool) -> tuple[Path, ...]:
    """The layers of each picture, as :func:`_save_images`."""
    paths = _numbered(first, len(picture.layers))
    for path, image, layers in zip(paths, picture.images, picture.layers, strict=True):
        merged = io.BytesIO()
        image.save(merged, format="PNG", pnginfo=mark(PngInfo()) if marked else None)
        content = layers_file("psd" if path.suffix.lower() == ".psd" else "openraster", layers, merged.getvalue())
        with saving(path):
            path.write_bytes(content)
    return tuple(paths)


def _numbered(first: Path, count: int) -> list[Path]:
    return [first, *(first.with_stem(f"{first.stem}-{number}") for number in range(2, count + 1))]


def _layout(canvas: Canvas, picture: Image) -> Image:
    """The layout in the picture's shape, large enough to read."""
    scale = max(1.0, SMALLEST_LAYOUT / min(picture.size))
    return layout_image(canvas, round(picture.width * scale), round(picture.height * scale))
