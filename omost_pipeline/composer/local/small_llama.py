"""A small Llama's forward pass with nothing around it.

Where a pass is a millisecond of arithmetic, transformers spends more time on the way to it than in it: the bundled
composer's pass over one token takes 2.3 ms there and 1.0 ms here, with the same weights and the same result up to
rounding. Keys and values lie in one block that is written in place. CPU, float32, batch of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Self

import torch
import torch.nn.functional as F  # noqa: N812  # its usual name
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from omost_pipeline.composer.local.abilities import Abilities
from omost_pipeline.composer.local.tree import TokenTree, seen_by

_BLOCK = 512
"""Positions by which the cache grows."""


def is_small_llama(model: PreTrainedModel) -> bool:
    """Whether ``model`` is of the one kind that is run here: plain rotary positions, no biases, keys for every head,
    all weights in float32 on the CPU."""
    if type(model) is not LlamaForCausalLM:
        return False
    config = model.config
    assert isinstance(config, LlamaConfig)  # a Llama's own
    rope: dict[str, object] = config.rope_parameters or {}  # type: ignore[assignment]  # nested ones are no Llama's
    plain = rope.get("rope_type") == "default" and config.hidden_act == "silu"
    unbiased = not config.attention_bias and not config.mlp_bias
    linear = all(type(part) is torch.nn.Linear for name, part in model.named_modules() if name.endswith("_proj"))
    ready = all(weight.dtype == torch.float32 and weight.device.type == "cpu" for weight in model.parameters())
    return plain and unbiased and linear and ready and config.num_attention_heads == config.num_key_value_heads


@dataclass(frozen=True)
class _Layer:
    """One layer's weights, transposed so that a row vector stands on their left; d = width of the model."""

    norm: torch.Tensor  # d
    query_key_value: torch.Tensor  # d × 3 · heads · size, each head's rotary pairs side by side in queries and keys
    out: torch.Tensor  # heads · size × d
    feed_norm: torch.Tensor  # d
    gate_up: torch.Tensor  # d × 2 · inner
    down: torch.Tensor  # inner × d


