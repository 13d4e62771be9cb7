"""Words that ask for a picture's description, in English, French and Chinese. Pure."""

from __future__ import annotations

import re

_THIS = r"(?:it|(?:this|that|the|my)(?: (?:picture|image|photo|pic|drawing|painting))?)"
_CETTE = r"(?:(?:cette|l|la|le|ce|mon|ma) ?'?(?:image|photo|dessin|peinture|tableau)|-(?:la|le)|ça|ceci)"
_ASKS = re.compile(
    rf"(?:please |can you |could you )*(?:describe(?: {_THIS})?|what(?:'s| is| do you see) (?:in|on) {_THIS})"
    r"(?: please)?"
    rf"|(?:peux-tu |pouvez-vous )?(?:décris|décrivez|décrire|décrit) ?{_CETTE}(?: s'il (?:te|vous) plaît)?"
    r"|décris|décrivez|que vois-tu (?:sur|dans) (?:cette|l') ?(?:image|photo)"
    r"|请?(?:帮我)?描述(?:一下)?(?:这张|这个|这幅|该|这)?(?:图片|图像|照片|图画|图|画)?|这张(?:图片|照片|图)里?有什么",
    re.IGNORECASE,
)
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def asks_to_describe(text: str) -> bool:
    """Whether a whole message asks what a picture shows."""
    bare = _AROUND.sub("", " ".join(re.sub("[,，]", " ", text).replace("’", "'").split()))
    return _ASKS.fullmatch(bare) is not None
