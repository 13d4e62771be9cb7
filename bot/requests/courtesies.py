"""Greetings, thanks and calls for help, which people say to whoever they talk to and which nobody wants drawn. Pure."""

from __future__ import annotations

import re


def _phrases(text: str) -> frozenset[str]:
    return frozenset(_bare(phrase) for phrase in text.split(","))


_CHEERS = "👍👏🙏❤♥😍🥰😊🙂😀😃😄😁😂🤣🎉🔥💯🤩\ufe0f!"
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")


def _bare(text: str) -> str:
    """The words without what stands around them: marks, emoji, space."""
    return _AROUND.sub("", " ".join(text.lower().replace("’", "'").split()))


_PHRASE = re.compile(r"[,.;!~，。；！、…]+")
"""What stands between two phrases: thanks mostly come with praise."""

_GREETINGS = _phrases(
    """
    hi, hello, hey, hi there, hello there, hey there, hello bot, hi bot, hey bot, good morning, good evening,
    who are you, test, bonjour, salut, coucou, bonsoir, hallo, guten tag, guten morgen, guten abend, moin, servus,
    hola, buenos días, buenas, buenas tardes, buenas noches, 你好, 您好, 嗨, 哈喽, 大家好, 早上好, 晚上好, 你是谁, 在吗
    """
)
_CALLS_FOR_HELP = _phrases(
    """
    help, help me, what can you do, what can you draw, how does this work, aide, aidez-moi, que sais-tu faire, hilfe,
    was kannst du, ayuda, qué puedes hacer, 帮助, 你会什么, 你会画什么
    """
)
_THANKS = _phrases(
    """
    thanks, thank you, thank you very much, thank you so much, many thanks, thx, ty, ok, okay, nice, nice one, cool,
    great, perfect, awesome, wow, amazing, beautiful, gorgeous, wonderful, very nice, so cute, lol, haha, good, very
    good, good job, well done, love it, i love it, i like it, i love this, i like this, that's great, that's
    perfect, that's beautiful, it's perfect, it's great, it's beautiful, this is great, this is perfect, looks good,
    looks great, that looks great, that looks good, it looks great, it looks good, this looks great, bye, goodbye,
    merci, merci beaucoup, c'est parfait, c'est super, c'est génial, c'est très bien, c'est beau, c'est très beau,
    très bien, très beau, j'adore, magnifique, super, parfait, génial, bravo, au revoir, danke, vielen dank, danke
    schön, prima, sehr schön, sehr gut, das ist toll, das ist super, das ist schön, sieht gut aus, das sieht gut
    aus, wunderbar, toll, tschüss, gracias, muchas gracias, vale, genial, perfecto, muy bien, muy bonito, está
    perfecto, está genial, qué bonito, me encanta, me gusta, adiós,
    谢谢, 谢谢你, 多谢, 好的, 好, 很好, 太好了, 不错, 真棒, 太棒了, 很棒, 好看, 很好看, 真好看, 漂亮, 很漂亮,
    真漂亮, 我喜欢, 我很喜欢, 完美, 厉害, 哈哈, 再见, 拜拜
    """
)


def is_greeting(text: str) -> bool:
    """Whether a whole message is a greeting."""
    return _bare(text) in _GREETINGS


def calls_for_help(text: str) -> bool:
    """Whether a whole message asks what the bot can do, or is question marks alone."""
    return _bare(text) in _CALLS_FOR_HELP or bool(re.fullmatch(r"[?？\s]*[?？]", text))


def is_thanks(text: str) -> bool:
    """Whether a whole message is thanks, praise or a good-bye; other emoji may well be something to draw."""
    said = [_bare(phrase) for phrase in _PHRASE.split(text) if phrase.strip(f"{_CHEERS} ")]
    return _THANKS.issuperset(said) if said else bool(re.fullmatch(rf"[{_CHEERS}\s]*[{_CHEERS}]", text))
