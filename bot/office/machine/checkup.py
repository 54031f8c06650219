"""The check-up behind `loa doctor`: one finding per thing looked at, a remedy for each fault."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from announcements.channels import ChannelError
from announcements.mistakes import Mistake, Unusable
from announcements.phrases import phrase
from announcements.quotas import Level
from bot.channels.built_in import built_in
from bot.channels.registry import Account, open_accounts
from bot.config import Settings, load, locate
from bot.context import Context
from bot.office.channels import account_tokens, quotas
from bot.office.channels.reasons import reason_words
from bot.opening import opened
from db import migrating
from db.announcing import notices
from db.counting import recount
from db.places import areas, chats
from db.platforms import outages

LOOKED_AT = 50  # broadcasts whose counters are proved
MEGABYTE = 1_000_000
LEAST_FREE = 200  # megabytes: what a day of answers and attachments may take
LATELY = timedelta(days=1)  # outages worth telling
CLOCK_STARTS = datetime(2026, 1, 1, tzinfo=UTC)  # a machine that lost its clock believes in an earlier year


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    sentence: str
    fault: bool = False
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"subject": self.subject, "sentence": self.sentence, "fault": self.fault, "remedy": self.remedy}


async def examine(given: Path | None) -> list[Finding]:
    """Look at everything, the configuration first (`given` is `--config`). What stops the rest is the last finding."""
    findings: list[Finding] = []
    subject = phrase("checkup.settings")
    try:
        settings = load(given)
        findings.append(_settings(locate(given)))
        subject = phrase("checkup.schema")
        async with opened(settings) as context:
            findings.append(_folder(settings))
            async for finding in _inside(context):
                findings.append(finding)
    except Mistake as mistake:
        what, remedy = (mistake.what, mistake.remedy) if isinstance(mistake, Unusable) else (mistake.sentence, "")
        findings.append(Finding(subject, what, True, remedy))
    return findings


async def _inside(context: Context) -> AsyncIterator[Finding]:
    for look in (_schema, _roster, _counters):
        yield await look(context)
    yield _clock(context)
    accounts = open_accounts(context)
    try:
        for account in accounts.values():
            for finding in await _account(account):
                yield finding
    finally:
        for account in accounts.values():
            await account.channel.close()
    for finding in [
        *await _tokens(context),
        *await _plans(context),
        *await _outages(context),
        *await _chats(context, {*accounts, *built_in()}),
    ]:
        yield finding


def _settings(path: Path | None) -> Finding:
    subject = phrase("checkup.settings")
    if path is None:
        return Finding(subject, phrase("checkup.settings_defaults"))
    return Finding(subject, phrase("checkup.settings_right", where=path.absolute()))


def _folder(settings: Settings) -> Finding:
    """The data folder: a file is made in it, as every attachment is."""
    subject, place = phrase("checkup.folder"), settings.app.data_dir.absolute()
    with TemporaryFile(dir=place) as file:
        file.write(b"loa")
    free = shutil.disk_usage(place).free // MEGABYTE
    if free < LEAST_FREE:
        found = phrase("checkup.folder_full", place=place, free=free)
        return Finding(subject, found, True, phrase("checkup.folder_full_remedy"))
    return Finding(subject, phrase("checkup.folder_right", place=place, free=free))


def _clock(context: Context) -> Finding:
    subject, now = phrase("checkup.clock"), context.local(context.clock())
    shown = f"{now:%H:%M %d/%m/%Y}"
    if now < CLOCK_STARTS:
        return Finding(subject, phrase("checkup.clock_wrong", now=shown), True, phrase("checkup.clock_remedy"))
    return Finding(subject, phrase("checkup.clock_right", now=shown, zone=context.settings.commune.timezone))


async def _schema(context: Context) -> Finding:
    subject = phrase("checkup.schema")
    async with context.database.write():  # can it be written to?
        pass
    if await migrating.differences(context.database):
        return Finding(subject, phrase("checkup.schema_wrong"), True, phrase("checkup.schema_remedy"))
    kind = "PostgreSQL" if context.database.is_postgres else "SQLite"
    return Finding(subject, phrase("checkup.schema_right", kind=kind))


async def _roster(context: Context) -> Finding:
    subject = phrase("checkup.roster")
    async with context.database.read() as connection:
        nodes = await areas.tree(connection)
    if not nodes:
        return Finding(subject, phrase("checkup.roster_missing"), True, phrase("checkup.roster_remedy"))
    households = sum(node.households for node in nodes if node.parent_id is None)
    return Finding(subject, phrase("checkup.roster_right", areas=len(nodes), households=households))


async def _counters(context: Context) -> Finding:
    subject = phrase("checkup.counters")
    async with context.database.read() as connection:
        latest = await notices.latest(connection, LOOKED_AT)
        wrong = [row.code for row in latest if await recount.differences(connection, row.id)]
    if wrong:
        found = phrase("checkup.counters_wrong", codes=", ".join(wrong))
        return Finding(subject, found, True, phrase("checkup.counters_remedy"))
    return Finding(subject, phrase("checkup.counters_right"))


async def _account(account: Account) -> list[Finding]:
    subject = phrase("checkup.account", name=account.name)
    try:
        profile = await account.channel.health()
    except ChannelError as error:
        found = phrase("checkup.account_wrong", reason=error.sentence or error.detail or type(error).__name__)
        remedy = "checkup.account_remedy_said" if error.sentence else "checkup.account_remedy"
        return [Finding(subject, found, True, phrase(remedy))]
    right = Finding(subject, phrase("checkup.account_right", username=profile.name))
    return [right, Finding(subject, profile.caution)] if profile.caution else [right]


async def _tokens(context: Context) -> list[Finding]:
    """Accounts that still work and will stop, because they get no new token; and events signed another way than set."""
    found = []
    for one in await account_tokens.troubles(context):
        if one.until is not None:  # otherwise it has stopped, and that was found already
            sentence = phrase("checkup.token_ends", until=_time(context, one.until), reason=one.sentence)
            remedy = phrase("checkup.token_ends_remedy", name=one.account)
            found.append(Finding(phrase("checkup.account", name=one.account), sentence, True, remedy))
    for account, way in await account_tokens.signed_otherwise(context):
        remedy = phrase("checkup.signed_otherwise_remedy", starts_with=way.starts_with, secret=way.secret)
        subject = phrase("checkup.account", name=account)
        found.append(Finding(subject, phrase("checkup.signed_otherwise"), True, remedy))
    return found


async def _plans(context: Context) -> list[Finding]:
    """What is nearly used up of accounts' plans: said from four fifths on, a fault when hardly anything is left."""
    async with context.database.read() as connection:
        plans = await quotas.standing(context, connection)
    return [
        Finding(phrase("checkup.account", name=name), warning, plan.level >= Level.LOW_ON,
                phrase("checkup.account_near_remedy"))
        for name, plan in plans.items()
        for warning in plan.warnings()
    ]  # fmt: skip


