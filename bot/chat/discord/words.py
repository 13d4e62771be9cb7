"""Gives Discord what its own lists show in every language: names and descriptions of commands. Knows no event."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import locale_str

from bot.catalogues.catalogue import DEFAULT, language_for, say
from bot.catalogues.text import Lines, Named, Text, Wording


def localized(wording: Wording) -> locale_str:
    """A wording that Discord is given in every language; :class:`Translations` puts it into words."""
    return locale_str(say(wording), wording=wording)


class Translations(app_commands.Translator):
    """Gives Discord the catalogues' words for whatever was :func:`localized`."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The text in ``locale``, or None where no catalogue serves it, or it is English anyway."""
        del context
        wording = string.extras.get("wording")
        if not isinstance(wording, Text | Named | Lines) or language_for(locale.value) == DEFAULT:
            return None
        return say(wording, locale.value)
