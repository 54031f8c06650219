"""Posting by hand: who counts as sent follows what people say is in their chats, whoever else acts meanwhile."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from announcements.types import ChannelKind, DeliveryState, Role
from db import outbox
from db.access import people
from db.announcing import notices
from db.announcing.fanout import ASSISTED, BOARD
from db.announcing.notices import BroadcastRow
from db.counting import recount
from db.dispatch import deliveries
from db.engine import Database
from db.outbox import ByHand
from db.outbox.posting import MAY_TAKE_BACK
from db.tables import t
from tests.makers import NOON, Commune, make_broadcast, make_chats, settle, take

S = DeliveryState
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ACTS = {"post": outbox.post, "take_back": outbox.take_back, "recall": outbox.recall}


async def handed(database: Database, commune: Commune, places: Sequence[str] = ("Thu Quế 1",), **more: object) -> (
    BroadcastRow
):  # fmt: skip
    """A notice for Thu Quế that waits to be posted by hand to the chats of these places."""
    found = {**commune.villages, **commune.groups}
    await make_chats(
        database, [found[place] for place in places], account=ASSISTED, channel=ChannelKind.ASSISTED
    )  # fmt: skip
    row = await make_broadcast(database, [commune.villages["Thu Quế"]], **more)  # type: ignore[arg-type]
    await settle(database, await take(database, account=ASSISTED), S.HANDED)
    return row


async def chats_of(database: Database, row: BroadcastRow) -> list[int]:
    async with database.read() as connection:
        found = await deliveries.listing(connection, row.id, list(S))
    return sorted(one.chat_id for one in found if one.account != BOARD)


async def states(database: Database, row: BroadcastRow) -> list[S]:
    async with database.read() as connection:
        return [one.state for one in await deliveries.listing(connection, row.id, list(S)) if one.account != BOARD]


async def act(database: Database, row: BroadcastRow, how: str, chats: Sequence[int], *, after: timedelta = MINUTE,
              by: int | None = None) -> list[int]:  # fmt: skip
    what = ByHand(row.id, chats, by, NOON + after, NOON + after)
    async with database.write() as connection:
        return await ACTS[how](connection, what)


async def sent(database: Database, row: BroadcastRow) -> dict[str, int]:
    """Households that count as sent, by area; the counters agree with the rows."""
    async with database.read() as connection:
        assert await recount.differences(connection, row.id) == {}
        r = t.reach
        rows = await connection.execute(select(r.c.code, r.c.sent).where(r.c.broadcast_id == row.id))
        return {found.code: found.sent for found in rows if found.sent}


async def test_households_count_as_sent_once_it_is_posted(database: Database, commune: Commune) -> None:
    row = await handed(database, commune)
    assert await sent(database, row) == {}
    (chat,) = await chats_of(database, row)
    assert await act(database, row, "post", [chat]) == [chat]
    assert await sent(database, row) == {"thu-que": 2, "thu-que-to-1": 2}
    assert await states(database, row) == [S.SENT]


async def test_who_posted_it_and_when_is_kept_and_the_second_changes_nothing(
    database: Database, commune: Commune
) -> None:
    row = await handed(database, commune)
    (chat,) = await chats_of(database, row)
    async with database.write() as connection:
        first, second = [
            (await people.add(connection, name=name, role=Role.GROUP_LEADER, area_id=commune.root.id)).id
            for name in ("Ông Tổ", "Bà Phó")
        ]
    assert await act(database, row, "post", [chat], by=first) == [chat]
    assert await act(database, row, "post", [chat], by=second, after=2 * MINUTE) == []
    async with database.read() as connection:
        one = (await connection.execute(t.delivery.select().where(t.delivery.c.chat_id == chat))).one()
    assert (one.posted_by, one.sent_at, one.handed_at) == (first, NOON + MINUTE, NOON)


async def test_of_two_who_press_at_once_one_is_recorded(database: Database, commune: Commune) -> None:
    row = await handed(database, commune)
    chats = await chats_of(database, row)
    done = await asyncio.gather(*(act(database, row, "post", chats) for _ in range(6)))
    assert sorted(map(len, done)) == [0, 0, 0, 0, 0, 1]
    assert await sent(database, row) == {"thu-que": 2, "thu-que-to-1": 2}


async def test_only_what_was_handed_to_a_person_can_be_posted_by_one(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    chats = await chats_of(database, row)
    assert await act(database, row, "post", chats) == []
    async with database.write() as connection:
        await outbox.cancel(connection, row.announcement_id, NOON)
    assert await act(database, row, "post", chats) == []
    assert await states(database, row) == [S.CANCELLED]


async def test_a_word_that_comes_after_the_withdrawal_counts_and_asks_for_a_recall(
    database: Database, commune: Commune
) -> None:
    row = await handed(database, commune)
    (chat,) = await chats_of(database, row)
    async with database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
        assert await outbox.cancel(connection, row.announcement_id, NOON) == 2  # the board's, too
    assert await act(database, row, "recall", [chat]) == []  # nothing of it is in the chat
    assert await act(database, row, "post", [chat]) == [chat]
    assert await sent(database, row) == {"thu-que": 2, "thu-que-to-1": 2}
    assert await act(database, row, "recall", [chat]) == [chat]
    assert await act(database, row, "recall", [chat]) == []


async def test_a_word_that_comes_after_the_end_counts(database: Database, commune: Commune) -> None:
    row = await handed(database, commune, valid_until=NOON + HOUR)
    (chat,) = await chats_of(database, row)
    async with database.write() as connection:
        assert await outbox.expire(connection, NOON + HOUR) == 2  # the board's, too
    assert await act(database, row, "post", [chat], after=2 * HOUR) == [chat]
    assert await states(database, row) == [S.SENT]


async def test_posting_and_withdrawing_at_once_never_lose_what_is_in_the_chat(
    database: Database, commune: Commune
) -> None:
    for _ in range(4):
        row = await handed(database, commune)
        chats = await chats_of(database, row)

        async def cancel(announcement_id: int = row.announcement_id) -> None:
            async with database.write() as connection:
                await outbox.cancel(connection, announcement_id, NOON)

        await asyncio.gather(cancel(), act(database, row, "post", chats), cancel())
        assert await states(database, row) == [S.SENT]
        assert await sent(database, row) == {"thu-que": 2, "thu-que-to-1": 2}


async def test_a_slip_is_taken_back_for_ten_minutes(database: Database, commune: Commune) -> None:
    row = await handed(database, commune, ["Thu Quế 1", "Thu Quế 2"])
    one, other = await chats_of(database, row)
    await act(database, row, "post", [one, other])
    assert await sent(database, row) == {"thu-que": 3, "thu-que-to-1": 2, "thu-que-to-2": 1}
    assert await act(database, row, "take_back", [one], after=MINUTE + MAY_TAKE_BACK) == [one]
    assert await sent(database, row) == {"thu-que": 1, "thu-que-to-2": 1}
    assert await act(database, row, "take_back", [other], after=2 * MINUTE + MAY_TAKE_BACK) == []
    assert await act(database, row, "post", [one], after=HOUR) == [one]
    assert await sent(database, row) == {"thu-que": 3, "thu-que-to-1": 2, "thu-que-to-2": 1}


async def test_what_another_chat_brought_stays_sent_when_one_is_taken_back(
    database: Database, commune: Commune
) -> None:
    row = await handed(database, commune, ["Thu Quế", "Thu Quế 1"])
    village, group = await chats_of(database, row)
    await act(database, row, "post", [village, group])
    await act(database, row, "take_back", [group])
    assert await sent(database, row) == {"thu-que": 3, "thu-que-to-1": 2, "thu-que-to-2": 1}
    await act(database, row, "take_back", [village])
    assert await sent(database, row) == {}


async def test_nothing_is_taken_back_once_its_withdrawal_was_posted(database: Database, commune: Commune) -> None:
    row = await handed(database, commune)
    chats = await chats_of(database, row)
    await act(database, row, "post", chats)
    assert await act(database, row, "recall", chats) == []  # it is in force
    async with database.write() as connection:
        await notices.withdraw(connection, row.announcement_id, None, NOON)
    assert await act(database, row, "recall", chats) == chats
    assert await act(database, row, "take_back", chats) == []


async def test_a_text_whose_handing_over_was_interrupted_is_handed_over_again(
    database: Database, commune: Commune
) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]], account=ASSISTED, channel=ChannelKind.ASSISTED)
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    await take(database, account=ASSISTED)
    async with database.write() as connection:
        assert await outbox.release(connection, NOON + MINUTE, 1) == 1
    assert await states(database, row) == [S.QUEUED]
