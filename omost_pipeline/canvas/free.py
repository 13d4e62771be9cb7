"""Free boxes, free colours and how elements are held, on their way through a language model, which knows names alone.

It is told the nearest names; what it leaves as it was stays exactly as it was, and what it does not is recorded.
"""

from __future__ import annotations

from dataclasses import astuple, replace

from omost_pipeline.canvas.elements import Canvas, Correction, Region, held_as, in_names, is_plain
from omost_pipeline.canvas.fields import excerpt
from omost_pipeline.canvas.identity import match_regions


def lost_boxes(before: Canvas, after: Canvas) -> tuple[Correction, ...]:
    """What a language model was told in place of each free box that it did not leave as it was.

    Nothing is lost with a thing that is gone, or is in another free box.
    """
    pairs = match_regions(in_names(before).regions, in_names(after).regions)
    return tuple(
        Correction(
            0,
            f"box of {excerpt(region.description)}",
            ", ".join(f"{edge:.4g}" for edge in astuple(region.free_box)),
            f"{region.location}, {region.offset}, {region.area}, for the language model",
        )
        for region, now in ((before.regions[one], after.regions[other]) for one, other in pairs)
        if region.free_box is not None and now.free_box is None
    )


def carry_free(before: Canvas, after: Canvas) -> Canvas:
    """``after`` with the free boxes and colours of ``before`` wherever the names beside them are still the same.

    A language model knows names alone and writes them again; what it left as it was stays exactly as it was. What is
    still there is held as before. A shape that differs beside other changes is the model's habit with such things, and
    changes nothing: who asks for a shape, asks for that.
    """
    told = in_names(before)
    regions = list(after.regions)
    for one, other in match_regions(told.regions, after.regions):  # as the model was told them
        old, new = before.regions[one], regions[other]
        if old.free_box is not None and _is_by_the_way(told.regions[one], new, told, after):
            new = replace(new, area=old.area)
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


def _is_by_the_way(old: Region, new: Region, before: Canvas, after: Canvas) -> bool:
    """Whether only the shape of a region's place differs, and that is not all that differs."""
    if (new.location, new.offset) != (old.location, old.offset) or new.area.split()[:-2] != old.area.split()[:-2]:
        return False
    shaped = tuple(replace(each, area=old.area) if each is new else each for each in after.regions)
    return (after.scene, shaped) != (before.scene, before.regions)
