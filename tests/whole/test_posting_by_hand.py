"""A commune that has nothing but chats its leaders post to: `loa run` does the whole job, and the figures add up."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from announcements.types import DeliveryState
from db.engine import Database
from db.tables import t
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOa
from tests.whole.service import House, roster_csv

pytestmark = pytest.mark.whole

GROUPS = {"Thu Quế": range(1, 3), "Thống Nhất": range(1, 2)}
PER_GROUP = 3  # households
HOUSEHOLDS = 3 * PER_GROUP


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Hamlet:
    """`leaders` are staff codes by group, `chats` numbers of chats by area code, `cards` codes by household."""

    house: House
    url: str
    leaders: dict[str, str] = field(default_factory=dict)
    chats: dict[str, int] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    households: dict[str, list[str]] = field(default_factory=dict)  # by group

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"Origin": self.url}, trust_env=False)

    async def sign_in(self, browser: httpx.AsyncClient, staff: str) -> None:
        link = (await self.house.json("login", staff))["url"]
        assert (await browser.post(link)).status_code == 303

    async def report(self, code: str) -> Any:
        return await self.house.json("report", code)

    async def until(self, code: str, **deliveries: int) -> Mapping[str, int]:
        """Until so many deliveries are in these states; the total row then."""
        for _ in range(100):
            found = await self.report(code)
            if all(found["deliveries"][state] == count for state, count in deliveries.items()):
                total: Mapping[str, int] = found["total"]
                return total
            await asyncio.sleep(0.2)
        raise AssertionError(f"deliveries never came to {deliveries}: {found['deliveries']}")

    async def acknowledge(self, code: str, *households: str) -> None:
        """Households open the link in the chat and tap, with the code of their card."""
        for household in households:
            async with self.browser() as device:
                told = await device.post(f"/n/{code}/ack", data={"card": self.cards[household]})
                assert told.status_code == 303


@pytest.fixture
async def hamlet(tmp_path: Path) -> Any:
    house, port = House(tmp_path), free_port()
    house.write(f'[app]\npublic_url = "http://127.0.0.1:{port}"\n\n[web]\nport = {port}\n')
    (tmp_path / "ho.csv").write_text(roster_csv(GROUPS, PER_GROUP), "utf-8")
    await house.loa("roster", "import", "ho.csv")
    here = Hamlet(house, f"http://127.0.0.1:{port}")
    for area in await house.json("area", "list"):
        if area["kind"] == "group":
            chat = await house.json(
                "chat", "add", "--account", "assisted", "--area", area["code"], "--title", "Zalo tổ"
            )
            staff = await house.json(
                "staff", "add", "--name", "Ông Tổ", "--role", "group_leader", "--area", area["code"]
            )
            here.chats[area["code"]], here.leaders[area["code"]] = chat["id"], staff["code"]
    for card in await house.json("cards", "--area", "Xã Song Phượng"):
        here.cards[card["household"]] = card["code"]
        here.households.setdefault(card["area"], []).append(card["household"])
    yield here
    await house.close()


async def test_leaders_post_everything_households_answer_on_the_board_and_it_adds_up(hamlet: Hamlet) -> None:
    house = hamlet.house
    run = await house.start()
    await run.ready()
    made = await house.json("announce", "--title", "Họp thôn", "--body", "Mời dự.", "--area", "Xã Song Phượng")
    code = made["announcement"]
    total = await hamlet.until(code, handed=3)
    assert (total["audience"], total["sent"]) == (HOUSEHOLDS, 0)

    first, second, *others = hamlet.leaders
    async with hamlet.browser() as telephone:
        await hamlet.sign_in(telephone, hamlet.leaders[first])
        page = (await telephone.get("/posting")).text
        assert f"{hamlet.url}/n/{code}" in page
        (action,) = set(re.findall(r'action="(/posting/[^"]+)"', page))
        tap = {"done": "posted", "key": "a-tap-of-this-telephone"}
        await run.kill()  # the line is gone with it
        with pytest.raises(httpx.TransportError):
            await telephone.post(action, data=tap)
        run = await house.start()
        await run.ready()
        for _ in range(3):  # sent again and again: once is what counts
            assert (await telephone.post(action, data=tap)).status_code == 303
        assert "Không còn tin nào chờ đăng." in (await telephone.get("/posting")).text
    assert (await hamlet.until(code, handed=2, sent=1))["sent"] == PER_GROUP

    await house.loa("post", code, "--as", hamlet.leaders[first], "--chat", hamlet.chats[second], status=1)
    for group in (second, *others):
        done = await house.json("post", code, "--as", hamlet.leaders[group])
        assert [one["state"] for one in done["chats"]] == ["sent"]
    assert (await hamlet.until(code, handed=0, sent=3))["sent"] == HOUSEHOLDS

    for group, households in hamlet.households.items():
        await hamlet.acknowledge(code, *households[:2])
        await house.loa("ack", code, households[2], "--by", hamlet.leaders[group], "--how", "met")
    found = await hamlet.report(code)
    for row in [found["total"], *found["areas"]]:
        assert row["audience"] == row["acknowledged"] + row["told_in_person"] + row["not_reached"] + row["open"]
    assert found["total"]["acknowledged"] == found["by_channel"]["board"] == 6
    assert found["total"]["told_in_person"] == 3
    assert found["total"]["open"] == 0
    rows = await house.json("deliveries", code)
    assert {row["posted_by"] for row in rows} == {"Ông Tổ"}
    assert await run.terminate() == 0
    await house.loa("doctor")  # ends with 1 when a counter is wrong


async def test_after_a_withdrawal_what_is_posted_is_taken_back_and_the_rest_is_never_asked_for(hamlet: Hamlet) -> None:
    house = hamlet.house
    async with house.running():
        made = await house.json("announce", "--title", "Họp", "--body", "Mời dự.", "--area", "Thu Quế")
        code = made["announcement"]
        await hamlet.until(code, handed=2)
        group = next(iter(hamlet.leaders))
        await house.loa("post", code, "--as", hamlet.leaders[group])
        await house.loa("withdraw", code)
        await hamlet.until(code, handed=0, sent=1, cancelled=1)
        async with hamlet.browser() as telephone:
            await hamlet.sign_in(telephone, hamlet.leaders[group])
            assert "Đăng tin thu hồi: Họp" in (await telephone.get("/posting")).text
            done = await house.json("post", code, "--withdrawal", "--as", hamlet.leaders[group])
            assert done["changed"] == 1
            assert "Đăng tin thu hồi: Họp" not in (await telephone.get("/posting")).text


@dataclass(frozen=True, slots=True)
class Line:
    """A leader's private conversation with one account."""

    write: Callable[[str], Awaitable[object]]
    read: Callable[[], list[str]]

    async def hears(self, *words: str) -> None:
        """Returns once a message has each of these words."""
        async with asyncio.timeout(30):
            while True:
                if all(any(one in text for text in self.read()) for one in words):
                    return
                await asyncio.sleep(0.1)


