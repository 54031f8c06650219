"""What becomes of groups and of the account, told by events in any order and more than once."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import pytest

from announcements.channels import Profile
from announcements.types import ChannelKind
from bot.channels.zalo_oa.sender import ZaloOaChannel
from bot.config import Settings
from bot.config.accounts import ZaloOaAccount
from bot.context import Context
from bot.ears.asking_back import AskingBack
from bot.ears.zalo_oa import OaEar
from bot.office.channels import account_tokens
from db.engine import Database
from db.places import chats
from db.places.chats import ChatRow
from db.platforms import inbox, tokens
from db.platforms.inbox import RawUpdate, Stored
from db.writer import Writer
from tests.fakes.zalo_oa import FakeZaloOa
from tests.makers import NOON, Commune


@dataclass(slots=True)
class Desk:
    """Keeps what it is handed."""

    handed: list[Stored] = field(default_factory=list)

    async def handle(self, stored: Sequence[Stored]) -> None:
        self.handed.extend(stored)

    async def catch_up(self) -> None: ...

    async def settle(self) -> None: ...


class Silent:
    """Groups in which nothing was said."""

    async def since(self, group_id: str, after: datetime) -> list[dict[str, Any]]:
        return []


class Named:
    """A channel that works."""

    async def health(self) -> Profile:
        return Profile("OA 1")


@dataclass(slots=True)
class Stage:
    context: Context
    ear: OaEar
    desk: Desk

    async def told(self, name: str, number: int = 1, **more: Any) -> list[Stored]:
        """An event as the webhook stores it."""
        payload = {"event_name": name, "timestamp": "1", **more}
        update = RawUpdate("oa", f"{name}{number}", json.dumps(payload), NOON)
        stored = await self.context.writer.submit(inbox.store, update)
        assert stored is not None
        return [stored]

    async def chat(self) -> ChatRow:
        async with self.context.database.read() as connection:
            row = await chats.by_address(connection, "oa", "g1")
        assert row is not None
        return row


@pytest.fixture
async def stage(database: Database, writer: Writer, commune: Commune) -> AsyncIterator[Stage]:
    async with database.write() as connection:
        await chats.add(connection, account="oa", channel=ChannelKind.ZALO_OA, address="g1",
                        area_id=commune.groups["Thu Quế 1"].id, title="Tổ 1")  # fmt: skip
        await tokens.replace(connection, "oa", "refresh-0", "")
    settings = Settings(accounts=[ZaloOaAccount.model_validate(FakeZaloOa().account(base_url="http://127.0.0.1:9"))])
    context, desk = Context(settings, database, writer, b"secret"), Desk()
    asking_back = AskingBack(context, "oa", Silent())
    ear = OaEar(context, "oa", "1", cast(ZaloOaChannel, Named()), desk, asking_back)
    yield Stage(context, ear, desk)
    await ear.settle()


@pytest.mark.parametrize("name", ["disperse_group", "delete_group"])
async def test_a_disbanded_group_takes_no_messages_any_more(stage: Stage, name: str) -> None:
    for number in (1, 2):
        await stage.ear.handle(await stage.told(name, number, group_id="g1", oa_id="1"))
    chat = await stage.chat()
    assert (chat.lost_reason, chat.active, chat.title) == ("chat_gone", True, "Tổ 1")
    assert len(stage.desk.handed) == 2


async def test_a_group_is_called_as_the_platform_says(stage: Stage) -> None:
    await stage.ear.handle(await stage.told("update_group_info", group_id="g1", group_info={"name": "Tổ 1 mới"}))
    assert (await stage.chat()).title == "Tổ 1 mới"


async def test_a_group_nobody_here_knows_is_left_alone(stage: Stage) -> None:
    await stage.ear.handle(await stage.told("delete_group", group_id="another"))
    assert (await stage.chat()).lost_reason == ""


async def test_a_permission_that_was_taken_back_needs_a_person(stage: Stage) -> None:
    await stage.ear.handle(await stage.told("permission_revoked", oa_id="1"))
    (trouble,) = await account_tokens.troubles(stage.context)
    assert "rút quyền" in trouble.sentence
    assert stage.ear.look_sooner.is_set()


async def test_another_account_of_the_same_app_takes_nothing_from_ours(stage: Stage) -> None:
    await stage.ear.handle(await stage.told("permission_revoked", oa_id="another"))
    await stage.ear.handle(await stage.told("disperse_group", group_id="g1", oa_id="another"))
    assert await account_tokens.troubles(stage.context) == []
    assert (await stage.chat()).lost_reason == ""


@pytest.mark.parametrize("name", ["user_join_group", "user_out_group", "user_leave_group", "oa_send_group_text", "new"])
async def test_other_events_change_nothing(stage: Stage, name: str) -> None:
    before = await stage.chat()
    await stage.ear.handle(await stage.told(name, group_id="g1", users=[{"id": "1"}]))
    assert await stage.chat() == before


async def test_what_was_left_lying_is_taken_up(stage: Stage) -> None:
    """The process ended between storing and handling."""
    await stage.told("delete_group", group_id="g1")
    await stage.ear.catch_up()
    assert (await stage.chat()).lost_reason == "chat_gone"


async def test_the_account_tells_its_name(stage: Stage) -> None:
    assert await stage.ear.look() == "OA 1"
