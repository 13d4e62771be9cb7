"""What a GGUF file says of itself, read from its first bytes: no weights are read and no library is needed.

The format: magic, version, how many tensors and entries; the entries, each a name, a kind and a value; then for each
tensor its name, shape, kind and place (ggml's gguf.md, versions 2 and 3). Knows what a language model's file must have,
and no architecture.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from glob import escape
from pathlib import Path
from typing import BinaryIO

from omost_pipeline.errors import WeightsError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MOST = 1_000_000  # entries, texts of a list or tensors; the largest vocabularies have a quarter of that
_LONGEST = 1_000_000  # bytes of one text: chat templates have some ten thousand
_DEEPEST = 8  # axes of a tensor
_KEPT = 64  # numbers of a list that are kept: layers have one each, vocabularies are only counted

_BLOCKS: Mapping[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
}  # fmt: skip
"""Kind of tensor → its name, how many numbers a block has, and how many bytes."""


_UNPACKED = frozenset(name for name, _, _ in _BLOCKS.values()) - {"Q8_1", "Q8_K", "Q1_0"}


@dataclass(frozen=True)
class GgufHeader:
    """The entries by name (of texts in lists and of long lists only as many numbers), and what kinds of tensors there
    are.

    ``missing`` is how many bytes the file lacks at its end.
    """

    entries: Mapping[str, object]
    kinds: frozenset[str]
    missing: int

    @cached_property
    def architecture(self) -> str:
        """llama.cpp's name of it; empty where none is said."""
        return self._text("general.architecture")

    @property
    def context(self) -> int | None:
        """Tokens that the model was made for."""
        said = self.entries.get(f"{self.architecture}.context_length")
        return said if isinstance(said, int) else None

    @property
    def tokenizer(self) -> str:
        """The tokenizer's kind: ``gpt2`` (byte level), ``llama`` (SentencePiece), ``bert``, …; empty without one."""
        return self._text("tokenizer.ggml.model")

    @property
    def chat_template(self) -> str:
        """How a chat is put into text, in Jinja; empty where the file does not say."""
        return self._text("tokenizer.chat_template")

    @property
    def kind(self) -> str:
        """``model``, ``adapter``, ``mmproj`` …"""
        return self._text("general.type") or "model"

    @property
    def parts(self) -> int:
        """How many files the model is divided into."""
        said = self.entries.get("split.count")
        return said if isinstance(said, int) and said > 1 else 1

    def _text(self, name: str) -> str:
        said = self.entries.get(name)
        return said if isinstance(said, str) else ""


def read_header(path: Path) -> GgufHeader:
    """Read a file's header.

    Raises:
        WeightsError: if it cannot be read or is no GGUF file; names it.
    """
    try:
        with path.open("rb") as file:
            return _Reader(file, path).header(path.stat().st_size)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read ({error.strerror or error}).") from error


def refusal_of(path: Path) -> str:
    """Why a GGUF file cannot be the language model, whatever its architecture is; a sentence without a full stop, empty
    if nothing in its header says so."""
    try:
        header = read_header(path)
    except WeightsError as error:
        return _cut(path) or str(error).rstrip(".")
    problem = part_of_many(path.name) or (_one_of(path.name, header.parts) if header.parts > 1 else "")
    problem = problem or (_cut(path) if header.missing else "")
    strange = " and ".join(sorted(header.kinds - _UNPACKED))
    reasons = (
        (bool(problem), problem.rstrip(".")),
        (header.kind != "model", f"{path} is no language model: it calls itself {header.kind!r}"),
        (header.missing > 0, f"{path} is incomplete: its last {header.missing:,} bytes are missing; download it again"),
        (bool(strange), f"{path} has tensors {strange}, which cannot be unpacked; choose another quantisation"),
        (not header.tokenizer, f"{path} has no tokenizer in it, so it cannot write text"),
        (not header.chat_template, f"{path} has no chat template in its tokenizer, so it is not a chat model"),
    )
    return next((reason for holds, reason in reasons if holds), "")


_PIECE = re.compile(r"(.+\.gguf)[-._].+")
"""How pieces of a file that was cut for storing are called: ``x.gguf-split-a``, ``x.gguf.part1of3``, ``x.gguf.001``."""


def is_gguf(path: Path) -> bool:
    """Whether a file is GGUF, or a piece of one, whatever its name: by its first bytes, or what stands in its name."""
    if path.suffix == ".gguf" or _PIECE.fullmatch(path.name):
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def gguf_files(folder: Path) -> list[str]:
    """The names of a folder's GGUF files; of the pieces where there are only these."""
    whole = sorted(file.name for file in folder.glob("*.gguf"))
    return whole or sorted(file.name for file in folder.glob("*.gguf?*"))


def is_piece(file: str) -> bool:
    """Whether a GGUF file is one of several that only make a model together, by its name."""
    return bool(part_of_many(file)) or not file.endswith(".gguf")


