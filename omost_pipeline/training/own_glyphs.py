"""Drawings in the manner of the vector sets for what those lack: SVG bodies on a field of 32 by 32.

Written for this project. Knows no colours beyond its own and no picture.
"""

from __future__ import annotations

# ruff: noqa: E501  # a path cannot be broken
SIDE = 32

_FACE = (
    '<path fill="#FFC83D" d="M9 10a7 7 0 0 1 14 0v4a7 7 0 0 1-14 0z"/>'
    '<circle cx="13" cy="13" r="1.1" fill="#402A32"/><circle cx="19" cy="13" r="1.1" fill="#402A32"/>'
    '<path fill="none" stroke="#402A32" stroke-linecap="round" d="M13.5 17q2.500 1.800 5 0"/>'
)

OWN: dict[str, str] = {
    "knight": (
        '<path fill="#E6353F" d="M16 5C15 1 20 0 24 3c3 2 4 6 3 9-2-4-6-6-11-6z"/>'
        '<path fill="#8D99A8" d="M4 32v-4a8 8 0 0 1 8-8h8a8 8 0 0 1 8 8v4z"/>'
        '<path fill="#C3CCD6" d="M11 20h10l-1.500 12h-7z"/>'
        '<path fill="#AEB9C5" d="M8 12a8 8 0 0 1 16 0v7l-4 4h-8l-4-4z"/>'
        '<path fill="#DCE3EA" d="M15 4h2v8h-2z"/><path fill="#30343C" d="M10 11.500h12v2.800H10z"/>'
        '<path fill="#6E7A88" d="M12 16.500h1.200v4H12zm3.400 0h1.200v4h-1.200zm3.400 0H20v4h-1.200z"/>'
        '<path fill="#2F66D6" d="M2 20h10v5c0 4-3 6-5 7-2-1-5-3-5-7z"/><path fill="#F4D44C" d="M6 20h2v11.500L7 32l-1-.5z"/>'
        '<path fill="#E9EEF3" d="M26.500 6l1.500-3 1.500 3v16h-3z"/><path fill="#A5702C" d="M24.500 22h7v2h-2v6h-3v-6h-2z"/>'
    ),
    "queen": (
        '<path fill="#7A3E1D" d="M6 12c0-6 4-9 10-9s10 3 10 9v12H6z"/>'
        f'{_FACE}<path fill="#F9C23C" d="M8 8V1l4 3 4-4 4 4 4-3v7z"/><circle cx="16" cy="5" r="1.300" fill="#E6353F"/>'
        '<path fill="#B4347E" d="M5 32v-3c0-4 3-7 7-7h8c4 0 7 3 7 7v3z"/><path fill="#F4F4F4" d="M12 22h8l-4 5z"/>'
    ),
    "pirate": (
        f'{_FACE}<path fill="#30262B" d="M3 9c3-6 8-8 13-8s10 2 13 8c-4-2-8-2.500-13-2.500S7 7 3 9z"/>'
        '<circle cx="16" cy="4" r="1.700" fill="#fff"/><path fill="#30262B" d="M17 11h5v4h-4z"/>'
        '<path fill="#30262B" d="M9 9.500l14 2v-1L9 8.500z"/><path fill="#5B3A21" d="M9 15h2q5 6 10 0h2c0 5-3 8-7 8s-7-3-7-8z"/>'
        '<path fill="#C8382F" d="M5 32v-3c0-4 3-7 7-7h8c4 0 7 3 7 7v3z"/><path fill="#fff" d="M5 28h22v2H5zm3-4h16v2H8z"/>'
    ),
    "witch": (
        f'<path fill="#E8762C" d="M7 12h18v12H7z"/>{_FACE}<path fill="#433B6B" d="M3 10c5-2 6-2 8-3l5-7 4 3-2 0 4 5c2 1 3 1 7 2-8 2-18 2-26 0z"/>'
        '<path fill="#8BC34A" d="M10.500 6.500q5.500 1.500 11 0l.7 1.800q-6 1.600-12.400 0z"/>'
        '<path fill="#433B6B" d="M5 32v-3c0-4 3-7 7-7h8c4 0 7 3 7 7v3z"/><path fill="#8D5A2B" d="M28 12h2v20h-2z"/>'
        '<path fill="#E0B04A" d="M26.500 12l2.500-9 2.500 9z"/>'
    ),
    "table": (
        '<path fill="#8D5A34" d="M4 13h4l-1 17H4zm20 0h4v17h-3z"/><path fill="#6B4226" d="M9 13h3v13H9zm11 0h3v13h-3z"/>'
        '<path fill="#B87A48" d="M1 8h30v5H1z"/><path fill="#D09A66" d="M1 8h30v1.800H1z"/>'
    ),
    "igloo": (
        '<path fill="#D6EAF8" d="M1 27C1 15 8 7 16 7s15 8 15 20z"/>'
        '<path fill="none" stroke="#8FB9D6" d="M2.500 20h27M6 14h20M11 9.500V14m5-7v7m5-4.500V14M8 14v6m16-6v6M5 20v7m22-7v7"/>'
        '<path fill="#A9CDE4" d="M10 27v-4a6 6 0 0 1 12 0v4z"/><path fill="#34495E" d="M12.500 27v-3.500a3.500 3.500 0 0 1 7 0V27z"/>'
    ),
    "windmill": (
        '<path fill="#E8D3B0" d="M11 12h10l3 20H8z"/><path fill="#A34A3A" d="M10 13a6 6 0 0 1 12 0z"/>'
        '<path fill="#6B4226" d="M13.500 25h5v7h-5z"/><path fill="#6FB7E0" d="M14 17h4v4h-4z"/>'
        '<path fill="#8D5A34" d="M15.200 12L4 1.600 5 .6 16 11 27 .6l1 1L16.800 12 28 22.400l-1 1L16 13 5 23.400l-1-1z"/>'
        '<path fill="#F5F1E6" d="M5.500 3.500l3-2.500 6 7-1.500 1.500zM26.500 3.500l-3-2.500-6 7 1.500 1.500zM5.500 20.500l3 2.500 6-7-1.500-1.500zM26.500 20.500l-3 2.500-6-7 1.500-1.500z"/>'
    ),
}
"""Name → SVG body."""
