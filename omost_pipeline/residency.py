"""Which of a profile's two models is in memory, and which one makes room for the other.

On a CPU both stay. On a GPU both stay where the memory left after loading is enough to work in; otherwise the one that
is not needed now is unloaded, and loaded again when it is asked for. Knows nothing of prompts, canvases or jobs.

Everything here blocks and belongs to one thread: create it anywhere, then use it only on the thread that runs torch.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Protocol, TypeVar

from omost_pipeline.composer.composer import Composer
from omost_pipeline.errors import MemoryShortError
from omost_pipeline.profiles import Profile
from omost_pipeline.renderer.renderer import Renderer

_GIB = 2**30
_Model = TypeVar("_Model")

COMPOSER_ROOM = 2 * _GIB
"""Bytes a composer works in beside its weights: the keys and values of 8k tokens (1 GiB for a Llama 3 8B) twice."""

RENDERER_ROOM = 4 * _GIB
"""Bytes a renderer works in beside its weights: decoding one 896 × 1152 picture with SDXL's VAE, and some to spare."""


class MemoryMeter(Protocol):
    """The memory of one device."""

    def free(self) -> float:
        """Bytes that could be allocated now; infinity where nobody needs to make room."""
        ...

    def release(self) -> None:
        """Give what unloaded models held back to the device."""
        ...


class HostMemory:
    """The computer's own memory: the operating system pages, so models never make room for each other."""

    def free(self) -> float:
        return float("inf")

    def release(self) -> None:
        gc.collect()


class CudaMemory:
    """The memory of one CUDA device, including what torch holds but does not use."""

    def __init__(self, device: str) -> None:
        self._device = device

    def free(self) -> float:
        import torch  # deferred, so that importing this module costs nothing

        unused = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        return float(torch.cuda.mem_get_info(self._device)[0] + unused)

    def release(self) -> None:
        import torch  # deferred, so that importing this module costs nothing

        gc.collect()
        torch.cuda.empty_cache()


class Models:
    """A profile's composer and renderer, loaded when first asked for.

    Ask for a model each time you need it and keep no reference to it: what somebody still holds cannot be unloaded.
    """

    def __init__(
        self,
        profile: Profile,
        device: str | None = None,
        *,
        memory: MemoryMeter | None = None,
        load_composer: Callable[[str, str], Composer] | None = None,
        load_renderer: Callable[[str, str], Renderer] | None = None,
    ) -> None:
        """``device`` is torch's name for it (``"cpu"``, ``"cuda"``, ``"cuda:1"``); by default CUDA where there is one.

        ``memory`` and the loaders (name or path, device → model) are by default those of the device and the project.
        """
        self.profile = profile
        self._device = device
        self._memory = memory
        self._load_composer = load_composer or _local_llm
        self._load_renderer = load_renderer or _sdxl
        self._composer: Composer | None = None
        self._renderer: Renderer | None = None

    @property
    def device(self) -> str:
        """The device the models run on."""
        if self._device is None:
            self._device = _best_device()
        return self._device

    def composer(self) -> Composer:
        """The composer, loaded if need be.

        Raises:
            WeightsError: if its files are missing or damaged.
            MemoryShortError: if it does not fit the device even alone.
        """
        if self._composer is None:
            name = self.profile.composer
            self._composer = self._fitted(lambda: self._load_composer(name, self.device), self._drop_renderer)
        if self._renderer is not None and self._meter().free() < COMPOSER_ROOM:
            self._drop_renderer()
        return self._composer

    def renderer(self) -> Renderer:
        """The renderer, loaded if need be; raises as :meth:`composer` does."""
        if self._renderer is None:
            name = self.profile.renderer
            self._renderer = self._fitted(lambda: self._load_renderer(name, self.device), self._drop_composer)
        if self._composer is not None and self._meter().free() < RENDERER_ROOM:
            self._drop_composer()
        return self._renderer

    def unload(self) -> None:
        """Let both models go; they load again when asked for."""
        self._drop_composer()
        self._drop_renderer()

    def _fitted(self, load: Callable[[], _Model], drop_other: Callable[[], bool]) -> _Model:
        try:
            return load()
        except MemoryShortError:
            if not drop_other():
                raise
        return load()  # outside the except block, whose traceback still holds what was half loaded

    def _drop_composer(self) -> bool:
        dropped, self._composer = self._composer is not None, None
        self._meter().release()
        return dropped

    def _drop_renderer(self) -> bool:
        dropped, self._renderer = self._renderer is not None, None
        self._meter().release()
        return dropped

    def _meter(self) -> MemoryMeter:
        if self._memory is None:
            self._memory = CudaMemory(self.device) if self.device.startswith("cuda") else HostMemory()
        return self._memory


def _best_device() -> str:
    import torch  # deferred, so that importing this module costs nothing

    return "cuda" if torch.cuda.is_available() else "cpu"


def _local_llm(name_or_path: str, device: str) -> Composer:
    from omost_pipeline.composer.local_llm import load_composer  # deferred: it imports torch and transformers

    return load_composer(name_or_path, device)


def _sdxl(name_or_path: str, device: str) -> Renderer:
    from omost_pipeline.renderer.weights import load_renderer  # deferred: it imports torch and diffusers

    return load_renderer(name_or_path, device)
