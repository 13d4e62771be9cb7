"""One language model for words and pictures: the renderer's text encoder writes the canvases, too.

Its weights are loaded once, by whoever is asked for first, and live as long as either is there. Where they do not stay
on the device, they come while they work. Everything here blocks and belongs to the thread that runs torch.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

from omost_pipeline.composer.protocol import ComposeOptions, Composer, Turn, Written
from omost_pipeline.memory import MemoryMeter, Placement, Plan
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.protocol import Renderer

if TYPE_CHECKING:
    from omost_pipeline.composer.local.llm import LocalLlm
    from omost_pipeline.renderer.flux2.text import TextEncoder
    from omost_pipeline.renderer.offload import HostCopy


class OneModel:
    """Loads the composer and the renderer of a profile whose models share one."""

    def __init__(self, profile: Profile, plan: Callable[[], Plan]) -> None:
        """``plan`` says how memory is used at the moment."""
        self._profile, self._plan = profile, plan
        self._text: weakref.ref[TextEncoder] | None = None

    def load_composer(self, name: str, device: str) -> Composer:
        """The language model as a composer; it is on ``device`` always, or while it writes."""
        import torch

        from omost_pipeline.composer.local.llm import LocalLlm  # deferred: it imports torch and transformers
        from omost_pipeline.composer.samples import sample_replies
        from omost_pipeline.renderer.offload import HostCopy

        del name
        text = self._shared(device)
        samples = sample_replies() if self._profile.examples else ()

        def made() -> LocalLlm:
            return LocalLlm(text.model, text.tokenizer, True, samples, self._profile.examples)

        if self._stays:
            return _Writing(made(), text)
        host = HostCopy(text.model, torch.device(device))
        with host.on_device():  # it looks at where the model is
            return _Visiting(made(), text, host)

    def load_renderer(self, profile: Profile, device: str, placement: Placement, memory: MemoryMeter) -> Renderer:
        """The renderer with that text encoder."""
        from omost_pipeline.engine.families import load_renderer  # deferred: loading imports torch and diffusers

        del memory
        return load_renderer(profile, device, placement, self._shared(device))

    @property
    def _stays(self) -> bool:
        """Whether the language model is always where it works."""
        plan = self._plan()
        return plan.on_host or plan.placement is Placement.WHOLE

    def _shared(self, device: str) -> TextEncoder:
        from torch import nn

        from omost_pipeline.engine.families import load_text  # deferred: loading imports torch and transformers

        known = self._text() if self._text is not None else None
        if known is None:
            known = load_text(self._profile, device)
            known.stays = self._plan().on_host
            if self._stays and not known.stays:
                nn.Module.to(known.model, device)
            self._text = weakref.ref(known)
        return known


class _Writing:
    """A composer that keeps the text encoder alive which it writes with."""

    def __init__(self, llm: LocalLlm, text: TextEncoder) -> None:
        self.llm, self.text = llm, text

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As :class:`~omost_pipeline.composer.protocol.Composer`."""
        return (yield from self.llm.compose(history, words, options))


class _Visiting(_Writing):
    """One whose language model comes to the device while it writes."""

    def __init__(self, llm: LocalLlm, text: TextEncoder, host: HostCopy) -> None:
        super().__init__(llm, text)
        self._host = host

    def compose(
        self, history: Sequence[Turn], words: str, options: ComposeOptions
    ) -> Generator[str, None, Written | None]:
        """As :class:`~omost_pipeline.composer.protocol.Composer`."""
        with self._host.on_device():
            return (yield from self.llm.compose(history, words, options))
