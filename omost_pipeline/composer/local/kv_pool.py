"""The KV caches of several conversations, so that people who take turns do not have each other's read again.

A conversation is found by its tokens: whoever shares most of them. Knows no text and no people.
"""

from __future__ import annotations

from collections.abc import Sequence

from omost_pipeline.composer.local.kv_cache import KvCache
from omost_pipeline.memory import KV_CACHES

_REREAD = 32
"""Tokens at a cache's end that are sooner read again than kept in a copy."""


class KvPool:
    """Keeps what the latest conversations have read, within a bound in bytes.

    Only one lies on the model's device, the one in use or used last; the others wait in the computer's memory.
    The least recently used are forgotten first, and before them those whose prompt was answered once more since.
    """

    def __init__(self, blank: KvCache, limit: float = KV_CACHES) -> None:
        """``blank`` is an empty cache of the model; idle caches take at most ``limit`` bytes, if one alone does."""
        self.passes = 0
        """Forward passes of all caches that were given back."""
        self._blank = blank
        self._limit = limit
        self._idle: list[tuple[KvCache, tuple[int, ...]]] = []  # with the prompts they read, least recently used first

    def __len__(self) -> int:
        return len(self._idle)

    @property
    def nbytes(self) -> int:
        """Bytes that the idle caches take."""
        return sum(cache.nbytes for cache, _ in self._idle)

    def take(self, ids: Sequence[int]) -> KvCache:
        """A cache that has read as many of the first ``ids`` as any; the caller's until it is given back.

        It may hold more than they share; what another conversation could want is left in the pool and copied.
        """
        best = max(reversed(self._idle), key=lambda entry: entry[0].usable_prefix(ids), default=None)
        if best is None:
            return self._blank.fork(0)
        cache, _ = best
        shared = cache.usable_prefix(ids)
        if shared and len(cache) - shared <= _REREAD:
            self._idle = [entry for entry in self._idle if entry[0] is not cache]
            self._offload()
            cache.fetch()
            return cache
        self._offload()
        return cache.fork(shared)

    def give_back(self, cache: KvCache, prompt: Sequence[int]) -> None:
        """Keep what ``cache`` has read since it was taken; ``prompt`` is what it was taken for."""
        self.passes += cache.passes
        cache.passes = 0
        if len(cache):
            self._idle.append((cache, tuple(prompt)))
        while len(self._idle) > 1 and self.nbytes > self._limit:
            del self._idle[self._next_out()]

    def _next_out(self) -> int:
        """The place of the cache that is wanted least."""
        prompts = [prompt for _, prompt in self._idle]
        return next((place for place, prompt in enumerate(prompts) if prompt in prompts[place + 1 :]), 0)

    def _offload(self) -> None:
        for cache, _ in self._idle[-1:]:  # all others are offloaded already
            cache.offload()
