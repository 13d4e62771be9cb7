"""A server of language models, as the settings describe it. Plain data; asks nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Structured = Literal["auto", "vllm", "llama.cpp", "transformers", "none"]
"""How a server is told the grammar: as vLLM or llama.cpp wants it, not at all, or as it says of itself. "transformers"
has no grammar, but its own way to be told how to sample."""


@dataclass(frozen=True)
class Server:
    """A language model behind an OpenAI-compatible address that ends in ``/v1``.

    ``model`` is its name there, empty for the first that the server lists. ``context`` is how many tokens a prompt and
    its reply may have together, ``timeout`` how many seconds the server may say nothing. ``leave_out`` are fields of a
    request that it does not take, ``request`` ones that it wants besides.
    """

    url: str
    model: str = ""
    key: str = field(default="", repr=False)
    structured: Structured = "auto"
    context: int = 8192
    timeout: float = 120.0
    leave_out: tuple[str, ...] = ()
    request: tuple[tuple[str, object], ...] = ()


_UNFILTERED = ("dolphin", "uncensored", "abliterated")
"""What names of such models have in them."""


def is_unfiltered(name: str) -> bool:
    """Whether a language model's name says that it was trained without filtering."""
    return any(word in name.lower() for word in _UNFILTERED)
