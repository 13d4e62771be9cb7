"""What the adapter itself says on Discord, and the commands' names, in English, Chinese and French: one table.

Knows no event and no request. What the bot says about pictures comes from elsewhere, ready made.
"""

from __future__ import annotations

import discord
from discord import app_commands

from bot.catalogues.catalogue import DEFAULT, language_for, say

_TABLE: dict[str, tuple[str, str]] = {
    # English: (Chinese, French). First the commands and their options; their names are lower case, without blanks.
    "imagine": ("画", "imaginer"),
    "Draw a new picture from your words": ("根据您的描述画一张新图", "Dessiner une nouvelle image d'après vos mots"),
    "prompt": ("描述", "description"),
    "What to draw": ("要画什么", "Ce qu'il faut dessiner"),
    "size": ("尺寸", "format"),
    "The picture's shape": ("图片的形状", "La forme de l'image"),
    "style": ("风格", "style"),
    "How it should look": ("图片的风格", "L'allure de l'image"),
    "seed": ("种子", "graine"),
    "The same words with the same seed give the same picture": (
        "同样的描述加同样的种子得到同样的图",
        "Les mêmes mots avec la même graine donnent la même image",
    ),
    "count": ("数量", "nombre"),
    "How many pictures": ("画几张", "Combien d'images"),
    "negative": ("排除", "exclure"),
    "What the picture should not show": ("图片中不应出现的内容", "Ce que l'image ne doit pas montrer"),
    "steps": ("步数", "étapes"),
    "How many steps to draw in": ("用多少步来画", "En combien d'étapes dessiner"),
    "guidance": ("引导强度", "guidage"),
    "How closely to follow the canvas": ("多大程度上遵循画布", "À quel point suivre le canevas"),
    "initial": ("起点", "départ"),
    "Whether to begin with the layout's coarse colours": (
        "是否从布局的大致颜色开始画",
        "Partir ou non des grandes couleurs de la composition",
    ),
    "From noise alone": ("只从噪声开始", "Du bruit seul"),
    "0.95: from strong colours": ("0.95：从浓的颜色开始", "0,95 : de couleurs marquées"),
    "0.97: from colours": ("0.97：从颜色开始", "0,97 : de couleurs"),
    "0.99: from a hint of colours": ("0.99：从淡淡的颜色开始", "0,99 : d'une trace de couleurs"),
    "edit": ("修改", "modifier"),
    "Change the newest picture here": ("修改这里最新的图片", "Modifier la dernière image d'ici"),
    "words": ("内容", "mots"),
    "What to change; leave it out for a form": (
        "要改什么；留空则打开表单",
        "Ce qu'il faut changer ; vide pour un formulaire",
    ),
    "undo": ("撤销", "annuler"),
    "Go back to the picture before": ("回到上一张图", "Revenir à l'image précédente"),
    "canvas": ("画布", "canevas"),
    "Show the newest picture's layout, or its code": (
        "显示最新图片的布局或代码",
        "Montrer la composition de la dernière image, ou son code",
    ),
    "show": ("显示", "montrer"),
    "What to show": ("要显示什么", "Ce qu'il faut montrer"),
    "Layout": ("布局", "Composition"),
    "Code and JSON": ("代码和 JSON", "Code et JSON"),
    "settings": ("设置", "réglages"),
    "Your own defaults, or those of this thread, channel or server": (
        "您自己的默认设置，或本子区、本频道、本服务器的默认设置",
        "Vos réglages, ou ceux de ce fil, de ce salon ou de ce serveur",
    ),
    "scope": ("范围", "portée"),
    "Whose defaults": ("谁的默认设置", "À qui sont ces réglages"),
    "Mine": ("我的", "Les miens"),
    "This thread's": ("本子区的", "Ceux du fil"),
    "This channel's, for all its threads": ("本频道及其所有子区的", "Ceux du salon et de tous ses fils"),
    "This server's": ("本服务器的", "Ceux du serveur"),
    "queue": ("队列", "file"),
    "Show who is waiting": ("显示谁在等待", "Montrer qui attend"),
    "cancel": ("取消", "arrêter"),
    "Stop what I am drawing for you here": ("停止正在为您画的图", "Arrêter ce que je dessine pour vous ici"),
    "help": ("帮助", "aide"),
    "What I can do": ("我能做什么", "Ce que je sais faire"),
    "listen": ("聆听", "écouter"),
    "Which messages in this thread are for me": (
        "此子区中哪些消息是给我的",
        "Quels messages de ce fil me sont destinés",
    ),
    "to": ("对象", "quoi"),
    "Everything that is written here": ("这里的所有消息", "Tout ce qui s'écrit ici"),
    "Only mentions, replies and commands": ("仅提及、回复和命令", "Seulement mentions, réponses et commandes"),
    "As lively as it is: everything while it is calm": (
        "自动：安静时听所有消息",
        "Automatique : tout, tant que c'est calme",
    ),
    "Edit this picture": ("修改这张图", "Modifier cette image"),
    "Show layout": ("显示布局", "Montrer la composition"),
    # Shapes of pictures.
    "Square 1:1": ("方形 1:1", "Carré 1:1"),
    "Portrait 2:3": ("竖幅 2:3", "Portrait 2:3"),
    "Portrait 3:4": ("竖幅 3:4", "Portrait 3:4"),
    "Tall 9:16": ("长竖幅 9:16", "Haut 9:16"),
    "Landscape 3:2": ("横幅 3:2", "Paysage 3:2"),
    "Landscape 4:3": ("横幅 4:3", "Paysage 4:3"),
    "Wide 16:9": ("宽幅 16:9", "Large 16:9"),
    "Square": ("方形", "Carré"),
    "Portrait": ("竖幅", "Portrait"),
    "Landscape": ("横幅", "Paysage"),
    "Wide": ("宽幅", "Large"),
    "Tall": ("长竖幅", "Haut"),
    # Styles.
    "Photograph": ("照片", "Photographie"),
    "Film still": ("电影剧照", "Image de film"),
    "Watercolour": ("水彩", "Aquarelle"),
    "Oil painting": ("油画", "Peinture à l'huile"),
    "Ink drawing": ("水墨线稿", "Dessin à l'encre"),
    "Pencil sketch": ("铅笔素描", "Croquis au crayon"),
    "Comic": ("漫画", "Bande dessinée"),
    "Anime": ("动漫", "Anime"),
    "Storybook": ("童话绘本", "Livre d'images"),
    "Pixel art": ("像素画", "Pixel art"),
    "3D rendering": ("三维渲染", "Rendu 3D"),
    "Paper cut": ("剪纸", "Papier découpé"),
    # Sentences.
    "Understood: {words}": ("明白了：{words}", "Compris : {words}"),
    "On its way.": ("马上就来。", "C'est en route."),
    "Open the form": ("打开表单", "Ouvrir le formulaire"),
    "The form is ready.": ("表单已准备好。", "Le formulaire est prêt."),
    "Choose…": ("请选择…", "Choisissez…"),
    "I have not understood that message: it carries no picture of mine.": (
        "这条消息里没有我的图片。",
        "Ce message ne porte aucune image de moi.",
    ),
    "I lack a permission here: {missing}. Whoever manages this server can grant it in the channel's settings.": (
        "我在这里缺少权限：{missing}。服务器管理员可以在频道设置中授予。",
        "Il me manque une permission ici : {missing}. Qui gère ce serveur peut l'accorder dans les réglages du salon.",
    ),
    "This thread is locked, so I cannot write here. Whoever manages this server's threads can unlock it.": (
        "此子区已锁定，我无法在这里发言。可以管理本服务器子区的人能将其解锁。",
        "Ce fil est verrouillé, je ne peux donc pas y écrire. Qui gère les fils de ce serveur peut le déverrouiller.",
    ),
    "There is no picture in this channel itself. Use /edit in its thread, or /imagine for a new one.": (
        "这个频道本身没有图片。请在图片的子区里使用 /edit，或用 /imagine 画新图。",
        "Ce salon n'a pas d'image à lui. Utilisez /edit dans le fil de l'image, ou /imagine pour une nouvelle.",
    ),
    "I was not added to this place, so I draw it in our direct messages: {channel}": (
        "我没有被添加到这里，所以在私信里画：{channel}",
        "Je n'ai pas été ajouté ici ; je dessine donc dans nos messages privés : {channel}",
    ),
    "I was not added to this place, and I may not write to you in direct messages.": (
        "我没有被添加到这里，也无法给您发私信。",
        "Je n'ai pas été ajouté ici, et je ne peux pas vous écrire en privé.",
    ),
    "This is for threads that I opened.": ("此命令只用于我开的子区。", "Ceci vaut pour les fils que j'ai ouverts."),
    "From now on I take everything that is written here as a change.": (
        "从现在起，这里写的所有内容都算作修改。",
        "Désormais, tout ce qui s'écrit ici est une modification.",
    ),
    "From now on I only heed mentions, replies and commands here.": (
        "从现在起，我在这里只看提及、回复和命令。",
        "Désormais, je n'écoute ici que les mentions, les réponses et les commandes.",
    ),
    "From now on I take everything as a change while it is calm here.": (
        "从现在起，这里安静时所有内容都算作修改。",
        "Désormais, tant que c'est calme ici, tout est une modification.",
    ),
    "It is lively here, so I only heed mentions, replies and commands for now. {command} changes that.": (
        "这里很热闹，所以我暂时只看提及、回复和命令。{command} 可以更改。",
        "C'est animé ici : pour l'instant je n'écoute que les mentions, réponses et commandes. {command} change cela.",
    ),
    "Something went wrong on my side. Please try again.": (
        "我这边出了点问题，请再试一次。",
        "Quelque chose a mal tourné de mon côté. Veuillez réessayer.",
    ),
    "I could not fetch that file. Please send it again.": (
        "我无法取得该文件，请重新发送。",
        "Je n'ai pas pu récupérer ce fichier. Veuillez le renvoyer.",
    ),
    "A picture": ("一张图", "Une image"),
    "More": ("更多", "Encore"),
    # Permissions, as Discord's own settings call them.
    "View Channel": ("查看频道", "Voir le salon"),
    "Send Messages": ("发送消息", "Envoyer des messages"),
    "Send Messages in Threads": ("在子区内发送消息", "Envoyer des messages dans les fils"),
    "Create Public Threads": ("创建公共子区", "Créer des fils publics"),
    "Attach Files": ("附加文件", "Joindre des fichiers"),
    "Read Message History": ("查看消息历史记录", "Voir l'historique des messages"),
}


def said(english: str, language: str, **values: str) -> str:
    """A sentence of the table in the language that ``language`` (a tag such as ``zh-CN``) begins with, else English."""
    known = _TABLE.get(english)
    text = english
    if known is not None and language.startswith("zh"):
        text = known[0]
    elif known is not None and language.startswith("fr"):
        text = known[1]
    return text.format(**values) if values else text


class Translations(app_commands.Translator):
    """Gives Discord the table's names and descriptions of commands."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The text in ``locale``, or None where the table has none."""
        del context
        wording = string.extras.get("wording")
        if wording is not None and not isinstance(wording, str):
            return say(wording, locale.value) if language_for(locale.value) != DEFAULT else None
        translated = locale.value.startswith(("zh", "fr")) and string.message in _TABLE
        return said(string.message, locale.value) if translated else None
