"""Marks pictures as made by a model: IPTC's digital source type, in XMP, as PNG, JPEG and WebP hold it.

The property is ``Iptc4xmpExt:DigitalSourceType`` (IPTC Photo Metadata Standard) with the term
``trainedAlgorithmicMedia``. Says nothing about who asked or for what.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image as Images
from PIL.Image import Image
from PIL.PngImagePlugin import PngInfo, putchunk

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

_PNG_HEADER = 8 + 25
"""Bytes of a PNG's signature and of its first chunk, which says how large it is."""

PNG_KEYWORD = "XML:com.adobe.xmp"
"""The text chunk in which a PNG holds XMP."""

XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
Iptc4xmpExt:DigitalSourceType="{SOURCE}"/></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def mark(info: PngInfo) -> PngInfo:
    """The mark among a PNG's texts."""
    info.add_itxt(PNG_KEYWORD, XMP)
    return info


def is_marked(image: Image) -> bool:
    """Whether a picture that was read from a file has the mark."""
    return SOURCE in _xmp_of(image)


def marked_kind(content: bytes) -> str | None:
    """The MIME type of a picture with the mark; None for all else."""
    try:
        with Images.open(io.BytesIO(content)) as image:
            return Images.MIME.get(image.format or "") if is_marked(image) else None
    except OSError:
        return None


def _xmp_of(image: Image) -> str:
    found = image.info.get("xmp") or image.info.get(PNG_KEYWORD) or ""
    return found if isinstance(found, str) else bytes(found).decode("utf-8", "replace")


def png_of(image: Image, *, marked: bool) -> bytes:
    """A picture as a PNG, with the mark if it is of a model's pictures."""
    file = io.BytesIO()
    image.save(file, format="PNG", pnginfo=mark(PngInfo()) if marked else None)
    return file.getvalue()


def with_texts(png: bytes, info: PngInfo) -> bytes:
    """A PNG file with further texts in it, before its pixels, which are not packed anew for it."""
    file = io.BytesIO()
    file.write(png[:_PNG_HEADER])
    for kind, data, *_ in info.chunks:
        putchunk(file, kind, data)
    file.write(png[_PNG_HEADER:])
    return file.getvalue()


def save_marked(image: Image, path: Path) -> None:
    """Save a picture with the mark, in the format of the file's name."""
    if path.suffix.lower() == ".png":
        image.save(path, pnginfo=mark(PngInfo()))
    else:
        image.save(path, xmp=XMP.encode())