def no_model(path: Path) -> str:
    """What a file that is not GGUF is, and what to name in its place; a sentence without a full stop."""
    folder = f", {path.parent}" if (path.parent / "config.json").is_file() else ""
    return f"{path} is neither a GGUF file nor a folder: name the folder with the model's config.json{folder}"


def no_whole_file(model: str, file: str) -> str:
    """Why a file of a model on the hub cannot be used, by its name; a sentence without a full stop, empty if it can."""
    if file.endswith(".gguf"):
        return part_of_many(file).rstrip(".")
    return f"{model}:{file} names no GGUF file in one piece: write a whole file's name, as in {model}:FILE.gguf"


def _cut(path: Path) -> str:
    """How to join a file that was cut, of which this is a piece; empty where no other piece is beside it."""
    piece = _PIECE.fullmatch(path.name)
    if piece is None or len([each for each in path.parent.glob(f"{escape(piece[1])}?*") if each.is_file()]) < 2:
        return ""
    whole = path.parent / piece[1]
    return f"{path} is a piece of a file that was cut: join all of them in their order, as in `cat {whole}?* > {whole}`"


_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf")


def part_of_many(file: str) -> str:
    """Why a GGUF file that is one part of several cannot be used, by its name; empty if it is a whole one."""
    if not (part := _PART.fullmatch(file)) or int(part[3]) == 1:
        return ""
    return _one_of(file, int(part[3]), f"{part[1]}-00001-of-{part[3]}.gguf {part[1]}.gguf")


def _one_of(file: str, parts: int, names: str = "FIRST.gguf WHOLE.gguf") -> str:
    return (
        f"{file} is one of {parts} parts, which the library cannot read: join them with llama.cpp's "
        f"`llama-gguf-split --merge {names}`, or choose a file in one piece."
    )


class _Reader:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path

    def header(self, size: int) -> GgufHeader:
        begin = self._file.read(4)
        if begin != _MAGIC:
            raise WeightsError(f"{self._path} is no GGUF file: it begins {begin!r}; download it again.")
        version = self._number("I")
        if version not in _VERSIONS:
            raise WeightsError(f"{self._path} is of GGUF's version {version}; this program reads version 2 and 3.")
        tensors, count = self._count(), self._count()
        entries: dict[str, object] = {}
        for _ in range(count):
            name = self._text()
            entries[name] = self._value(self._number("I"))
        kinds: set[str] = set()
        end = 0
        for _ in range(tensors):
            kind, behind = self._tensor()
            kinds.add(kind)
            end = max(end, behind)
        alignment = entries.get("general.alignment")
        step = alignment if isinstance(alignment, int) and alignment > 0 else 32
        start = -(-self._file.tell() // step) * step
        return GgufHeader(entries, frozenset(kinds), max(start + end - size, 0) if tensors else 0)

    def _tensor(self) -> tuple[str, int]:
        """A tensor's kind, and where it ends behind the header."""
        self._text()
        axes = self._number("I")
        if axes > _DEEPEST:
            raise self._damaged()
        numbers = 1
        for _ in range(axes):
            numbers *= self._number("Q")
        code, offset = self._number("I"), self._number("Q")
        name, per_block, size = _BLOCKS.get(code, (f"of kind {code}", 1, 0))
        return name, offset + -(-numbers // per_block) * size

    def _value(self, kind: int) -> object:
        if kind == _STRING:
            return self._text()
        if kind != _ARRAY:
            return self._number(self._format(kind))
        inner, length = self._number("I"), self._count()
        if inner == _STRING:
            for _ in range(length):
                self._skip(self._length())
            return range(length)
        size = struct.calcsize(f"<{self._format(inner)}")
        data = self._bytes(size * length)
        if length > _KEPT:
            return range(length)
        return list(struct.unpack(f"<{length}{self._format(inner)}", data))

    def _format(self, kind: int) -> str:
        if kind not in _FORMATS:
            raise self._damaged()
        return _FORMATS[kind]

    def _number(self, form: str) -> int:
        found: int = struct.unpack(f"<{form}", self._bytes(struct.calcsize(f"<{form}")))[0]
        return found

    def _count(self) -> int:
        count = self._number("Q")
        if count > _MOST:
            raise self._damaged()
        return count

    def _length(self) -> int:
        length = self._number("Q")
        if length > _LONGEST:
            raise self._damaged()
        return length

    def _text(self) -> str:
        return self._bytes(self._length()).decode("utf-8", "replace")

    def _skip(self, length: int) -> None:
        self._bytes(length)

    def _bytes(self, length: int) -> bytes:
        data = self._file.read(length)
        if len(data) < length:
            raise self._damaged()
        return data

    def _damaged(self) -> WeightsError:
        return WeightsError(f"{self._path} is damaged or incomplete: its header makes no sense; download it again.")