async def _outages(context: Context) -> list[Finding]:
    """What was lost lately; nothing mends it any more, so none of these is a fault."""
    async with context.database.read() as connection:
        lately = await outages.latest(connection, context.clock() - LATELY)
    return [
        Finding(
            phrase("checkup.account", name=one.account),
            phrase("checkup.account_deaf", began=_time(context, one.began_at), ended=_time(context, one.ended_at)),
        )
        for one in lately
    ]


def _time(context: Context, moment: datetime) -> str:
    return f"{context.local(moment):%H:%M %d/%m}"


async def _chats(context: Context, accounts: set[str]) -> list[Finding]:
    async with context.database.read() as connection:
        rows = await chats.everything(connection)
    findings = []
    for chat in rows:
        subject = phrase("checkup.chat", title=chat.title, area=chat.area_name)
        if chat.account not in accounts:
            sentence = phrase("checkup.chat_without_account", account=chat.account)
            findings.append(Finding(subject, sentence, True, phrase("checkup.chat_without_account_remedy")))
        elif chat.lost_reason:
            sentence = reason_words(chat.lost_reason)
            findings.append(Finding(subject, sentence, True, phrase("checkup.chat_lost_remedy")))
    if rows and not findings:
        findings.append(Finding(phrase("checkup.chats"), phrase("checkup.chats_right", count=len(rows))))
    return findings
