"""A token tree: several guesses of what comes next, which a model checks in one forward pass.

Pure data; knows no model and nothing of where the guesses come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

ROOT = -1
"""The place before every guess: the last token that is certain."""


@dataclass(frozen=True)
class TokenTree:
    """Guessed tokens. ``parents[i]`` is the node that node ``i`` follows, always an earlier one, or :data:`ROOT`.

    Two children of one node never hold the same token.
    """

    tokens: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def is_chain(self) -> bool:
        """Whether each node follows the one before it, so that an ordinary causal mask is right."""
        return all(parent == node - 1 for node, parent in enumerate(self.parents))

    def children(self) -> dict[tuple[int, int], int]:
        """(node, token) → the child of ``node`` that holds ``token``."""
        pairs = zip(self.parents, self.tokens, strict=True)
        return {pair: node for node, pair in enumerate(pairs)}

    def depths(self) -> list[int]:
        """How many nodes lie above each one; 0 for the children of the root."""
        depths: list[int] = []
        for parent in self.parents:
            depths.append(0 if parent == ROOT else depths[parent] + 1)
        return depths

    def ancestry(self) -> torch.Tensor:
        """Boolean (nodes × nodes): which nodes each one follows, itself included."""
        seen = np.eye(len(self), dtype=np.bool_)
        for node, parent in enumerate(self.parents):
            if parent != ROOT:
                seen[node] |= seen[parent]
        return torch.from_numpy(seen)


def chain(tokens: Sequence[int]) -> TokenTree:
    """One guess, token after token."""
    return TokenTree(tuple(tokens), tuple(range(-1, len(tokens) - 1)))


def depth_first(tokens: Sequence[int], parents: Sequence[int]) -> TokenTree:
    """The same tree with each node's first child right behind it.

    Nodes given best first then put the likeliest run at the front, where keeping it in a cache needs no moving.
    """
    below: dict[int, list[int]] = {}
    for node, parent in enumerate(parents):
        below.setdefault(parent, []).append(node)
    order: list[int] = []
    waiting = below.get(ROOT, [])[::-1]
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting.extend(reversed(below.get(node, ())))
    place = {node: number for number, node in enumerate(order)} | {ROOT: ROOT}
    return TokenTree(tuple(tokens[node] for node in order), tuple(place[parents[node]] for node in order))


def positions_of(start: int, count: int, tree: TokenTree) -> torch.Tensor:
    """The position of every token in a text: ``start`` that stand there, ``count`` new ones, then each of the nodes."""
    end = start + count
    return torch.tensor([*range(end), *(end + depth for depth in tree.depths())])


def seen_by(start: int, count: int, tree: TokenTree, window: int | None = None) -> torch.Tensor:
    """Which tokens each new one attends to: boolean (count + nodes, start + count + nodes).

    ``start`` tokens stand before, ``count`` certain ones come next, and then every node of ``tree``. With a ``window``
    no token attends to one that stands so many positions before it or more.
    """
    new = count + len(tree)
    seen = torch.ones(new, start + new, dtype=torch.bool).tril(start)
    if not tree.is_chain:
        seen[count:, start + count :] = tree.ancestry()
    if window is not None:
        positions = positions_of(start, count, tree)
        seen &= positions[start:, None] - positions < window
    return seen
