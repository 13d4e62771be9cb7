"""Prompt → canvas → image. Knows no chat, no database and no asyncio."""
