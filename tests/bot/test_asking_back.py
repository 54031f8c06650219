"""What people wrote while no event reached an Official Account: asked for afterwards, stored once, nothing else."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from announcements.types import ChannelKind
from bot.channels.zalo_oa.events import read_heard
from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.sender import ZaloOaChannel
from bot.channels.zalo_oa.tokens import TokenKeeper
from bot.config import Settings
from bot.context import Context
from bot.ears.asking_back import EVERY, AskingBack
from db.engine import Database
from db.places import chats
from db.platforms import inbox
from db.platforms.inbox import RawUpdate
from db.tables import t
from db.writer import Writer
from tests.fakes.zalo_oa import FakeZaloOa, GroupChat, Person
from tests.makers import Commune, make_broadcast, settle, take


@dataclass(slots=True)
class Stage:
    """A group that got a notice an hour ago, and one that never did."""

    zalo: FakeZaloOa
    context: Context
    asking_back: AskingBack
    group: GroupChat
    quiet: GroupChat
    lan: Person

    async def hear(self, text: str, at: datetime) -> None:
        """An event that did reach us."""
        event = self.group.unheard(self.lan, text, at)
        update = RawUpdate("oa", event["message"]["msg_id"], json.dumps(event), at)
        await self.context.writer.submit(inbox.store, update)

    async def words(self) -> list[str]:
        async with self.context.database.read() as connection:
            rows = await connection.execute(select(t.inbox.c.payload).order_by(t.inbox.c.id))
            heard = [read_heard(json.loads(row.payload)) for row in rows]
        return [one.text for one in heard if one is not None]


@pytest.fixture
async def stage(database: Database, writer: Writer, commune: Commune) -> AsyncIterator[Stage]:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    async with FakeZaloOa() as zalo:
        group, quiet = zalo.group("Tổ 1"), zalo.group("Tổ 2")
        for area, one in zip(list(commune.groups.values())[:2], (group, quiet), strict=True):
            async with database.write() as connection:
                await chats.add(connection, account="oa", channel=ChannelKind.ZALO_OA, address=one.id, area_id=area.id,
                                title=one.state.name)  # fmt: skip
        await make_broadcast(database, [next(iter(commune.groups.values()))], due_at=hour_ago, now=hour_ago)
        await settle(database, await take(database, account="oa", now=hour_ago), now=hour_ago)
        keeper = TokenKeeper("oa", database, OAuth(zalo.base_url, zalo.state.app_id, zalo.state.app_secret),
                             zalo.state.refresh_token)  # fmt: skip
        channel = ZaloOaChannel(keeper, zalo.base_url, zalo.state.oa_id)
        context = Context(Settings(), database, writer, b"secret")
        yield Stage(zalo, context, AskingBack(context, "oa", channel.history), group, quiet, zalo.person("Lan", group))
        await channel.close()


async def test_what_no_event_told_is_stored_in_its_order_and_once(stage: Stage) -> None:
    await stage.hear("Trước lúc mất mạng", datetime.now(UTC) - timedelta(minutes=5))
    for number in range(45):  # more than one page
        stage.group.unheard(stage.lan, f"Đã nhận {number}", datetime.now(UTC) - timedelta(seconds=100 - number))
    assert await stage.asking_back.look() == 45
    assert await stage.words() == ["Trước lúc mất mạng", *(f"Đã nhận {number}" for number in range(45))]
    stage.context.clock = lambda: datetime.now(UTC) + EVERY
    assert await stage.asking_back.look() == 0


async def test_an_event_right_after_the_start_hides_nothing_of_the_silence_before_it(stage: Stage) -> None:
    await stage.hear("Trước lúc mất mạng", datetime.now(UTC) - timedelta(hours=4))
    stage.group.unheard(stage.lan, "Đã nhận", datetime.now(UTC) - timedelta(hours=3))
    await stage.hear("Chào", datetime.now(UTC))  # before the first look: pages are open as soon as the service starts
    assert await stage.asking_back.look() == 1


async def test_what_was_said_before_the_last_event_was_told_then(stage: Stage) -> None:
    stage.group.unheard(stage.lan, "Hôm qua", datetime.now(UTC) - timedelta(days=1))
    await stage.hear("Đã nhận", datetime.now(UTC) - timedelta(minutes=1))
    assert await stage.asking_back.look() == 0


async def test_only_groups_with_something_to_answer_are_asked_and_not_all_the_time(stage: Stage) -> None:
    await stage.hear("Đã nhận", datetime.now(UTC) - timedelta(minutes=1))
    stage.quiet.unheard(stage.lan, "Chuyện khác")
    await stage.asking_back.look()
    await stage.asking_back.look()
    assert stage.zalo.calls("/group/conversation") == 1
    assert await stage.words() == ["Đã nhận"]


async def test_an_account_that_never_heard_anything_reads_nobodys_past(stage: Stage) -> None:
    stage.group.unheard(stage.lan, "Đã nhận")
    assert await stage.asking_back.look() == 0
    assert stage.zalo.calls("/group/conversation") == 0


async def test_a_group_that_is_refused_keeps_nobody_from_the_others(stage: Stage, commune: Commune) -> None:
    """The second group has a notice, too, and the first is not the account's any more."""
    database, now = stage.context.database, datetime.now(UTC)
    await make_broadcast(database, [list(commune.groups.values())[1]], due_at=now, now=now)
    await settle(database, await take(database, account="oa", now=now), now=now)
    await stage.hear("Trước", now - timedelta(minutes=5))
    stage.quiet.unheard(stage.lan, "Đã nhận")
    stage.group.state.gone = True
    assert await stage.asking_back.look() == 1


async def test_what_could_not_be_asked_for_is_asked_for_later(stage: Stage) -> None:
    await stage.hear("Trước", datetime.now(UTC) - timedelta(minutes=5))
    stage.group.unheard(stage.lan, "Đã nhận")
    stage.zalo.refuse("/group/conversation", -212)
    assert await stage.asking_back.look() == 0
    await stage.hear("Sau", datetime.now(UTC))  # told in time again, before what came meanwhile was asked for
    stage.context.clock = lambda: datetime.now(UTC) + EVERY
    assert await stage.asking_back.look() == 1
    assert await stage.words() == ["Trước", "Sau", "Đã nhận"]
