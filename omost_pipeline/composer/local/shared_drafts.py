"""One set of drafts for all conversations: what one of them wrote helps to guess what another will write.

Knows token ids and whose turn it is; knows no text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import ReferenceType, ref

from omost_pipeline.composer.local.drafts import Drafts
from omost_pipeline.composer.local.kv_cache import KvCache

_LIMIT = 60_000
"""Tokens after which drafts begin anew; more would only take memory."""


class SharedDrafts:
    """Lends the drafts to one reply at a time."""

    def __init__(self, first: Callable[[], Drafts], header: Sequence[int]) -> None:
        """``first`` makes drafts that have seen no conversation; ``header`` is what a prompt puts before a reply."""
        self._first = first
        self._header = tuple(header)
        self._drafts: Drafts | None = first()
        self._newest: ReferenceType[KvCache] | None = None  # the conversation that was learned last

    def take(self, cache: KvCache, ids: Sequence[int], edits: bool) -> Drafts:
        """Drafts that have read ``ids``, of which ``cache`` may know a part; with ``edits`` they expect the reply to
        go along the newest one in ``ids``."""
        known = cache.shared_prefix(ids)
        drafts, self._drafts = self._drafts, None
        if drafts is None or len(drafts) > _LIMIT:
            drafts, known = self._first(), 0
        elif self._newest is None or self._newest() is not cache:
            known = min(known, self._newest_reply(ids))  # others have written meanwhile: the newest canvas once more
        drafts.extend(ids[known:])
        if edits and self._header:
            drafts.follow(self._header)
        return drafts

    def give_back(self, drafts: Drafts, cache: KvCache) -> None:
        """They have learned the reply that is in ``cache``."""
        self._drafts, self._newest = drafts, ref(cache)

    def _newest_reply(self, ids: Sequence[int]) -> int:
        """Where in a prompt the newest reply begins, with its header; the prompt's end where there is none."""
        size, last = len(self._header), tuple(ids)
        for start in range(len(ids) - 2 * size, -1, -1) if size else ():
            if last[start : start + size] == self._header:
                return start
        return len(ids)
