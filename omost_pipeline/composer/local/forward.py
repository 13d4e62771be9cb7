"""A causal model's forward pass, with the keys and values of what it has read (batch of one).

Works on token ids and positions; :class:`~.kv_cache.KvCache` knows which tokens stand at them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy, deepcopy
from typing import Any, Protocol, Self

import torch
from transformers import DynamicCache, PreTrainedModel

from omost_pipeline.composer.local.abilities import Abilities, abilities_of
from omost_pipeline.composer.local.small_llama import SmallLlama, is_small_llama
from omost_pipeline.composer.local.tree import TokenTree, positions_of, seen_by
from omost_pipeline.cpu_threads import is_small

_HIDDEN = -3e4
"""What is added to scores that do not count: a number in half precision, too."""


class Forward(Protocol):
    """A model that reads tokens, and what it has cached of them by position."""

    @property
    def abilities(self) -> Abilities:
        """What the model can do; without ``rewinds`` there is no tree to read and nothing to move."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes that the cache takes."""
        ...

    def read(self, start: int, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        """Read ``ids`` from position ``start`` on, which is where the cache ends, and every branch of ``tree`` behind.

        Returns the logits (1 + nodes, vocabulary) of what comes after ``ids`` and after each node. The nodes are
        cached in their order.
        """
        ...

    def move(self, positions: Sequence[int], to: int) -> None:
        """Cache at ``to`` and the positions behind it what is cached at ``positions``, all of them later."""
        ...

    def crop(self, length: int) -> None:
        """Forget everything from position ``length`` on; ``length`` is 0 where the model cannot rewind."""
        ...

    def fork(self, length: int) -> Self:
        """Another cache for the same model that holds a copy of the first ``length`` positions."""
        ...

    def offload(self) -> None:
        """Keep the cache in the computer's memory until :meth:`fetch`."""
        ...

    def fetch(self) -> None:
        """Bring the cache back to the model's device."""
        ...


def forward_of(model: PreTrainedModel) -> Forward:
    """The fastest way to run ``model``."""
    return SmallLlama(model) if is_small(model) and is_small_llama(model) else AnyForward(model)


class AnyForward:
    """Calls a transformers model of any kind.

    Layers with a sliding window keep all their keys here, so that tokens can be taken back; the window is in the mask.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self.abilities = abilities_of(model.config)
        self._model = model
        self._cache = self._new_cache()

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in self._tensors())

    @torch.inference_mode()
    def read(self, start: int, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        if start and len(ids) > 1 and self.abilities.single_steps:
            for token in ids[:-1]:
                self._call([token], 1)
            ids = ids[-1:]  # such models know no positions
        extra: dict[str, object] = {}
        if not tree.is_chain:  # a causal mask does for a chain, and is the faster one
            device = self._model.device
            extra["position_ids"] = positions_of(start, len(ids), tree)[None, start:].to(device)
            extra["attention_mask"] = self._masks(start, len(ids), tree)
        elif start and self.abilities.positions:
            behind = start + len(ids) + len(tree)
            extra["position_ids"] = torch.arange(start, behind, device=self._model.device)[None]
        return self._call([*ids, *tree.tokens], 1 + len(tree), **extra)

    @torch.inference_mode()
    def move(self, positions: Sequence[int], to: int) -> None:
        kept = torch.tensor(positions)
        for stored in self._tensors():
            stored[..., to : to + len(positions), :] = stored[..., kept.to(stored.device), :]

    @torch.inference_mode()
    def crop(self, length: int) -> None:
        if length == 0:
            self._cache = self._new_cache()
        elif (surplus := self._cache.get_seq_length() - length) > 0:
            self._cache.crop(-surplus)

    @torch.inference_mode()
    def fork(self, length: int) -> Self:
        other = copy(self)
        other._cache = self._copied(length)  # noqa: SLF001  # one of its own class
        return other

    def offload(self) -> None:
        for layer in self._layers():
            layer.offload()

    def fetch(self) -> None:
        for layer in self._layers():
            layer.prefetch()

    def _copied(self, length: int) -> DynamicCache:
        if length and not self.abilities.rewinds:
            return deepcopy(self._cache)
        cache = self._new_cache()
        for number, layer in enumerate(self._layers() if length else ()):
            if layer.is_initialized:
                keys, values = (part[..., :length, :].to(layer.device) for part in (layer.keys, layer.values))
                cache.update(keys, values, number)  # copies
        return cache

    def _layers(self) -> list[Any]:
        """The cache's layers, of many types that share no base."""
        return list(self._cache.layers)

    def _new_cache(self) -> DynamicCache:
        return DynamicCache() if self.abilities.rewinds else DynamicCache(config=self._model.config)

    def _call(self, tokens: Sequence[int], kept: int, **extra: object) -> torch.Tensor:
        """The logits (kept, vocabulary) of the last ``kept`` of ``tokens``, which the cache has afterwards."""
        read = torch.tensor([tokens], device=self._model.device)  # 1 × tokens
        cache = {self.abilities.cache_argument: self._cache}
        output: Any = self._model(input_ids=read, use_cache=True, logits_to_keep=kept, **cache, **extra)
        logits: torch.Tensor = output.logits[0, -kept:]  # a few models keep all
        return logits

    def _masks(self, start: int, count: int, tree: TokenTree) -> torch.Tensor | dict[str, torch.Tensor]:
        """What is added to scores (1 × 1 × new × all tokens), for each kind of layer where there are several.

        The library uses a mask of four dimensions as it is, in layers with a sliding window, too.
        """
        masks = {}
        for kind, window in self.abilities.windows:
            hidden = torch.where(seen_by(start, count, tree, window), 0.0, _HIDDEN)
            masks[kind] = hidden[None, None].to(self._model.device, self._model.dtype)
        return masks if len(masks) > 1 else next(iter(masks.values()))

    def _tensors(self) -> Iterator[torch.Tensor]:
        for layer in self._layers():
            states: list[Any] = [getattr(layer, "keys", None), getattr(layer, "values", None)]
            for name in ("conv_states", "recurrent_states"):  # of layers that are no attention
                found: Any = getattr(layer, name, None)
                states += found.values() if isinstance(found, dict) else found or []
            yield from (state for state in states if isinstance(state, torch.Tensor) and state.numel())
