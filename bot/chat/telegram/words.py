"""What the adapter itself says on Telegram, and the commands' descriptions, in English, Chinese and French.

Knows no message. What the bot says about pictures comes from elsewhere, ready made.
"""

from __future__ import annotations

LANGUAGES = ("", "zh", "fr")
"""The languages that commands are registered in; empty is for everybody else."""

COMMANDS = {
    "imagine": "Draw a new picture from your words",
    "edit": "Change the newest picture",
    "undo": "Go back to the picture before",
    "canvas": "Show the newest picture's code",
    "settings": "Your own defaults, or those of this group",
    "queue": "Show who is waiting",
    "cancel": "Stop what I am drawing for you here",
    "help": "What I can do",
}
"""Name → description, in the order of the menu."""

STRANGER = "I am a private bot and don't know you yet. Your number here is {id}; whoever runs me can let you in."

_TABLE: dict[str, tuple[str, str]] = {
    # English: (Chinese, French).
    "Draw a new picture from your words": ("根据您的描述画一张新图", "Dessiner une nouvelle image d'après vos mots"),
    "Change the newest picture": ("修改最新的图片", "Modifier la dernière image"),
    "Go back to the picture before": ("回到上一张图", "Revenir à l'image précédente"),
    "Show the newest picture's code": ("显示最新图片的代码", "Montrer le code de la dernière image"),
    "Your own defaults, or those of this group": (
        "您自己的默认设置，或本群的默认设置",
        "Vos réglages, ou ceux de ce groupe",
    ),
    "Show who is waiting": ("显示谁在等待", "Montrer qui attend"),
    "Stop what I am drawing for you here": ("停止正在为您画的图", "Arrêter ce que je dessine pour vous ici"),
    "What I can do": ("我能做什么", "Ce que je sais faire"),
    "Not yet: I only read words, and canvases as .json or .py files. Tell me what to draw.": (
        "暂时还不行：我目前只看得懂文字，以及 .json 或 .py 格式的画布文件。请告诉我要画什么。",
        "Pas encore : je ne lis que des mots, et des canevas en fichiers .json ou .py. Dites-moi quoi dessiner.",
    ),
    "I could not fetch that file from Telegram. Please send it again.": (
        "我无法从 Telegram 取得该文件，请重新发送。",
        "Je n'ai pas pu récupérer ce fichier auprès de Telegram. Veuillez le renvoyer.",
    ),
    STRANGER: (
        "我是私人机器人，还不认识您。您的编号是 {id}，运行我的人可以让您使用。",
        "Je suis un bot privé et ne vous connais pas encore. Votre numéro est {id} ; qui me gère peut vous admettre.",
    ),
    "I may not work in this chat. Its number is {id}; whoever runs me can let it in.": (
        "我不能在此聊天中工作。其编号是 {id}，运行我的人可以放行。",
        "Je ne peux pas travailler ici. Le numéro de ce chat est {id} ; qui me gère peut l'admettre.",
    ),
    "Hello! /imagine a harbour at dawn lets me draw; reply to a picture to change it. /help says more.": (
        "大家好！发送“/imagine 黎明的港口”即可让我作画；回复图片即可修改。更多请看 /help。",
        "Bonjour ! /imagine un port à l'aube me fait dessiner ; répondez à une image pour la changer. Voir /help.",
    ),
    "What shall I draw? Reply to this message.": ("画什么呢？请回复此消息。", "Que dessiner ? Répondez à ce message."),
    "Something went wrong on my side. Please try again.": (
        "我这边出了点问题，请再试一次。",
        "Quelque chose a mal tourné de mon côté. Veuillez réessayer.",
    ),
    "This keyboard is from before and no longer works. Please press the first button again.": (
        "这个键盘已经过期。请重新按最初的按钮。",
        "Ce clavier est périmé. Appuyez de nouveau sur le premier bouton.",
    ),
    "Reply to this message with: {parts}": ("请回复此消息，格式：{parts}", "Répondez à ce message avec : {parts}"),
    "Parts that you leave empty stay as they are.": (
        "留空的部分保持不变。",
        "Les parties laissées vides restent telles quelles.",
    ),
    "Reply to this message with what is to stand there: {label}": (
        "请回复此消息，填写：{label}",
        "Répondez à ce message avec ce qui doit y figurer : {label}",
    ),
    "“-” leaves it empty.": ("回复“-”则留空。", "« - » le laisse vide."),
    "Your reply": ("您的回复", "Votre réponse"),
    "Send": ("发送", "Envoyer"),
    "Close": ("关闭", "Fermer"),
    "Back": ("返回", "Retour"),
    "Choose…": ("请选择…", "Choisissez…"),
    "Done.": ("完成。", "C'est fait."),
}


def said(english: str, language: str, **values: str) -> str:
    """A sentence of the table in the language of the tag ``language`` (such as ``zh-hans``), or in English."""
    chinese, french = _TABLE.get(english, (english, english))
    text = chinese if language.startswith("zh") else french if language.startswith("fr") else english
    return text.format(**values) if values else text
