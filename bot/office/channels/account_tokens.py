"""Tokens of Official Accounts: which need a person, and bringing a new one."""

import re
from dataclasses import dataclass
from datetime import datetime

from announcements.channels import ChannelError
from announcements.mistakes import Mistake
from announcements.phrases import phrase
from announcements.types import ChannelKind
from bot.channels.zalo_oa.signature import Way, read_way, way_of
from bot.channels.zalo_oa.troubles import fingerprint, trouble_words
from bot.config.accounts import ZaloOaAccount
from bot.context import Context
from bot.office.notices.announcing import actor
from db import audit
from db.places import chats
from db.platforms import accounts, tokens

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
    from bot.channels.registry import MECHANISMS  # loads the platforms' libraries

    channel = MECHANISMS[ChannelKind(settings.channel)].open(context, settings)
    try:
        return Brought(settings.name, (await channel.health()).name)
    except ChannelError as error:
        return Brought(settings.name, problem=error.sentence or error.detail)
    finally:
        await channel.close()


@dataclass(frozen=True, slots=True)
class Trouble:
    """An account that gets no new token by itself. `until`: how long the present one still serves, if it does."""

    account: str
    since: datetime
    sentence: str
    until: datetime | None


async def troubles(context: Context) -> list[Trouble]:
    """Of the accounts of the configuration, those whose tokens need a person."""
    names = {one.name for one in context.settings.accounts}
    async with context.database.read() as connection:
        rows = [row for row in await tokens.troubled(connection) if row.account in names]
    now = context.clock()
    return [
        Trouble(
            row.account,
            row.trouble_at or now,
            trouble_words(row, context.local(row.renewing_since) if row.renewing_since else None),
            row.access_until if row.serves("", now) else None,
        )
        for row in rows
    ]


async def troubles_below(context: Context, path: str) -> list[Trouble]:
    """Of those, the ones that some chat below `path` depends on."""
    found = await troubles(context)
    if not found:
        return []
    async with context.database.read() as connection:
        rows = await chats.everything(connection)
    serving = {row.account for row in rows if row.active and row.path.startswith(path)}
    return [one for one in found if one.account in serving]


async def signed_otherwise(context: Context) -> list[tuple[str, Way]]:
    """Accounts whose events are refused because they are signed another way than the configuration says, and how."""
    async with context.database.read() as connection:
        ways = {row.name: read_way(row.signed_otherwise) for row in await accounts.everything(connection)}
    return [
        (one.name, way)
        for one in context.settings.accounts
        if isinstance(one, ZaloOaAccount) and (way := ways.get(one.name)) is not None and way != way_of(one)
    ]
