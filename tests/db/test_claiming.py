"""The outbox under several processes, and its arrows one by one."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from announcements.types import ChannelKind, DeliveryState
from db import outbox
from db.counting import reach, recount
from db.dispatch import deliveries
from db.engine import Database
from db.outbox import Claim, Claimed, Renewal, Settlement
from db.places import areas, chats
from tests.makers import NOON, Commune, make_broadcast, make_chats

S = DeliveryState
PROCESSES = 4
CHATS = 300


def claim(lease: str, most: int = 100) -> Claim:
    return Claim("telegram", lease, NOON, NOON + timedelta(seconds=30), most)


async def take(database: Database, lease: str = "here", most: int = 100) -> list[Claimed]:
    async with database.write() as connection:
        return (await outbox.claim(connection, [claim(lease, most)]))[0]


async def states(database: Database, broadcast: int) -> list[DeliveryState]:
    async with database.read() as connection:
        return sorted(row.state for row in await deliveries.listing(connection, broadcast, list(S)))


async def test_four_processes_claim_each_delivery_once(database: Database, commune: Commune) -> None:
    async with database.write() as connection:
        group = await areas.find(connection, "thu-que-to-1")
        for number in range(CHATS):
            await chats.add(connection, account="telegram", channel=ChannelKind.TELEGRAM, address=str(number),
                            area_id=group.id, title="")  # fmt: skip
    row = await make_broadcast(database, [commune.root])
    script = Path(__file__).with_name("claimer.py")
    url = database.url.render_as_string(hide_password=False)
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.db.claimer", url, f"p{number}", cwd=script.parents[2],
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]  # fmt: skip
    outputs = [await asyncio.wait_for(process.communicate(), 60) for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    claimed = [int(word) for out, _ in outputs for word in out.split()]
    assert len(claimed) == len(set(claimed)) == CHATS
    assert (await states(database, row.id)).count(S.SENT) == CHATS
    async with database.read() as connection:
        assert await recount.differences(connection, row.id) == {}


async def test_a_settlement_counts_only_under_its_own_lease(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    (one,) = await take(database)
    async with database.write() as connection:
        stale = Settlement(one.id, "somebody else", S.SENT, NOON)
        assert await outbox.settle(connection, [stale]) == [False]
        assert await outbox.settle(connection, [Settlement(one.id, "here", S.SENT, NOON)]) == [True]
        assert await outbox.settle(connection, [Settlement(one.id, "here", S.FAILED, NOON)]) == [False]
    assert await states(database, row.id) == [S.SENT]


async def test_a_renewed_lease_is_not_released(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.groups["Thu Quế 1"]])
    (one,) = await take(database)
    later = NOON + timedelta(seconds=40)
    async with database.write() as connection:
        await outbox.renew(connection, [Renewal([one.id], "here", later)])
        assert await outbox.release(connection, NOON + timedelta(seconds=35), 6) == 0
        assert await outbox.release(connection, later + timedelta(seconds=1), 6) == 1
    assert await states(database, row.id) == [S.UNCONFIRMED]


async def test_withdrawn_and_expired_touch_only_what_is_still_here(database: Database, commune: Commune) -> None:
    await make_chats(database, list(commune.groups.values()))
    row = await make_broadcast(database, [commune.root], valid_until=NOON + timedelta(hours=1))
    sent, flying = await take(database, most=2)
    async with database.write() as connection:
        await outbox.settle(connection, [Settlement(sent.id, "here", S.SENT, NOON)])
        assert await outbox.expire(connection, NOON + timedelta(minutes=59)) == 0
        assert await outbox.expire(connection, NOON + timedelta(hours=1)) == 2
        assert await outbox.cancel(connection, row.announcement_id, NOON) == 0
    assert flying.id != sent.id
    assert await states(database, row.id) == sorted([S.SENT, S.SENDING, S.EXPIRED, S.EXPIRED])


async def test_send_again_is_for_failed_and_unconfirmed_only(database: Database, commune: Commune) -> None:
    await make_chats(database, list(commune.groups.values()))
    row = await make_broadcast(database, [commune.root])
    ends = [S.SENT, S.FAILED, S.UNCONFIRMED]
    async with database.write() as connection:
        ((*claimed,),) = [(await outbox.claim(connection, [claim("here", 3)]))[0]]
        await outbox.settle(
            connection, [Settlement(c.id, "here", to, NOON) for c, to in zip(claimed, ends, strict=True)]
        )
        assert await outbox.resend(connection, row.id, [S.UNCONFIRMED], NOON) == 1
        assert await outbox.resend(connection, row.id, list(S), NOON) == 1
    assert await states(database, row.id) == sorted([S.SENT, S.QUEUED, S.QUEUED, S.QUEUED])


async def test_a_village_chat_covers_its_groups_and_nobody_twice(database: Database, commune: Commune) -> None:
    await make_chats(database, [commune.villages["Thu Quế"], commune.groups["Thu Quế 1"]])
    row = await make_broadcast(database, [commune.root])
    for expected in (3, 3):
        (one,) = await take(database, most=1)
        async with database.write() as connection:
            await outbox.settle(connection, [Settlement(one.id, "here", S.SENT, NOON)])
            assert (await reach.report(connection, row.id, NOON)).total.sent == expected
            assert await recount.differences(connection, row.id) == {}
