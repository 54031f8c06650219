"""An Official Account from outside: events taken in time and once, tokens lost to a kill, nothing secret in the log."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update

from db.engine import Database
from db.tables import t
from tests.fakes.zalo_oa_server import TOKEN_PATH
from tests.fakes.zalo_oa_state import Trouble
from tests.fakes.zalo_oa_webhook import Delivery
from tests.whole.oa_commune import OaCommune

pytestmark = pytest.mark.whole

GROUP = "thu-que-to-1"


async def stored(oa: OaCommune) -> int:
    database = Database(oa.database_url)
    async with database.read() as connection:
        count = await connection.scalar(select(func.count()).select_from(t.inbox))
    await database.close()
    return count or 0


async def end_lease(oa: OaCommune) -> None:
    """Half a minute goes by for whoever waits for one that died while it exchanged tokens."""
    database = Database(oa.database_url)
    async with database.write() as connection:
        await connection.execute(update(t.oauth_token).values(lease_until=datetime.now(UTC)))
    await database.close()


async def test_what_a_whole_group_writes_at_once_is_taken_within_two_seconds_and_stored_once(oa: OaCommune) -> None:
    group = oa.groups[GROUP]
    people = [oa.zalo.person(f"Người {number}", group) for number in range(200)]
    told: list[Delivery] = []
    async with oa.house.running():
        for many in (40, 200):  # every household of a group, and every member of it
            burst = (group.say(person, f"Nhà tôi nhận rồi {many}") for person in people[:many])
            told += await asyncio.gather(*burst)
        for one in told[:40]:
            await oa.zalo.webhook.post(one, 1)
    assert {status for one in told for status in one.statuses} == {200}  # None would be: not within two seconds
    assert await stored(oa) == 240
    assert not oa.zalo.webhook.unsubscribed


async def test_what_is_said_while_nobody_listens_is_told_again(oa: OaCommune) -> None:
    group = oa.groups[GROUP]
    oa.zalo.webhook.speed = 100  # told again after 0.3 s, 3 s, 9 s, 18 s
    telling = asyncio.create_task(group.say(oa.zalo.person("Lan", group), "Đã nhận"))
    await asyncio.sleep(0.2)
    async with oa.house.running():
        delivery = await asyncio.wait_for(telling, 60)
    assert delivery.statuses[0] is None
    assert delivery.taken
    assert await stored(oa) == 1


async def test_killed_in_the_middle_of_an_exchange_a_person_is_told_what_to_do(oa: OaCommune) -> None:
    oa.zalo.fault(Trouble.HELD, TOKEN_PATH)
    await oa.announce(area=GROUP)
    run = await oa.house.start()
    await oa.zalo.wait_for(lambda: oa.zalo.state.refreshes, 40)
    await run.kill()
    oa.zalo.release()
    await end_lease(oa)
    doctor = await oa.house.loa("doctor", status=1)
    assert "bị ngắt giữa chừng" in doctor.out
    assert "loa account token oa" in doctor.out
    assert oa.zalo.sent() == []
    oa.zalo.state.refresh_token = "brought-by-a-person"
    told = await oa.house.loa("account", "token", "oa", given="brought-by-a-person\n")
    assert "Zalo nhận" in told.out
    code = await oa.announce(area=GROUP, title="Họp lại")
    async with oa.house.running():
        assert await oa.settled(code, 1) == {"sent": 1}


async def test_no_secret_no_id_and_no_words_are_in_the_log(oa: OaCommune) -> None:
    group = oa.groups[GROUP]
    lan = oa.zalo.person("Bà Lan Thử", group)
    async with oa.house.running() as run:
        await oa.announce(area=GROUP)
        await oa.zalo.wait_for(lambda: oa.notices(GROUP), 40)
        await group.say(lan, "Nhà tôi bận trông cháu")
        log = run.log()
    state = oa.zalo.state
    private = {state.app_secret, state.webhook_secret, state.refresh_token, "refresh-0", *state.access_tokens,
               "trông cháu", group.id, lan.id}  # fmt: skip
    assert not [text for text in private if text in log]
