"""From a name on the Hugging Face hub to a folder on this disk, or one sentence about why not, without long waits.

Asks the hub once what there is, fetches small files before large ones, and takes what was fetched earlier where the
hub cannot be reached. Knows nothing of what the files are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from omost_pipeline.errors import WeightsError

_SMALL = ("*.json", "*.txt", "*.model", "*.jinja")

Choice = Callable[[Sequence[str]], Iterable[str]]
"""(the files there are) → those to fetch besides the small ones; paths with ``/``, relative to the model's folder."""


Watch = Callable[[int, int], None]
"""(bytes fetched, bytes in all as far as known): called while files come, from any thread; what it raises ends it."""

_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Have ``watch`` told of what this thread fetches meanwhile."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def is_path(source: str) -> bool:
    """Whether this can only be meant as a path."""
    return source.startswith(("/", ".", "~", "\\")) or "/" not in source


def is_model(source: str) -> bool:
    """Whether this may be a model on the hub, ``owner/model``."""
    return not is_path(source) and source.count("/") == 1


def is_file(source: str) -> bool:
    """Whether this may be a tensor file of a model on the hub, ``owner/model/path.safetensors``."""
    return not is_path(source) and source.count("/") > 1 and source.endswith(".safetensors")


def fetch_small(name: str) -> Path:
    """The folder with a model's configs and vocabularies, fetched if need be.

    Raises:
        WeightsError: if the hub has no such model, does not give it, or cannot be asked and nothing was fetched.
    """
    return _fetch(name, _SMALL)


def fetch(name: str, choice: Choice) -> Path:
    """The folder with a model's small files and the chosen ones, fetched if need be; raises as :func:`fetch_small`."""
    folder = fetch_small(name)
    return _fetch(name, (*_SMALL, *choice(_listing(name, folder))))


def fetch_file(source: str) -> Path:
    """One file of a model on the hub, ``owner/model/path``; raises as :func:`fetch_small`, or if it is not there."""
    owner, model, file = source.split("/", 2)
    name = f"{owner}/{model}"

    def only(files: Sequence[str]) -> list[str]:
        if file not in files:
            kind = Path(file).suffix
            there = ", ".join(each for each in files if each.endswith(kind)) or f"no {kind} file"
            raise WeightsError(f"{name} on the hub has no {file}; it has {there}.")
        return [file]

    return fetch(name, only) / file


def cached_file(name: str, file: str) -> Path | None:
    """One file of a model on the hub, if it was downloaded before; None otherwise."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, file)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def weights(files: Sequence[str]) -> list[str]:
    """Those of the files that hold tensors."""
    return [file for file in files if file.endswith(".safetensors")]


def _listing(name: str, folder: Path) -> list[str]:
    """The model's files; those that are here where an older library kept no list of them."""
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    try:
        return sorted(file.path for file in get_cached_repo_tree(name))
    except CachedRepoTreeNotFoundError:
        return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def _fetch(name: str, patterns: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        bar = _bar(_WATCH.get())
        return Path(snapshot_download(name, allow_patterns=list(patterns), tqdm_class=bar))
    except HFValidationError as error:
        raise WeightsError(f"{name!r} is not a valid hub name: use owner/model or the path of a folder.") from error
    except GatedRepoError as error:
        raise WeightsError(
            f"The hub gives {name} only to those who have accepted its terms: do so at https://huggingface.co/{name}, "
            "then log in with `hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise WeightsError(
            f"The hub has no model {name}, or a private one: check the name, or log in with `hf auth login`."
        ) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise WeightsError(
            f"{name} is not on this computer and could not be downloaded from the hub ({_cause(error)}): check the "
            "name and the network, or give the path of a downloaded folder."
        ) from error
    finally:
        if shown:
            enable_progress_bars()


def _bar(watch: Watch | None) -> Any:  # noqa: ANN401 - a class that is made where its base may be imported
    """The library's progress bar as a way to tell ``watch``; None for its own."""
    if watch is None:
        return None
    from tqdm import tqdm

    tell = watch

    class Telling(tqdm):  # type: ignore[misc]  # it has no types
        """Shows nothing; tells of bytes, not of files."""

        def __init__(self, *arguments: object, total: float | None = None, unit: str = "it", **options: object) -> None:
            super().__init__(*arguments, total=total, unit=unit, **{**options, "disable": True})
            self.total = total or 0
            self._tells = unit == "B"

        def update(self, n: float | None = 1) -> None:
            """Count some more."""
            self.n += n or 0
            if self._tells:
                tell(int(self.n), int(self.total or 0))

    return Telling


def _cause(error: BaseException) -> str:
    """The innermost reason in few words."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).strip().split("\n")[0].split()).rstrip(".:") or type(error).__name__
