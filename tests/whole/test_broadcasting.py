"""A broadcast to forty chats: once each, whatever happens to us, the network or the chats."""

import asyncio

import pytest

from tests.fakes.telegram_faults import cut_after, server_error, silent, too_many
from tests.whole.conftest import Place

pytestmark = pytest.mark.whole


async def test_every_chat_gets_the_notice_once_with_button_and_link(place: Place) -> None:
    async with place.house.running():
        code = await place.announce()
        await place.telegram.wait_for(lambda: len(place.telegram.messages) == 40, timeout=20)
        assert await place.settled(code) == {"sent": 40}
    assert {message.chat_id for message in place.telegram.messages} == set(place.chats.values())
    for message in place.telegram.messages:
        assert f"/n/{code}" in message.text
        assert "✅ Đã nhận (0/" in message.buttons[0]["text"]
        assert "Họp thôn" in message.text
    report = await place.house.json("report", code)
    assert report["total"]["sent"] == report["total"]["audience"] == 144


async def test_killed_ten_times_mid_broadcast_nothing_is_lost_and_nothing_sent_twice(place: Place) -> None:
    place.configure(per_second=12)
    place.telegram.server.latency = 0.05
    code = await place.announce()
    for _ in range(10):
        before = len(place.telegram.messages)
        run = await place.house.start()
        await place.telegram.wait_for(lambda: len(place.telegram.messages) >= min(40, before + 3), timeout=30)  # noqa: B023
        await run.kill()
    async with place.house.running():
        found = await place.settled(code)
    assert sum(found.values()) == 40
    assert set(found) <= {"sent", "unconfirmed"}
    assert place.telegram.duplicates() == {}
    reached = {message.chat_id for message in place.telegram.messages}
    assert len(place.telegram.messages) == len(reached)
    assert len(reached) >= found["sent"]
    deliveries = await place.house.json("deliveries", code, "--state", "sent")
    assert {int(one["chat"]) for one in deliveries} <= reached


async def test_what_is_unconfirmed_is_sent_again_by_a_person_only(place: Place) -> None:
    chat = place.chats["thu-que-to-1"]
    place.telegram.fault(cut_after(), chat_id=chat, method="sendMessage")
    async with place.house.running():
        code = await place.announce()
        assert await place.settled(code) == {"sent": 39, "unconfirmed": 1}
        assert len(place.telegram.sent(chat)) == 1
        assert (await place.house.json("resend", code, "--state", "unconfirmed")) == {"resent": 1}
        assert await place.settled(code) == {"sent": 40}
    assert len(place.telegram.sent(chat)) == 2


async def test_an_emergency_is_repeated_rather_than_missed(place: Place) -> None:
    chat = place.chats["thu-que-to-1"]
    place.telegram.fault(cut_after(), chat_id=chat, method="sendMessage")
    async with place.house.running():
        code = await place.announce("--urgency", "emergency", "--kind", "warning", area="Thu Quế")
        assert await place.settled(code, 10) == {"sent": 10}
    assert len(place.telegram.sent(chat)) == 2


async def test_a_storm_of_429_holds_up_only_the_chats_it_names(place: Place) -> None:
    stormy = [place.chats["thu-que-to-1"], place.chats["thong-nhat-to-1"]]
    for chat in stormy:
        place.telegram.fault(too_many(2), chat_id=chat, method="sendMessage", times=2)
    async with place.house.running():
        code = await place.announce()
        await place.telegram.wait_for(lambda: len(place.telegram.messages) >= 38, timeout=8)
        assert await place.settled(code) == {"sent": 40}
    assert place.telegram.duplicates() == {}


async def test_kicked_gone_moved_and_broken_chats_each_end_as_they_should(place: Place) -> None:
    telegram, chats = place.telegram, place.chats
    boss = telegram.user("Boss")
    telegram.kick(chats["thu-que-to-1"], boss, told=False)
    telegram.delete_chat(chats["thu-que-to-2"])
    plain = telegram.group("Tổ 3 nhỏ")
    await place.house.loa("chat", "add", "--area", "thu-que-to-3", "--account", "telegram", "--address", plain.id)
    moved = telegram.migrate(plain.id, notices=())
    telegram.fault(server_error(502), chat_id=chats["thu-que-to-4"], method="sendMessage")
    telegram.fault(silent(), chat_id=chats["thu-que-to-5"], method="sendMessage")
    async with place.house.running():
        code = await place.announce(area="Thu Quế")
        found = await place.settled(code, 11)
        assert found == {"sent": 7, "failed": 2, "unconfirmed": 2}
        assert len(telegram.sent(moved.id)) == 1
        failed = await place.house.json("deliveries", code, "--state", "failed")
        assert {one["area"] for one in failed} == {"thu-que-to-1", "thu-que-to-2"}
        listed = await place.house.json("chat", "list")
        lost = {chat["area"]: chat["problem"] for chat in listed if chat["problem"]}
        assert lost == {"thu-que-to-1": "blocked", "thu-que-to-2": "chat_gone"}


async def test_sigterm_settles_what_is_in_flight_and_ends_with_zero(place: Place) -> None:
    place.telegram.server.latency = 0.4
    run = await place.house.start()
    await run.ready()
    code = await place.announce()
    await place.telegram.wait_for(lambda: len(place.telegram.messages) >= 5, timeout=10)
    assert await run.terminate() == 0
    found = await place.states(code)
    assert "sending" not in found and "unconfirmed" not in found
    assert found["sent"] == len(place.telegram.messages)
    place.telegram.server.latency = 0
    async with place.house.running():
        assert await place.settled(code) == {"sent": 40}
    assert place.telegram.duplicates() == {}


async def test_withdrawn_before_its_turn_a_notice_never_goes_out(place: Place) -> None:
    code = await place.announce()
    await place.house.loa("withdraw", code)
    async with place.house.running():
        await asyncio.sleep(1.5)
    assert await place.states(code) == {"cancelled": 40}
    assert place.telegram.messages == []
