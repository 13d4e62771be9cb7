"""What an adapter of each kind changes: from a layer's weight and the adapter's tensors to the new weight.

LoRA, with Tucker cores (LoCon) and magnitudes (DoRA, Liu et al. 2024); LoHa and LoKr (Yeh et al. 2024); whole
differences; Diag-OFT and BOFT (Qiu et al. 2023, Liu et al. 2024); (IA)³ (Liu et al. 2022); GLoRA (Chavan et al. 2023);
norms. Knows tensors by their kind, and neither files nor names of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

Parts = Mapping[str, Tensor]
"""An adapter's tensors for one layer, in float32, by their kind."""

Formula = Callable[[Tensor, Parts, float], Tensor]


def changed(weight: Tensor, parts: Parts, scale: float, strength: float = 1.0) -> Tensor:
    """The layer's new weight; ``scale`` is the adapter's own (alpha by rank), ``strength`` what is wanted of it.

    A strength other than 1 means what the library that wrote the adapter makes of it: mostly that share of the change,
    for rotations that share of each of them, for LyCORIS's magnitudes that share of them alone.

    Raises:
        KeyError: if the parts are none of the kinds known here; names one.
        ValueError: if their sizes do not fit the weight.
    """
    for mark, formula in _FORMULAS.items():
        if mark in parts:
            try:
                return weight if strength == 0 else _strengthened(formula, weight, parts, scale, strength)
            except (RuntimeError, IndexError) as error:  # torch's, of sizes that do not fit
                raise ValueError(str(error).split("\n")[0]) from error
    raise KeyError(next(iter(parts)))


def unused_kinds(parts: Parts) -> frozenset[str]:
    """The kinds of tensors that would be left out of the layer's new weight and bias."""
    mark = next((mark for mark in _FORMULAS if mark in parts), "")
    return frozenset(parts) - _ALWAYS - _USED.get(mark, frozenset()) - {mark}


def _strengthened(formula: Formula, weight: Tensor, parts: Parts, scale: float, strength: float) -> Tensor:
    if "oft_blocks" in parts:
        return _oft(weight, parts, strength)
    if "magnitude" in parts:
        return _decomposed(formula(weight, parts, scale * strength), parts["magnitude"], by_inputs=False)
    whole, before = formula(weight, parts, scale), weight
    if "dora_scale" in parts:
        magnitudes = parts["dora_scale"]
        whole, before = _decomposed(whole, magnitudes, by_inputs=_is_by_inputs(magnitudes, weight)), whole
    return whole if strength == 1 else before + strength * (whole - before)


def rank_of(parts: Parts) -> int:
    """The rank that an adapter's alpha is divided by; 0 for kinds without one."""
    for kind, axis in (("down", 0), ("hada_w1_b", 0), ("lokr_w1_b", 0), ("lokr_w2_b", 0), ("b2", 0), ("a2", 0)):
        if kind in parts:
            if kind == "lokr_w2_b" and "lokr_t2" in parts:
                return parts["lokr_t2"].shape[0]
            return parts[kind].shape[axis]
    return 0


def _lora(weight: Tensor, parts: Parts, scale: float) -> Tensor:
    down, up = parts["down"], parts["up"]
    if "mid" in parts:
        core, left, right = parts["mid"], up.flatten(1), down.flatten(1)
        return weight + scale * torch.einsum("mn...,im,nj->ij...", core, left, right).reshape(weight.shape)
    return weight + scale * (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)


def _loha(weight: Tensor, parts: Parts, scale: float) -> Tensor:
    def half(number: int) -> Tensor:
        a, b = parts[f"hada_w{number}_a"], parts[f"hada_w{number}_b"]
        core, a, b = parts.get(f"hada_t{number}"), a.flatten(1), b.flatten(1)
        return a @ b if core is None else torch.einsum("ij...,jr,ip->pr...", core, b, a)

    return weight + scale * (half(1) * half(2)).reshape(weight.shape)


def _lokr(weight: Tensor, parts: Parts, scale: float) -> Tensor:
    flat = {kind: part if kind == "lokr_t2" else part.flatten(1) for kind, part in parts.items() if "lokr" in kind}
    first = flat["lokr_w1"] if "lokr_w1" in flat else flat["lokr_w1_a"] @ flat["lokr_w1_b"]
    if "lokr_w2" in flat:
        second = flat["lokr_w2"]
    elif "lokr_t2" in flat:
        core, a, b = flat["lokr_t2"], flat["lokr_w2_a"], flat["lokr_w2_b"]
        second = torch.einsum("ij...,ip,jr->pr...", core, a, b).flatten(1)
    else:
        second = flat["lokr_w2_a"] @ flat["lokr_w2_b"]
    if len(first) * len(second) != len(weight):
        raise ValueError(f"{len(first)} times {len(second)} rows for {len(weight)}")
    return weight + scale * torch.kron(first, second.contiguous()).reshape(weight.shape)


def _difference(weight: Tensor, parts: Parts, scale: float) -> Tensor:  # noqa: ARG001  # as the others
    return weight + parts["diff"].reshape(weight.shape)


def _norm(weight: Tensor, parts: Parts, scale: float) -> Tensor:  # noqa: ARG001  # as the others
    return weight + parts["w_norm"].reshape(weight.shape)


