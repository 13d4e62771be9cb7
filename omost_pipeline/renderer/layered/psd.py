"""Layers as a Photoshop file, by psd-tools. It is an extra: this module is imported where such a file is asked for."""

from __future__ import annotations

import io

from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import Resource
from psd_tools.psd.image_resources import ImageResource

from omost_pipeline.renderer.layered.openraster import names_of, unpack


def to_psd(content: bytes, merged: bytes) -> bytes:
    """What is kept of layers (:func:`~.openraster.pack`) as a file of Photoshop's, with the merged picture as preview.

    What the merged picture's PNG says of where it comes from (XMP), the file says, too.

    Raises:
        LayersError: if it is not what was kept.
    """
    stack, names, file = unpack(content), names_of(content), io.BytesIO()
    with Image.open(io.BytesIO(merged)) as picture:
        psd = PSDImage.frompil(picture.convert("RGBA"))  # so layers have an alpha, and no mask
        xmp = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
    if xmp:
        said = xmp.encode() if isinstance(xmp, str) else bytes(xmp)
        psd.image_resources[Resource.XMP_METADATA] = ImageResource(key=Resource.XMP_METADATA, data=said)
    psd.create_pixel_layer(Image.fromarray(stack.background).convert("RGBA"), name="Background")
    for name, layer in zip(names, stack.layers, strict=True):
        seen = layer.placed()
        psd.create_pixel_layer(Image.fromarray(seen.pixels), name=name, top=seen.top, left=seen.left)
    psd.save(file)
    return file.getvalue()
