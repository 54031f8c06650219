"""A process that claims and settles until nothing is left, and prints what it got. Run by `test_claiming`."""

import asyncio
import sys
from datetime import timedelta

from announcements.types import DeliveryState
from db import outbox
from db.engine import Database
from db.outbox import Claim, Settlement
from tests.makers import NOON


async def work(url: str, lease: str) -> list[int]:
    database, mine = Database(url), []
    while True:
        async with database.write() as connection:
            claim = Claim("telegram", lease, NOON, NOON + timedelta(seconds=30), 7)
            (claimed,) = await outbox.claim(connection, [claim])
        if not claimed:
            break
        mine += [one.id for one in claimed]
        async with database.write() as connection:
            settlements = [Settlement(one.id, lease, DeliveryState.SENT, NOON, button_id="1") for one in claimed]
            assert all(await outbox.settle(connection, settlements))
    await database.close()
    return mine


if __name__ == "__main__":
    print(*asyncio.run(work(sys.argv[1], sys.argv[2])))
