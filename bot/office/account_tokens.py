"""Bringing an Official Account a new token, where it can't get one by itself any more."""

import re
from dataclasses import dataclass

from announcements.channels import ChannelError
from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.types import ChannelKind
from bot.account_settings import ZaloOaAccount
from bot.channels.registry import MECHANISMS
from bot.channels.zalo_oa.tokens import fingerprint
from bot.context import Context
from bot.office.announcing import actor
from db import audit, tokens

_TOKEN = re.compile(r"[\x21-\x7e]{8,4096}")


@dataclass(frozen=True, slots=True)
class Brought:
    """`public_name` when the token has proved good; otherwise `problem` says what is wrong. It is kept in any case."""

    account: str
    public_name: str = ""
    problem: str = ""


def official_account(context: Context, name: str | None = None) -> ZaloOaAccount:
    """The Official Account of that name, or the only one. Raises `Mistake`."""
    known = [one for one in context.settings.accounts if isinstance(one, ZaloOaAccount)]
    found = [one for one in known if name in {None, one.name}]
    if len(found) != 1:
        names = ", ".join(one.name for one in known) or phrase("oa.none")
        if name is None and known:
            raise Mistake(phrase("oa.which_account", known=names))
        raise Mistake(phrase("oa.unknown_account", account=name or "zalo_oa", known=names))
    return found[0]


async def bring(context: Context, name: str, token: str) -> Brought:
    """Keep a refresh token that the operator fetched from the console, and try it at once. Raises `Mistake`."""
    settings = official_account(context, name)
    clean = token.strip()
    if not _TOKEN.fullmatch(clean):
        raise Mistake(phrase("oa.token_wrong"))
    seed = settings.refresh_token.get_secret_value()
    async with context.database.write() as connection:
        await tokens.replace(connection, settings.name, clean, fingerprint(seed) if seed else "")
        await audit.note(connection, at=context.clock(), actor=actor(None), action="account token",
                         subject=settings.name)  # fmt: skip
    return await _proved(context, settings)


async def _proved(context: Context, settings: ZaloOaAccount) -> Brought:
    channel = MECHANISMS[ChannelKind(settings.channel)].open(context, settings)
    try:
        return Brought(settings.name, (await channel.health()).name)
    except ChannelError as error:
        return Brought(settings.name, problem=error.sentence or error.detail)
    finally:
        await channel.close()
