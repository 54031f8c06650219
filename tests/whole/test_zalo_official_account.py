"""A commune without Telegram, on a Zalo Official Account: each group one copy."""

import pytest

from tests.fakes.zalo_oa_state import Trouble
from tests.whole.oa_commune import OaCommune

pytestmark = pytest.mark.whole
POST = "/group/message"


async def test_every_group_gets_the_notice_once_with_a_link_and_the_way_to_answer(oa: OaCommune) -> None:
    async with oa.house.running():
        code = await oa.announce()
        await oa.zalo.wait_for(lambda: len(oa.notices()) == 40)
        assert await oa.settled(code) == {"sent": 40}
    assert {one.to for one in oa.notices()} == {group.id for group in oa.groups.values()}
    assert oa.zalo.sent() == oa.notices()
    for one in oa.notices():
        assert f"/n/{code}" in one.text
        assert "đã nhận" in one.text.casefold()
    total = (await oa.report(code))["total"]
    assert total == {"audience": 144, "reachable": 144, "sent": 144, "acknowledged": 0, "told_in_person": 0,
                     "not_reached": 0, "open": 144}  # fmt: skip


async def test_killed_three_times_mid_broadcast_no_group_is_lost_and_none_hears_twice(oa: OaCommune) -> None:
    oa.configure(per_minute=600)
    code = await oa.announce()
    for _ in range(3):
        before = len(oa.notices())
        run = await oa.house.start()
        await oa.zalo.wait_for(lambda: len(oa.notices()) >= min(40, before + 3), 30)  # noqa: B023
        await run.kill()
    async with oa.house.running():
        found = await oa.settled(code)
    assert sum(found.values()) == 40
    assert set(found) <= {"sent", "unconfirmed"}
    assert oa.twice() == set()
    reached = {one.to for one in oa.notices()}
    assert len(reached) >= found["sent"]
    sent = await oa.house.json("deliveries", code, "--state", "sent")
    assert {one["chat"] for one in sent} <= reached


async def test_tokens_that_die_in_the_middle_of_a_broadcast_cost_no_group_its_notice(oa: OaCommune) -> None:
    oa.configure(per_minute=300)
    state = oa.zalo.state
    async with oa.house.running():
        code = await oa.announce()
        for lives in (2, 3):
            before = len(oa.notices())
            await oa.zalo.wait_for(lambda: len(oa.notices()) > before + 2)  # noqa: B023
            oa.zalo.expire_access()
            await oa.zalo.wait_for(lambda: len(state.refreshes) == lives)  # noqa: B023
        await oa.zalo.wait_for(lambda: len(oa.notices()) == 40)
        assert await oa.settled(code) == {"sent": 40}
    assert oa.twice() == set()
    assert len(state.refreshes) == 3  # the first pair, and one for each that died
    assert state.reused == []


async def test_each_trouble_ends_as_it_should_and_the_other_groups_have_the_notice(oa: OaCommune) -> None:
    groups = oa.groups
    groups["thu-que-to-1"].state.disabled = True  # its package has run out
    groups["thu-que-to-2"].state.gone = True
    async with oa.house.running():
        code = await oa.announce(area="Thu Quế")
        await oa.zalo.wait_for(lambda: len(oa.notices()) == 8)
        assert await oa.settled(code, 10) == {"sent": 8, "failed": 2}
        failed = await oa.house.json("deliveries", code, "--state", "failed")
        assert {one["area"] for one in failed} == {"thu-que-to-1", "thu-que-to-2"}
        problems = {chat["area"]: chat["problem"] for chat in await oa.house.json("chat", "list") if chat["problem"]}
        assert problems == {"thu-que-to-1": "no_rights", "thu-que-to-2": "chat_gone"}
        oa.zalo.fault(Trouble.CUT_AFTER, POST)
        doubtful = await oa.announce(area="thong-nhat-to-1")
        assert await oa.settled(doubtful, 1) == {"unconfirmed": 1}
        assert await oa.house.json("resend", doubtful, "--state", "unconfirmed") == {"resent": 1}
        assert await oa.settled(doubtful, 1) == {"sent": 1}
    assert len(oa.notices("thong-nhat-to-1")) == 2  # a person asked for it again
