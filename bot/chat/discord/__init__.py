"""The Discord adapter's parts; :mod:`bot.chat.discord_chat` puts them together."""
