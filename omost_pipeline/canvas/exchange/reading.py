"""Parsed JSON in one of the forms that other programs exchange → a canvas: told apart by what is in it."""

from __future__ import annotations

from collections.abc import Mapping

from omost_pipeline.canvas.elements import Canvas, Correction
from omost_pipeline.canvas.exchange.fibo import is_fibo, read_fibo
from omost_pipeline.canvas.exchange.ideogram import are_elements, is_caption, read_caption, read_elements
from omost_pipeline.canvas.exchange.pixel_boxes import pixel_boxes, read_pixel_boxes


def read_exchanged(found: object) -> tuple[Canvas, tuple[Correction, ...]] | None:
    """The canvas, and what had to be put right or left out; None where it is none of these forms.

    Raises:
        CanvasError: naming the key and its value, if something has a form that can mean nothing here.
    """
    if isinstance(found, Mapping):
        whole = {str(key): value for key, value in found.items()}
        if is_caption(whole):
            return read_caption(whole)
        return read_fibo(whole) if is_fibo(whole) else None
    if isinstance(found, list) and are_elements(found):
        return read_elements(found)
    boxes = pixel_boxes(found)
    return None if boxes is None else read_pixel_boxes(boxes)
