"""A stand-in for a renderer that paints what layers are made of, in its colours."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace

from PIL import Image, ImageDraw

from omost_pipeline.canvas.elements import Canvas, Region
from omost_pipeline.canvas.vocabulary import GRID, Box
from omost_pipeline.renderer.keep.earlier import Earlier
from omost_pipeline.renderer.layered.matte import Pixels
from omost_pipeline.renderer.protocol import Rendered, RenderOptions, Step


@dataclass
class Painter:
    """Paints the scene in its colour, and each thing as an ellipse in its box with a dark middle; a seed is a shade."""

    drawn: list[str] = field(default_factory=list)
    native: int = 180
    """Pixels along the side of the pictures that it was trained with."""
    preview: str = "white"
    """The colour of its previews."""
    asked: list[RenderOptions] = field(default_factory=list)
    """What things were drawn with."""
    begun: list[Image.Image | Earlier] = field(default_factory=list)
    """What scenes that were made of pictures, and things, began with."""
    head: Callable[[Pixels, Pixels, Box], Pixels] | None = None
    """What tells things from the scene."""

    @property
    def size_unit(self) -> int:
        return 4

    @property
    def native_side(self) -> int:
        return self.native

    def remains_of(self, picture: Image.Image) -> bytes:
        return picture.tobytes()

    def thing_of(self, region: Region, drawn: Pixels, bare: Pixels) -> Pixels | None:
        return self.head(drawn, bare, region.box) if self.head is not None else None

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        assert not any((options.layered, canvas.regions))
        self.drawn.append(canvas.scene.description)
        if picture is not None:
            self.begun.append(picture)
        yield from self._steps(options)
        red, green, blue = canvas.scene.rgb
        yield Rendered((Image.new("RGB", (options.width, options.height), (red, green, blue + options.seed)),), (0,))

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        [region] = canvas.regions
        assert earlier.brought
        self.drawn.append(region.description)
        self.asked.append(options)
        self.begun.append(earlier)
        yield from self._steps(replace(options, steps=earlier.options.steps_of(options.steps)))
        image, box = earlier.picture.copy(), _edges(region.box, options)
        mask = Image.new("L", image.size)
        ImageDraw.Draw(mask).rectangle(box, fill=255)
        large = image.resize((image.width * 4, image.height * 4))  # its edge is soft, as a picture's is
        ImageDraw.Draw(large).ellipse(
            [4 * (edge + inward) for edge, inward in zip(box, (3, 3, -3, -3), strict=True)],
            fill=region.rgb,
            outline="black",
        )
        image.paste(large.resize(image.size, Image.Resampling.BOX), mask=mask)
        yield Rendered((image,), (options.seed,), mask=mask)

    def _steps(self, options: RenderOptions) -> Generator[Step, None, None]:
        for number in range(1, options.steps + 1):
            yield Step(number, options.steps, lambda: Image.new("RGB", (8, 8), self.preview))


def _edges(box: Box, options: RenderOptions) -> tuple[float, float, float, float]:
    across, down = options.width / GRID, options.height / GRID
    return box.left * across, box.top * down, box.right * across, box.bottom * down
