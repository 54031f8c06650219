"""A process that asks for the access token so many times, each time calling the last one stale, and prints what it
got. Run by `test_zalo_oa_tokens`."""

import asyncio
import sys

from bot.channels.zalo_oa.oauth import OAuth
from bot.channels.zalo_oa.tokens import TokenKeeper
from db.engine import Database
from tests.fakes.zalo_oa_state import State


async def work(url: str, platform: str, times: int) -> list[str]:
    database, known = Database(url), State()
    keeper = TokenKeeper("oa", database, OAuth(platform, known.app_id, known.app_secret), known.refresh_token, most=99)
    got = [await keeper.access()]
    while len(got) < times:
        got.append(await keeper.renew(got[-1]))
    await keeper.close()
    await database.close()
    return got


if __name__ == "__main__":
    print(*asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
