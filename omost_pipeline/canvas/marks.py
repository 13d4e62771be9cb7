"""Marks that other keyboards and word processors write for those of code. Tables only."""

from __future__ import annotations

from types import MappingProxyType

_PAIRS = "，, 、, ；; ：: （( ）) ［[ ］] 【[ 】] ｛{ ｝} ＝= ＃# －- −- –- —- ＋+ ．. ／/ ＿_".split()

ASCII: MappingProxyType[str, str] = MappingProxyType(
    {
        **{pair[0]: pair[1] for pair in _PAIRS},
        **dict.fromkeys(
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u202f\u205f\u3000", " "
        ),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    }
)
"""A mark outside strings → what it means in code; nothing for what has no width."""

_DOUBLE = "“”„‟«»「」『』＂〝〞"
_SINGLE = "‘’‚‛‹›＇`´"
QUOTES: MappingProxyType[str, tuple[str, str]] = MappingProxyType(
    {**dict.fromkeys(_DOUBLE, ('"', _DOUBLE + '"')), **dict.fromkeys(_SINGLE.replace("`", ""), ("'", _SINGLE + "'"))}
)
"""A typographic quote that opens a string → the quote of code, and every quote that may close the string."""

TO_ASCII = str.maketrans({**ASCII, **{mark: quote for mark, (quote, _) in QUOTES.items()}})
"""For text that is only looked at."""
