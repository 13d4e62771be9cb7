"""How the bot stands with Discord, asked once and without a gateway: its name, its privileges, its invite link."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import discord

from bot.chat.discord.client import point_at
from bot.chat.discord.problems import NETWORK
from bot.chat.discord.rights import invite_link
from bot.errors import TokenRefusedError, UnreachableError


@dataclass(frozen=True)
class Standing:
    """``content`` tells whether the message content intent is switched on. ``invite`` asks for what is needed."""

    name: str
    content: bool
    invite: str


async def standing(token: str, api_url: str = "", patience: float = 10.0) -> Standing:
    """Ask Discord about the token's application.

    Raises:
        TokenRefusedError: if the token is wrong.
        UnreachableError: if there is no answer within ``patience`` seconds.
    """
    point_at(api_url, "")
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with asyncio.timeout(patience), client:
            await client.login(token)
            about = await client.application_info()
    except discord.LoginFailure as error:
        raise TokenRefusedError(str(error)) from error
    except (discord.HTTPException, *NETWORK) as error:
        raise UnreachableError(str(error) or "no answer in time") from error
    content = about.flags.gateway_message_content or about.flags.gateway_message_content_limited
    return Standing(about.name, content, invite_link(about.id))
