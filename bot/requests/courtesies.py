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
    great, perfect, awesome, wow, lol, haha, good, very good, good job, well done, love it, i love it, i like it, bye,
    goodbye, merci, merci beaucoup, super, parfait, génial, bravo, au revoir, danke, vielen dank, danke schön, prima,
    toll, tschüss, gracias, muchas gracias, vale, genial, perfecto, adiós,
    谢谢, 谢谢你, 多谢, 好的, 好, 很好, 太好了, 不错, 真棒, 厉害, 哈哈, 再见, 拜拜
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
    return _bare(text) in _THANKS or bool(re.fullmatch(rf"[{_CHEERS}\s]*[{_CHEERS}]", text))
