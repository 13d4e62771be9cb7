"""The Discord adapter's parts; :mod:`bot.chat.discord.chat` puts them together."""