def on_telegram(telegram: FakeTelegram) -> Line:
    """What this leader has to say is pressed where there is a button for it."""
    leader = telegram.user("Ông Tổ")
    telegram.private(leader)

    async def write(text: str) -> None:
        for message in telegram.sent(leader.id)[-1:]:
            if any(text in button["text"] for button in message.buttons):
                telegram.tap(leader, message, text)
                return
        telegram.text(leader, leader.id, text)

    return Line(write, lambda: [message.text for message in telegram.sent(leader.id)])


def on_a_bot_of_zalo(zalo: FakeZaloBot) -> Line:
    leader = zalo.person("Ông Tổ")

    async def write(text: str) -> None:
        zalo.at(leader.id).say(leader, text)

    return Line(write, lambda: [message.text for message in zalo.sent(leader.id)])


def on_an_official_account(zalo: FakeZaloOa) -> Line:
    leader = zalo.person("Ông Tổ")

    async def write(text: str) -> None:
        await zalo.write(leader, text)

    return Line(write, lambda: [one.text for one in zalo.sent(leader.id)])


async def half_an_hour_passes(house: House) -> None:
    """Whoever has not posted is to be told again."""
    database, d = Database(f"sqlite+aiosqlite:///{house.folder / 'loa.db'}"), t.delivery
    async with database.write() as connection:
        await connection.execute(update(d).where(d.c.state == DeliveryState.HANDED).values(nudge_at=d.c.handed_at))
    await database.close()


async def test_leaders_on_telegram_and_zalo_are_told_reminded_heard_and_told_to_take_it_back(
    hamlet: Hamlet, telegram: FakeTelegram, zalo: FakeZaloOa
) -> None:
    house = hamlet.house
    async with FakeZaloBot() as bot:
        zalo.webhook.forward_to = f"{hamlet.url}/webhooks/zalo_oa/oa"
        house.write(
            (house.folder / "config.toml").read_text("utf-8")
            + "".join(
                f'[[accounts]]\nname = "{kind}"\nchannel = "{kind}"\ntoken = "{fake.token}"\n'
                f'base_url = "{fake.base_url}"\n'
                for kind, fake in (("telegram", telegram), ("zalo_bot", bot))
            )
            + zalo.settings()
        )
        lines = [on_telegram(telegram), on_a_bot_of_zalo(bot), on_an_official_account(zalo)]
        async with house.running():
            for line, staff in zip(lines, hamlet.leaders.values(), strict=True):
                await line.write(staff)
                await line.hears("Đã nhận ra Ông Tổ")
            code = (await house.json("announce", "--title", "Họp", "--body", "Mời dự.", "--area", "Song Phượng"))[
                "announcement"
            ]
            await lines[1].write("web")
            await lines[1].hears(f"{hamlet.url}/login/")
            for line in lines:
                await line.hears(f"Mã thông báo: {code}", "Xin chép tin trên")
            await half_an_hour_passes(house)
            for line in lines:
                await line.hears("chưa thấy báo đã đăng")
            assert (await hamlet.report(code))["deliveries"]["handed"] == 3
            for line in lines:
                await line.write("Đã đăng")
            assert (await hamlet.until(code, sent=3))["sent"] == HOUSEHOLDS
            await house.loa("withdraw", code)
            for line in lines:
                await line.hears("❌ ĐÃ THU HỒI", "Thông báo này đã được thu hồi")
                await line.write("Đã đăng tin thu hồi")
                await line.hears("đã đăng tin thu hồi")
            found = await house.json("post", code, "--withdrawal")
            assert (found["changed"], {one["posted_by"] for one in found["chats"]}) == (0, {"Ông Tổ"})
            assert all(one["recalled_at"] for one in found["chats"])
