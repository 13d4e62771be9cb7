"""A renderer whose model knows no styles: it is asked for plain pictures, and these are finished in the scene's style.

To such a model the words of a style are noise, which spoils the shapes. What edits begin with, latents and layers,
stays plain; what people see, and what is kept of it, is the finished picture.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace

import numpy as np
from PIL import Image

from omost_pipeline.canvas.elements import Canvas
from omost_pipeline.renderer.keep.compositing import differing
from omost_pipeline.renderer.keep.earlier import Earlier, Recomposed, Whole
from omost_pipeline.renderer.parts import with_reason
from omost_pipeline.renderer.protocol import Editor, Keeping, Referring, Rendered, Renderer, RenderOptions, Step
from omost_pipeline.renderer.styled.finishes import Finish, finish_of


class Styled:
    """Draws with another renderer; a :class:`~omost_pipeline.renderer.protocol.Renderer` and its further protocols."""

    def __init__(self, renderer: Keeping) -> None:
        self._renderer = renderer

    @property
    def size_unit(self) -> int:
        """As the other's."""
        return self._renderer.size_unit

    def render(
        self, canvas: Canvas, options: RenderOptions, picture: Image.Image | None = None
    ) -> Generator[Step | Rendered, None, None]:
        """A ``picture`` that is made larger loses most of its style meanwhile, and is given it once more."""
        news = self._renderer.render(_plain(canvas), options, picture)
        return _finished(news, finish_of(canvas.scene.tags))

    def edit(self, canvas: Canvas, options: RenderOptions, earlier: Earlier) -> Generator[Step | Rendered, None, None]:
        """Of a picture in layers, another style costs no drawing; of one in latents nothing can be kept for it."""
        before, after = finish_of(earlier.canvas.scene.tags), finish_of(canvas.scene.tags)
        if before is not after and not earlier.layers and options.highres is None:
            return with_reason(self.render(canvas, options), Whole.SCENE)
        news = self._renderer.edit(_plain(canvas), options, replace(earlier, canvas=_plain(earlier.canvas)))
        kept = earlier.picture if options.highres is None else None  # of a draft that is finished, nothing is kept
        return _finished(news, after, kept, restyled=before is not after) if before or after else news

    def referring(self, pictures: Mapping[str, Image.Image]) -> Renderer:
        """The same, with the other's references, where it knows any."""
        if not isinstance(self._renderer, Referring):
            return self
        other = self._renderer.referring(pictures)
        assert isinstance(other, Editor), "the same renderer"
        return Styled(other)


def _plain(canvas: Canvas) -> Canvas:
    """A canvas without anything that is said of how it is to look."""
    scene = replace(canvas.scene, tags="")
    bare = (replace(each, tags="", atmosphere="", style="", quality_meta="") for each in canvas.regions)
    return replace(canvas, scene=scene, regions=tuple(bare))


def _finished(
    news: Generator[Step | Rendered, None, None],
    finish: Finish | None,
    earlier: Image.Image | None = None,
    *,
    restyled: bool = False,
) -> Generator[Step | Rendered, None, None]:
    """A drawing whose pictures are in a style; of an edit, the ``earlier`` picture is what is kept of it.

    ``restyled``: whether that one was in another style.
    """
    for each in news:
        if not isinstance(each, Rendered):
            yield each
        elif earlier is None or each.whole is not None:
            yield replace(each, images=tuple(map(finish, each.images))) if finish is not None else each
        elif each.layers:
            yield _of_layers(each, finish, earlier, restyled=restyled)
        elif each.mask is not None:
            assert finish is not None, "its style is the earlier picture's"
            inside = each.mask.convert("L").point(lambda value: 255 if value else 0)
            images = (Image.composite(finish(image), earlier.convert("RGB"), inside) for image in each.images)
            yield replace(each, images=tuple(images))
        else:
            yield each


def _of_layers(drawn: Rendered, finish: Finish | None, earlier: Image.Image, *, restyled: bool) -> Rendered:
    """The pictures are plain, whatever was kept of them; all of it looks other where the style is another."""
    images = tuple(map(finish, drawn.images)) if finish is not None else drawn.images
    mask = np.logical_or.reduce([differing(earlier, image) for image in images])
    changed = Image.fromarray(mask).convert("L") if mask.any() else None
    told = replace(drawn.recomposed or Recomposed(), restyled=True) if restyled else drawn.recomposed
    return replace(drawn, images=images, kept=float(1 - mask.mean()), mask=changed, recomposed=told)
