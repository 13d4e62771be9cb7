"""How a picture of another program was made: prompt, size and seed from the texts of A1111, ComfyUI and Fooocus.

Pure. Takes a picture's texts by name, which anybody may have written: what is no recipe is none, and nothing raises.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LONGEST = 100_000
"""Characters of a text that are looked at."""
_DEEPEST = 24
"""Nodes from a sampler to the words that it draws."""
_LARGEST = 16_384
_MOST_SEED = 2**64


@dataclass(frozen=True)
class Recipe:
    """``maker`` is the program's name; ``size`` is width and height in pixels, ``seed`` None where it says none."""

    maker: str
    words: str
    negative: str = ""
    size: tuple[int, int] | None = None
    seed: int | None = None


def read_recipe(texts: Mapping[str, str]) -> Recipe | None:
    """The recipe among a picture's texts, by their names; None where there is none."""
    short = {name: text[:_LONGEST] for name, text in texts.items()}
    found = _fooocus(_object(short.get("parameters", "")) or _object(short.get("Comment", "")))
    found = found or _a1111(short.get("parameters", "")) or _comfyui(_object(short.get("prompt", "")))
    return found if found is not None and found.words else None


def plain_prompt(prompt: str) -> str:
    """A prompt without what only the program means that it was written for: weights, brackets, LoRAs."""
    text = re.sub(r"<[a-z]+:[^<>]{1,200}>", " ", prompt)
    text = re.sub(r"\bBREAK\b|\bAND\b", ",", text)
    text = re.sub(r":\s*-?\d{1,3}(?:\.\d{1,4})?\s*(?=[)\]])", "", text)
    text = re.sub(r"(?<!\\)[()\[\]{}]", "", text).replace("\\(", "(").replace("\\)", ")")
    parts = (" ".join(part.split()) for part in re.split(r"[,\n]", text))
    return ", ".join(part for part in parts if part)


def _object(text: str) -> Mapping[str, object] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _fooocus(whole: Mapping[str, object] | None) -> Recipe | None:
    if whole is None or not isinstance(whole.get("prompt"), str):
        return None
    size = _two(str(whole.get("resolution", "")))
    negative = whole.get("negative_prompt")
    return Recipe(
        "Fooocus",
        plain_prompt(str(whole["prompt"])),
        plain_prompt(negative) if isinstance(negative, str) else "",
        size,
        _seed(whole.get("seed")),
    )


_SETTINGS = re.compile(r"^\s*Steps:\s*\d+\s*,.*$", re.MULTILINE)


def _a1111(text: str) -> Recipe | None:
    """The prompt, then a line with the negative one, then a line of settings that begins with the steps."""
    lines = list(_SETTINGS.finditer(text))
    if not lines:
        return None
    settings = lines[-1]
    prompt, _, negative = text[: settings.start()].partition("Negative prompt:")
    seed = re.search(r"\bSeed:\s*(\d{1,20})", settings[0])
    size = re.search(r"\bSize:\s*(\d{1,5}x\d{1,5})", settings[0])
    return Recipe(
        "Automatic1111",
        plain_prompt(prompt),
        plain_prompt(negative),
        _two(size[1]) if size is not None else None,
        _seed(seed[1]) if seed is not None else None,
    )


_Node = Mapping[str, object]


def _comfyui(whole: Mapping[str, object] | None) -> Recipe | None:
    """A graph of nodes by number. The words are those that lead to a sampler, else the longest of an encoder."""
    nodes = {key: each for key, each in (whole or {}).items() if isinstance(each, dict) and "class_type" in each}
    if not nodes:
        return None
    inputs = {key: _inputs(node) for key, node in nodes.items()}
    samplers = [key for key, given in inputs.items() if "positive" in given and _is_link(given["positive"])]
    samplers.sort(key=lambda key: "sampler" not in str(nodes[key]["class_type"]).lower())
    words = negative = ""
    for sampler in samplers:
        words = words or _text_behind(inputs, inputs[sampler]["positive"])
        negative = negative or _text_behind(inputs, inputs[sampler].get("negative"))
    if not words:
        encoders = [given for key, given in inputs.items() if "encode" in str(nodes[key]["class_type"]).lower()]
        words = max((text for given in encoders for text in _own_texts(given)), key=len, default="")
    seeds = (_behind(inputs, given.get(name)) for given in inputs.values() for name in ("seed", "noise_seed"))
    return Recipe(
        "ComfyUI",
        plain_prompt(words),
        plain_prompt(negative) if negative != words else "",
        _latent_size(nodes, inputs),
        next((seed for seed in map(_seed, seeds) if seed is not None), None),
    )


def _inputs(node: _Node) -> _Node:
    given = node.get("inputs")
    return given if isinstance(given, dict) else {}


def _is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int)


_TEXTS = ("text", "prompt", "positive", "string", "value", "t5xxl", "text_g", "clip_l", "text_l", "wildcard_text")


def _own_texts(given: _Node) -> Iterator[str]:
    return (text for name in _TEXTS if isinstance(text := given.get(name), str) and text.strip())


def _text_behind(inputs: Mapping[str, _Node], link: object) -> str:
    """The first text on the way back from a link, nearest nodes first; each node is seen once."""
    waiting, seen = [(link, 0)], set[str]()
    while waiting:
        value, depth = waiting.pop(0)
        if not (isinstance(value, list) and _is_link(value)):
            continue
        key = str(value[0])
        if key in seen or depth > _DEEPEST or key not in inputs:
            continue
        seen.add(key)
        text = next(_own_texts(inputs[key]), None)
        if text is not None:
            return text
        own = inputs[key]
        waiting += [(own[name], depth + 1) for name in sorted(own, key=lambda name: name not in _TEXTS)]
    return ""


def _behind(inputs: Mapping[str, _Node], value: object) -> object:
    """A value, or what the node that it is linked to gives."""
    if not (isinstance(value, list) and _is_link(value)):
        return value
    own = inputs.get(str(value[0]), {})
    return next((own[name] for name in ("seed", "noise_seed", "value", "int") if name in own), None)


def _latent_size(nodes: Mapping[str, _Node], inputs: Mapping[str, _Node]) -> tuple[int, int] | None:
    for key, given in inputs.items():
        if "latent" in str(nodes[key]["class_type"]).lower():
            width, height = (_behind(inputs, given.get(name)) for name in ("width", "height"))
            if isinstance(width, int) and isinstance(height, int):
                return _two(f"{width}x{height}")
    return None


def _two(text: str) -> tuple[int, int] | None:
    found = re.search(r"(\d{1,5})\s*[x×,]\s*(\d{1,5})", text)
    size = (int(found[1]), int(found[2])) if found is not None else (0, 0)
    return size if min(size) > 0 and max(size) <= _LARGEST else None


def _seed(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal() and len(value) <= 20:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_SEED else None
