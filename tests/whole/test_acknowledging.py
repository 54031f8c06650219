"""Presses by the thousand through the real command: counted exactly, answered kindly, never invented."""

import asyncio
import random
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from announcements.types import ChannelKind
from db.access import people
from db.announcing.notices import find
from db.counting import reach, recount
from db.engine import Database
from db.links import identities
from db.links.identities import Link
from db.tables import Via, t
from scheduler.clock import now
from tests.fakes.telegram_world import User
from tests.whole.conftest import Place

pytestmark = pytest.mark.whole
PRESSES = 3_000


async def link_everybody(place: Place, *, leave_out: int = 20) -> tuple[dict[int, User], dict[int, str]]:
    """A Telegram user for each household but the last few; users and group codes by household id."""
    database = Database(place.database_url)
    async with database.write() as connection:
        rows = (
            await connection.execute(
                select(t.household.c.id, t.household.c.head_name, t.area.c.code)
                .join(t.area, t.area.c.id == t.household.c.area_id)
                .order_by(t.household.c.id)
            )
        ).all()
        users = {row.id: place.telegram.user(row.head_name) for row in rows[:-leave_out]}
        links = [
            Link(ChannelKind.TELEGRAM, str(user.id), household, Via.CARD, now()) for household, user in users.items()
        ]
        await identities.link(connection, links)
    await database.close()
    return users, {row.id: row.code for row in rows}


async def figures(place: Place, code: str) -> Mapping[str, int]:
    report: dict[str, Mapping[str, int]] = await place.house.json("report", code)
    return report["total"]


async def test_three_thousand_presses_with_duplicates_and_forgeries_are_counted_exactly(place: Place) -> None:
    rng = random.Random(7)
    users, groups = await link_everybody(place)
    strangers = [place.telegram.user(f"Khách {number}") for number in range(20)]
    async with place.house.running():
        code = await place.announce()
        other = await place.announce(area="Thu Quế")
        await place.telegram.wait_for(lambda: len(place.telegram.messages) == 50, timeout=30)
        message = {m.chat_id: m for m in place.telegram.messages if f"/n/{code}" in m.text}
        real = rng.sample(sorted(users), 100)
        presses = []
        for count in range(PRESSES):
            chat = place.chats[groups[real[count % len(real)]]]
            data = f"ack:{code}.1"
            match count % 10:
                case 7:  # data nobody made, or of a notice that never went to this chat
                    forged = [f"ack:{other}.1", "ack:TB-0000.1", "rm -rf", "ack:" + "x" * 40]
                    away = place.chats["thong-nhat-to-1"]
                    presses.append((users[real[0]], away, message[away].message_id, rng.choice(forged)))
                case 8:
                    presses.append((rng.choice(strangers), chat, message[chat].message_id, data))
                case _:
                    presses.append((users[real[count % len(real)]], chat, message[chat].message_id, data))
        rng.shuffle(presses)
        made = [place.telegram.press(*one) for one in presses]
        await place.telegram.wait_for(lambda: all(press.answer for press in made), timeout=60)
        for press in rng.sample(made, 200):
            place.telegram.replay(press.update)
        pressed = {one[0].id for one in presses if one[3] == f"ack:{code}.1"}
        households = {household for household, user in users.items() if user.id in pressed}
        total = await figures(place, code)
        assert total["acknowledged"] == len(households)
        assert (await figures(place, other))["acknowledged"] == 0
        await the_buttons_say(place, code, households, groups)
    await counters_are_right(place, code)
    stranger = next(press for press, one in zip(made, presses, strict=True) if one[0] in strangers)
    assert stranger.answer is not None and "start=lk" in str(stranger.answer)


async def the_buttons_say(place: Place, code: str, households: set[int], groups: Mapping[int, str]) -> None:
    """The live counts end on the last number, with few edits."""
    expected = {place.chats[area]: 0 for area in place.chats}
    for household in households:
        group = groups[household]
        expected[place.chats[group]] += 1
        expected[place.chats[group.partition("-to-")[0]]] += 1

    def right() -> bool:
        shown = {m.chat_id: m.buttons[0]["text"] for m in place.telegram.messages if f"/n/{code}" in m.text}
        return all(f"({count}/" in shown[chat] for chat, count in expected.items())

    await place.telegram.wait_for(right, timeout=30)


async def counters_are_right(place: Place, code: str) -> None:
    database = Database(place.database_url)
    async with database.read() as connection:
        row = await find(connection, code)
        assert await recount.differences(connection, row.id) == {}
        assert (await reach.report(connection, row.id, row.published_at)).total.audience == 144
    await database.close()


async def test_presses_while_nobody_listens_are_counted_once_the_service_is_back(place: Place) -> None:
    users, groups = await link_everybody(place)
    run = await place.house.start()
    await run.ready()
    code = await place.announce()
    await place.telegram.wait_for(lambda: len(place.telegram.messages) == 40, timeout=30)
    await asyncio.sleep(0.5)
    await run.kill()
    chosen = sorted(users)[:30]
    message = {m.chat_id: m for m in place.telegram.messages}
    for household in chosen:
        chat = place.chats[groups[household]]
        place.telegram.press(users[household], chat, message[chat].message_id, f"ack:{code}.1")
    async with place.house.running():
        async with asyncio.timeout(20):
            while (await figures(place, code))["acknowledged"] < 30:  # noqa: ASYNC110 - another process counts
                await asyncio.sleep(0.2)
        assert (await figures(place, code))["acknowledged"] == 30


async def test_a_withdrawn_notice_takes_no_acknowledgement_and_says_so(place: Place) -> None:
    users, groups = await link_everybody(place)
    async with place.house.running():
        code = await place.announce()
        await place.telegram.wait_for(lambda: len(place.telegram.messages) == 40, timeout=30)
        await place.house.loa("withdraw", code)
        household = min(users)
        chat = place.chats[groups[household]]
        message = place.telegram.sent(chat)[0]
        press = place.telegram.press(users[household], chat, message.message_id, f"ack:{code}.1")
        await place.telegram.wait_for(lambda: press.answer)
        assert "thu hồi" in str(press.answer)
        assert (await figures(place, code))["acknowledged"] == 0
        await place.telegram.wait_for(lambda: "thu hồi" in str(place.telegram.sent(chat)[0].buttons), timeout=45)


async def test_a_silence_that_cost_presses_is_told_to_the_author_of_an_open_notice(place: Place) -> None:
    head = place.telegram.user("Trưởng thôn")
    place.telegram.private(head)
    staff = (await place.house.json("staff", "add", "--name", "Trưởng thôn", "--role", "village_head",
                                    "--area", "Thu Quế"))["code"]  # fmt: skip
    database = Database(place.database_url)
    async with database.write() as connection:
        row = await people.find(connection, staff, now())
        await people.link_account(connection, row, ChannelKind.TELEGRAM, str(head.id), now())
    async with place.house.running():
        code = await place.announce("--as", staff, area="Thu Quế")
        await place.telegram.wait_for(lambda: len(place.telegram.messages) == 10, timeout=30)
    async with database.write() as connection:  # as if the machine had been off since
        await connection.execute(t.account.update().values(heard_at=now() - timedelta(minutes=7)))
    await database.close()
    async with place.house.running():
        await place.telegram.wait_for(lambda: place.telegram.sent(head.id, containing="bấm lại"), timeout=30)
    (said,) = place.telegram.sent(head.id)
    assert code in said.text