class SmallLlama:
    """Implements :class:`~.forward.Forward`; copies the weights of a model that :func:`is_small_llama`."""

    abilities = Abilities()

    def __init__(self, model: PreTrainedModel) -> None:
        assert isinstance(model, LlamaForCausalLM)
        config = model.config
        self._heads: int = config.num_attention_heads
        self._size: int = config.head_dim or config.hidden_size // config.num_attention_heads
        self._epsilon: float = config.rms_norm_eps
        weights = {name: weight.detach() for name, weight in model.named_parameters(remove_duplicate=False)}
        self._embedding = weights["model.embed_tokens.weight"]  # vocabulary × d
        self._norm = weights["model.norm.weight"]
        self._head = weights["lm_head.weight"].T.contiguous()  # d × vocabulary
        self._layers = [self._layer(weights, f"model.layers.{number}.") for number in range(config.num_hidden_layers)]
        frequencies: torch.Tensor = model.model.rotary_emb.inv_freq
        self._frequencies = frequencies.float()  # size / 2
        self._turns = torch.empty(0, self._size // 2, dtype=torch.complex64)  # of every position that has room
        self._cache = torch.empty(len(self._layers), 2, self._heads, 0, self._size)  # layer × keys, values × …

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values, those of positions that have room but no token yet included."""
        return self._cache.nbytes

    @torch.inference_mode()
    def read(self, start: int, ids: Sequence[int], tree: TokenTree) -> torch.Tensor:
        tokens = [*ids, *tree.tokens]
        end = start + len(tokens)
        self._make_room(start, end)
        if tree.is_chain:
            turns = self._turns[start:end, None]  # tokens × 1 × size / 2
        else:
            depths = torch.tensor(tree.depths()) + start + len(ids)
            turns = self._turns[torch.cat((torch.arange(start, start + len(ids)), depths)), None]
        seen = None  # or what is added to scores: attention would make it anew from booleans in every layer
        if len(tokens) > 1:
            seen = torch.zeros(len(tokens), end).masked_fill_(~seen_by(start, len(ids), tree), -torch.inf)
        x = F.embedding(torch.tensor(tokens), self._embedding)  # tokens × d
        for layer, (keys, values) in zip(self._layers, self._cache, strict=True):
            x = self._attend(layer, x, turns, keys[:, :end], values[:, :end], seen)
            gate, up = torch.mm(self._normed(x, layer.feed_norm), layer.gate_up).chunk(2, dim=1)
            x = torch.addmm(x, F.silu(gate) * up, layer.down)
        return torch.mm(self._normed(x[len(ids) - 1 :], self._norm), self._head)

    @torch.inference_mode()
    def move(self, positions: Sequence[int], to: int) -> None:
        self._cache[..., to : to + len(positions), :] = self._cache[..., torch.tensor(positions), :]

    def crop(self, length: int) -> None:
        """Nothing to do: what lies behind the end is written over."""

    @torch.inference_mode()
    def fork(self, length: int) -> Self:
        other = copy(self)
        other._copy(self._cache[..., :length, :])  # noqa: SLF001  # one of its own class
        return other

    def _copy(self, cache: torch.Tensor) -> None:
        """Begin with these keys and values, in room of its own."""
        self._cache = cache.clone()

    def offload(self) -> None:
        """Nothing to do: it is in the computer's memory; so with :meth:`fetch`."""

    def fetch(self) -> None:
        """As :meth:`offload`."""

    def _attend(
        self,
        layer: _Layer,
        x: torch.Tensor,
        turns: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        seen: torch.Tensor | None,
    ) -> torch.Tensor:
        """``x`` with what its tokens, the last of ``keys`` and ``values`` (heads × all tokens × size), find there."""
        count, heads = len(x), self._heads
        mixed = torch.mm(self._normed(x, layer.norm), layer.query_key_value).view(count, 3 * heads, self._size)
        pairs = torch.view_as_complex(mixed[:, : 2 * heads].unflatten(2, (-1, 2)))
        turned = torch.view_as_real(pairs * turns).flatten(2).transpose(0, 1)  # 2 · heads × tokens × size
        keys[:, -count:] = turned[heads:]
        values[:, -count:] = mixed[:, 2 * heads :].transpose(0, 1)
        y = F.scaled_dot_product_attention(turned[None, :heads], keys[None], values[None], attn_mask=seen)[0]
        return torch.addmm(x, y.transpose(0, 1).reshape(count, -1), layer.out)

    def _normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(x, weight.shape, weight, self._epsilon)

    def _make_room(self, used: int, needed: int) -> None:
        room = self._cache.shape[3]
        if needed <= room:
            return
        room = max(needed, room * 2, _BLOCK)
        grown = torch.empty(*self._cache.shape[:3], room, self._size)
        grown[..., :used, :] = self._cache[..., :used, :]
        self._cache = grown
        angles = torch.outer(torch.arange(room).float(), self._frequencies)  # positions × size / 2
        self._turns = torch.polar(torch.ones_like(angles), angles)

    def _layer(self, weights: dict[str, torch.Tensor], name: str) -> _Layer:
        def joined(part: str, *names: str) -> torch.Tensor:
            rows = [weights[f"{name}{part}.{one}_proj.weight"] for one in names]
            turned = [self._paired(row) if one in {"q", "k"} else row for one, row in zip(names, rows, strict=True)]
            return torch.cat(turned).T.contiguous()

        return _Layer(
            weights[f"{name}input_layernorm.weight"],
            joined("self_attn", "q", "k", "v"),
            joined("self_attn", "o"),
            weights[f"{name}post_attention_layernorm.weight"],
            joined("mlp", "gate", "up"),
            joined("mlp", "down"),
        )

    def _paired(self, rows: torch.Tensor) -> torch.Tensor:
        """Rows i and i + size / 2 of each head, which turn together, side by side; scores stay what they are."""
        halves = rows.view(self._heads, 2, self._size // 2, -1)
        return halves.transpose(1, 2).reshape(rows.shape)