def _oft(weight: Tensor, parts: Parts, strength: float) -> Tensor:
    blocks = parts["oft_blocks"]
    rotations = _rotations(blocks, float(parts["alpha"]) * len(weight) if "alpha" in parts else 0.0)
    if strength != 1:
        rotations = torch.lerp(torch.eye(blocks.shape[-1]).expand_as(rotations), rotations, strength)
    if blocks.ndim == 4:
        return _butterfly(weight, rotations) * _rescaling(weight, parts)
    rows = weight.reshape(blocks.shape[0], blocks.shape[1], -1)
    turned = torch.einsum("knm,kni->kmi", rotations, rows).reshape(weight.shape)
    return turned * _rescaling(weight, parts)


def _rescaling(weight: Tensor, parts: Parts) -> Tensor:
    """A factor for each row."""
    return parts.get("rescale", torch.ones(1)).reshape(-1, *(1 for _ in weight.shape[1:]))


def _rotations(blocks: Tensor, most: float) -> Tensor:
    """[…, b, b] free numbers → rotations by Cayley's transform; ``most``, if not 0, bounds their norm."""
    skew, one = blocks - blocks.transpose(-1, -2), torch.eye(blocks.shape[-1])
    if most > 0:
        norm = skew.norm() + 1e-8
        skew = skew * (most / norm) if norm > most else skew
    return (one + skew) @ (one - skew).inverse()


def _butterfly(weight: Tensor, rotations: Tensor) -> Tensor:
    """Rotations [m, blocks, b, b], stage i mixing rows 2^i · b/2 apart."""
    size, rest = rotations.shape[-1], weight.shape[1:]
    rows = weight.flatten(1)
    for stage, rotation in enumerate(rotations):
        apart = 2**stage * (size // 2)
        rows = rows.unflatten(0, (-1, 2, apart)).transpose(1, 2).flatten(0, 2).unflatten(0, (-1, size))
        rows = torch.einsum("bij,bjn->bin", rotation, rows)
        rows = rows.flatten(0, 1).unflatten(0, (-1, apart, 2)).transpose(1, 2).flatten(0, 2)
    return rows.reshape(-1, *rest)


def _ia3(weight: Tensor, parts: Parts, scale: float) -> Tensor:  # noqa: ARG001  # as the others
    if "ia3_l" in parts:  # peft's: one factor for each input or output, shaped as it multiplies
        return weight * parts["ia3_l"]
    factors = 1 + parts["ia3"].flatten()
    on_input = bool(parts["on_input"])
    return weight * factors.reshape(1 if on_input else -1, -1 if on_input else 1, *(1 for _ in weight.shape[2:]))


def _glora(weight: Tensor, parts: Parts, scale: float) -> Tensor:
    a1, a2, b1, b2 = (parts[name].flatten(1) for name in ("a1", "a2", "b1", "b2"))
    beside = torch.einsum("mn...,im,nj->ij...", parts["bm"], b1, b2) if "bm" in parts else b1 @ b2
    inside = torch.einsum("oi...,ij->oj...", weight, a1 @ a2)
    return weight + scale * (beside.reshape(weight.shape) + inside)


def _is_by_inputs(magnitudes: Tensor, weight: Tensor) -> bool:
    """Whether LyCORIS learnt them for a weight's columns; a square weight's stand beside each other then."""
    outputs, inputs = weight.shape[:2]
    beside = magnitudes.ndim > 1 and magnitudes.shape[0] == 1 < magnitudes.shape[1]
    return magnitudes.numel() == inputs and (outputs != inputs or beside)


def _decomposed(weight: Tensor, magnitudes: Tensor, *, by_inputs: bool) -> Tensor:
    """With the magnitudes that DoRA learnt for its rows, or for its columns."""
    kept = 1 if by_inputs else 0
    norm = weight.transpose(0, kept).flatten(1).norm(dim=1)
    shape = [-1 if axis == kept else 1 for axis in range(weight.ndim)]
    scaled: Tensor = (magnitudes.flatten() / (norm + torch.finfo(weight.dtype).eps)).reshape(shape)
    return weight * scaled


_FORMULAS: Mapping[str, Formula] = {
    "down": _lora,
    "hada_w1_a": _loha,
    "lokr_w1": _lokr,
    "lokr_w1_a": _lokr,
    "diff": _difference,
    "w_norm": _norm,
    "oft_blocks": _oft,
    "on_input": _ia3,
    "ia3_l": _ia3,
    "a1": _glora,
}
"""By a tensor that each kind has and no other."""

_ALWAYS = frozenset({"alpha", "diff_b", "b_norm"})
_DECOMPOSED = frozenset({"dora_scale", "scalar"})
_LOKR = frozenset({f"lokr_{kind}" for kind in ("w1", "w1_a", "w1_b", "w2", "w2_a", "w2_b", "t2")})
_USED: Mapping[str, frozenset[str]] = {
    "down": _DECOMPOSED | {"up", "mid", "magnitude", "up_bias"},
    "hada_w1_a": _DECOMPOSED | {f"hada_{kind}" for kind in ("w1_b", "w2_a", "w2_b", "t1", "t2")},
    "lokr_w1": _DECOMPOSED | _LOKR,
    "lokr_w1_a": _DECOMPOSED | _LOKR,
    "oft_blocks": frozenset({"rescale"}),
    "on_input": frozenset({"ia3"}),
    "a1": frozenset({"a2", "b1", "b2", "bm", "scalar"}),
}
"""What each formula reads beside its mark."""
