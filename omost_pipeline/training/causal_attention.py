"""Causal attention for training small models on a CPU: a few sequences at a time, so that scores stay in the cache.

Torch's fused attention spends most of its time in the backward pass at these sizes (heads of 32, up to a few hundred
tokens); this is two to six times as fast. No padding mask: padding must stand on the right. Knows no model.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

NAME = "cached_causal"
"""What to register :func:`attend` as with transformers' ``AttentionInterface``."""

_CACHED_SCORES = 300_000
"""Scores computed at once: the largest count that still ran at full speed."""


class CausalAttention(torch.autograd.Function):
    """softmax(q·kᵀ · scale, keys up to the query) · v, for [N, L, D] with N = batch · heads."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, scale: float) -> Tensor:  # noqa: ANN401  # torch's own, untyped
        length = q.size(1)
        mask = torch.full((length, length), float("-inf"), dtype=q.dtype).triu_(1)
        shares, parts = [], []
        for rows in _rows(q):
            scores = torch.baddbmm(mask, q[rows], k[rows].transpose(1, 2), alpha=scale)
            shares.append(scores.softmax(-1))
            parts.append(torch.bmm(shares[-1], v[rows]))
        y = torch.cat(parts)
        ctx.save_for_backward(q, k, v, y, *shares)
        ctx.scale = scale
        return y

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:  # noqa: ANN401  # as above
        q, k, v, y, *shares = ctx.saved_tensors
        dy = grads[0]
        dq, dk, dv = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
        for rows, p in zip(_rows(q), shares, strict=True):
            torch.bmm(p.transpose(1, 2), dy[rows], out=dv[rows])
            ds = torch.bmm(dy[rows], v[rows].transpose(1, 2))
            ds.sub_((dy[rows] * y[rows]).sum(-1, keepdim=True)).mul_(p).mul_(ctx.scale)
            torch.bmm(ds, k[rows], out=dq[rows])
            torch.bmm(ds.transpose(1, 2), q[rows], out=dk[rows])
        return dq, dk, dv, None


def _rows(q: Tensor) -> list[slice]:
    size = max(1, _CACHED_SCORES // q.size(1) ** 2)
    return [slice(start, start + size) for start in range(0, q.size(0), size)]


@torch.compiler.disable  # type: ignore[untyped-decorator]  # torch leaves it untyped
def attend(
    _module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    _attention_mask: Tensor | None,
    scaling: float,
    **_: object,
) -> tuple[Tensor, None]:
    """transformers' attention interface: [B, H, L, D] each → ([B, L, H, D], no weights)."""
    batch, heads, length, size = query.shape
    flat = (part.to(value.dtype).reshape(batch * heads, length, size).contiguous() for part in (query, key, value))
    y: Tensor = CausalAttention.apply(*flat, scaling)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return y.view(batch, heads, length, size).transpose(1, 2).contiguous(), None
