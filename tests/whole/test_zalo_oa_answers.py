"""People of a commune on an Official Account alone: they link themselves, answer in words, and are counted exactly."""

import asyncio

import pytest

from tests.whole.oa_commune import OaCommune

pytestmark = pytest.mark.whole

GROUP = "thu-que-to-1"


async def figures(oa: OaCommune, code: str, wanted: int) -> dict[str, int]:
    """The group's row of the report, once so many have acknowledged."""
    async with asyncio.timeout(60):
        while True:
            (row,) = [area for area in (await oa.report(code))["areas"] if area["code"] == GROUP]
            if row["acknowledged"] >= wanted:
                return {name: row[name] for name in ("audience", "acknowledged", "told_in_person", "open")}
            await asyncio.sleep(0.3)


async def test_households_link_and_answer_and_nobody_is_counted_for_a_question(oa: OaCommune) -> None:
    group = oa.groups[GROUP]
    lan, hai, mai, stranger = (oa.zalo.person(name, group) for name in ("Lan", "Hải", "Mai", "Khách"))
    cards = [row["code"] for row in await oa.house.json("cards", "--area", GROUP)]
    async with oa.house.running():
        await group.say(lan, f"LK {cards[0]}")
        await oa.zalo.write(hai, f"lk {cards[1].lower()}")
        await group.say(mai, f"LK {cards[2]}")
        await oa.zalo.wait_for(lambda: [one for one in oa.zalo.sent(hai.id) if one.private], 40)
        code = await oa.announce(area=GROUP)
        (notice,) = await oa.zalo.wait_for(lambda: oa.notices(GROUP), 40)
        await group.say(lan, "[@123] Dạ nhà em đã nhận ạ")
        await group.say(hai, "da nhan", quoting=notice)
        await group.say(mai, "Họp ở đâu vậy bác?")
        await group.say(mai, "chưa nhận được")
        await group.say(stranger, "đã nhận")
        await group.show(mai, "sticker")
        found = await figures(oa, code, 2)
        again = oa.zalo.webhook.deliveries[:]
        await asyncio.gather(*(oa.zalo.webhook.post(one, 1) for one in reversed(again)))
        await asyncio.sleep(1)
        assert await figures(oa, code, 2) == found == {"audience": 4, "acknowledged": 2, "told_in_person": 0, "open": 2}
        await group.say(stranger, f"LK {cards[3]}")  # what they said before counts from now on
        assert (await figures(oa, code, 3))["open"] == 1
    report = await oa.report(code)
    assert report["by_channel"] == {"zalo_oa": 3}


async def test_a_group_that_is_disbanded_is_shown_as_lost(oa: OaCommune) -> None:
    async with oa.house.running():
        await oa.groups[GROUP].tell("disperse_group")
        async with asyncio.timeout(30):
            while True:
                rows = await oa.house.json("chat", "list")
                lost = [row["area"] for row in rows if row["problem"] == "chat_gone"]
                if lost:
                    break
                await asyncio.sleep(0.3)
    assert lost == [GROUP]
