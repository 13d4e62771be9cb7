"""A picture that is drawn in parts: the scene's own words, and the steps of all parts as those of one drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace

from omost_pipeline.canvas.elements import Canvas, GlobalDescription
from omost_pipeline.canvas.wording import content_words, head_of
from omost_pipeline.renderer.keep.earlier import Whole
from omost_pipeline.renderer.protocol import Highres, Rendered, Renderer, RenderOptions, Step


def alone(canvas: Canvas) -> GlobalDescription:
    """The scene without its sentences and tags about things that are layers of their own."""
    things = {head_of(region.description) for region in canvas.regions} - {""}
    scene = canvas.scene

    def free(text: str) -> bool:
        return not content_words(text) & things

    tags = ", ".join(tag for each in scene.tags.split(",") if (tag := each.strip()) and free(tag))
    return replace(scene, detailed_descriptions=tuple(filter(free, scene.detailed_descriptions)), tags=tags)


@dataclass
class Parts:
    """What the parts so far came to: seconds, sub-prompts that were left out, and steps taken of the ``total``."""

    total: int = 0
    taken: int = 0
    seconds: Counter[str] = field(default_factory=Counter)
    left_out: tuple[str, ...] = ()

    def counted(self, news: Iterable[Step | Rendered], expected: int) -> Generator[Step, None, Rendered]:
        """The steps of a part, of which so many were ``expected``, among those of the whole; returns its pictures."""
        for each in news:
            if isinstance(each, Rendered):
                self.seconds.update(each.seconds)
                self.left_out += each.left_out
                return each
            if each.number == 1:
                self.total += each.total - expected  # of what fills the picture all steps are taken
            self.taken += 1
            yield Step(self.taken, self.total, each.preview)
        raise AssertionError("a drawing ends with the pictures")


def draw_then_larger(
    renderer: Renderer, canvas: Canvas, options: RenderOptions, highres: Highres
) -> Generator[Step | Rendered, None, None]:
    """Pictures that are drawn in parts, and then each made larger, as a finished one is that somebody wants larger."""
    parts, steps = Parts(total=options.images * (options.steps + highres.steps)), options.images * options.steps
    drawn = yield from parts.counted(renderer.render(canvas, replace(options, highres=None)), steps)
    images = list(drawn.images)
    for place, seed in enumerate(drawn.seeds):
        news = renderer.render(canvas, replace(options, seed=seed, images=1), images[place])
        images[place] = (yield from parts.counted(news, highres.steps)).images[0]
    yield Rendered(tuple(images), drawn.seeds, dict(parts.seconds), left_out=drawn.left_out)


def with_reason(news: Iterable[Step | Rendered], why: Whole) -> Generator[Step | Rendered, None, None]:
    """A drawing with why it was drawn whole."""
    for each in news:
        yield replace(each, whole=why) if isinstance(each, Rendered) else each
