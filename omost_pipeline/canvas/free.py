"""Free boxes, free colours and how elements are held, on their way through a language model, which knows names alone.

It is told the nearest names, and that is recorded; what it leaves as it was stays exactly as it was.
"""

from __future__ import annotations

from dataclasses import astuple, replace

from omost_pipeline.canvas.elements import Canvas, Correction, held_as, in_names, is_plain
from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.canvas.identity import match_regions


def told_in_names(canvas: Canvas) -> tuple[Correction, ...]:
    """What a language model is told in place of each free box."""
    return tuple(
        Correction(
            0,
            f"box of {excerpt(region.description)}",
            ", ".join(f"{edge:.4g}" for edge in astuple(region.free_box)),
            f"{region.location}, {region.offset}, {region.area}, for the language model",
        )
        for region in canvas.regions
        if region.free_box is not None
    )


def carry_free(before: Canvas, after: Canvas) -> Canvas:
    """``after`` with the free boxes and colours of ``before`` wherever the names beside them are still the same.

    A language model knows names alone and writes them again; what it left as it was stays exactly as it was. What is
    still there is held as before.
    """
    regions = list(after.regions)
    for one, other in match_regions(in_names(before).regions, after.regions):  # as the model was told them
        old, new = before.regions[one], regions[other]
        names = (new.location, new.offset, new.area) == (old.location, old.offset, old.area)
        regions[other] = replace(
            held_as(new, old) if is_plain(new) else new,
            free_box=old.free_box if names and new.free_box is None else new.free_box,
            free_rgb=old.free_rgb if new.color == old.color and new.free_rgb is None else new.free_rgb,
        )
    scene = held_as(after.scene, before.scene) if is_plain(after.scene) else after.scene
    if scene.color == before.scene.color and scene.free_rgb is None:
        scene = replace(scene, free_rgb=before.scene.free_rgb)
    return Canvas(scene, tuple(regions))
