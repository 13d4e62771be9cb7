"""Looks at finished pictures: any image classifier that transformers reads says how sure it is of each of its labels.

It stays on the CPU, where it takes a fraction of a second and needs no place in the plan of memory. Knows no rule: what
follows from a score is decided by whoever asked. Blocks, and belongs to the thread that runs torch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from PIL.Image import Image

from omost_pipeline import hub
from omost_pipeline.errors import WeightsError

_CONFIG = "config.json"


class ImageClassifier(Protocol):
    """Says what a picture shows."""

    def scores(self, image: Image) -> dict[str, float]:
        """How sure it is of each of its labels, from 0 to 1."""
        ...


class TransformersClassifier:
    """A classifier of transformers with the processor that prepares its pictures."""

    def __init__(self, model: Any, processor: Any) -> None:  # noqa: ANN401 - the library's classes have no types
        self._model, self._processor = model, processor

    def scores(self, image: Image) -> dict[str, float]:
        """One label of several that exclude each other, unless its configuration says that they do not."""
        import torch

        inputs = self._processor(images=image.convert("RGB"), return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**inputs).logits[0].float()
        config = self._model.config
        several = config.problem_type == "multi_label_classification"
        shares = torch.sigmoid(logits) if several else torch.softmax(logits, dim=-1)
        return {str(config.id2label[number]): float(share) for number, share in enumerate(shares)}


def load_classifier(source: str) -> ImageClassifier:
    """The classifier of a folder or a hub name, which is fetched if need be.

    Raises:
        WeightsError: if it is not there, cannot be fetched, or is no image classifier.
    """
    folder = _folder(source)
    _check(folder, source)
    from transformers import AutoImageProcessor, AutoModelForImageClassification  # deferred: they import torch

    try:
        processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        model = AutoModelForImageClassification.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        reason = " ".join(str(error).split("\n")[0].split()).rstrip(".")
        raise WeightsError(f"The image classifier {source} cannot be loaded ({reason}).") from error
    return TransformersClassifier(model.eval(), processor)


def labels_of(source: str) -> frozenset[str] | None:
    """The labels of a classifier in a folder, without loading it; None where it is a hub name.

    Raises:
        WeightsError: if it is no image classifier.
    """
    if hub.is_model(source) and not Path(source).is_dir():
        return None
    return _check(_folder(source), source)


def _folder(source: str) -> Path:
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if not hub.is_model(source):
        raise WeightsError(f"There is no folder {source} with an image classifier.")
    return hub.fetch(source, hub.weights)


def _check(folder: Path, source: str) -> frozenset[str]:
    """The labels that a configuration names; raises as :func:`labels_of`."""
    try:
        config = json.loads((folder / _CONFIG).read_text("utf-8"))
        kinds = [str(each) for each in config.get("architectures") or ()]
        labels = frozenset(str(each) for each in (config.get("id2label") or {}).values())
    except (OSError, ValueError, AttributeError) as error:
        raise WeightsError(f"{source} has no {_CONFIG} of an image classifier.") from error
    if not any(kind.endswith("ForImageClassification") for kind in kinds):
        raise WeightsError(f"{source} is {', '.join(kinds) or 'something'}, and no image classifier.")
    return labels
