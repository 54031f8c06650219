"""Adding chats that people post to by hand: no bot, no address, several to an area."""

import pytest

from announcements.mistakes import Mistake
from announcements.types import ChannelKind
from bot.context import Context
from bot.office.channels import chats
from db.engine import Database
from db.writer import Writer
from tests.bot.conversation_doubles import World
from tests.makers import Commune


@pytest.fixture
def context(database: Database, writer: Writer, commune: Commune) -> Context:
    return World(database, writer).context


async def add(context: Context, title: str = "", account: str = "assisted", area: str = "thu-que-to-1") -> str:
    chat = await chats.add(context, area=area, account=account, address="", title=title)
    assert chat.channel is ChannelKind.ASSISTED
    return chat.address


async def test_a_chat_without_an_account_is_posted_to_by_hand_and_gets_an_address(context: Context) -> None:
    assert await add(context) == "thu-que-to-1-1"
    assert await add(context, "Zalo Tổ 1 phụ") == "thu-que-to-1-2"
    assert await add(context, area="thu-que-to-2") == "thu-que-to-2-1"
    assert [chat.title for chat in await chats.listing(context)] == ["Tổ 1", "Zalo Tổ 1 phụ", "Tổ 2"]


async def test_the_same_title_in_the_same_area_is_the_same_chat(context: Context) -> None:
    assert await add(context, "Zalo Tổ 1") == await add(context, "Zalo Tổ 1")
    (chat,) = await chats.listing(context)
    await chats.change(context, chat.id, active=False)
    await add(context, "Zalo Tổ 1")
    assert [one.active for one in await chats.listing(context)] == [True]


async def test_an_unknown_account_is_told_of_posting_by_hand(context: Context) -> None:
    with pytest.raises(Mistake, match="assisted"):
        await add(context, account="zalo")


async def test_a_look_at_such_a_chat_finds_it_well(context: Context) -> None:
    await add(context)
    looks = await chats.check_with_own_accounts(context)
    assert [look.problem for look in looks] == [""]
