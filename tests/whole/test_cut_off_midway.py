"""Telegram is cut off in the middle of a broadcast, and comes back: no area goes without, none hears twice."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from announcements.types import ChannelKind
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_oa import FakeZaloOa, GroupChat
from tests.whole.commune import Commune
from tests.whole.gate import Gate
from tests.whole.service import House

pytestmark = pytest.mark.whole
STRIKES_AFTER = 12  # copies


@dataclass(slots=True)
class Blocked(Commune):
    """Each area has a chat on Telegram, behind `gate`, and a group of the Official Account in reserve."""

    telegram: FakeTelegram
    zalo: FakeZaloOa
    gate: Gate
    chats: dict[str, int] = field(default_factory=dict)
    groups: dict[str, GroupChat] = field(default_factory=dict)

    def configure(self) -> None:
        self.house.write(
            f"""
[web]
port = 0

[[accounts]]
name = "telegram"
channel = "telegram"
token = "{self.telegram.token}"
base_url = "{self.gate.base_url}"
per_second = 8

{self.zalo.settings(per_minute=6_000)}
"""
        )

    async def furnish(self) -> None:
        self.configure()
        await self.import_roster()
        for area in await self.places():
            self.chats[area.code] = self.telegram.group(area.name, supergroup=True).id
            self.groups[area.code] = self.zalo.group(area.name)
        await self.add_chats("telegram", ChannelKind.TELEGRAM, {code: str(id) for code, id in self.chats.items()})
        groups = {code: group.id for code, group in self.groups.items()}
        await self.add_chats("oa", ChannelKind.ZALO_OA, groups, reserve=True)

    def copies(self, code: str) -> Counter[str]:
        """How many copies of a notice each area got, by whichever channel."""
        areas = {str(chat): area for area, chat in self.chats.items()}
        areas |= {group.id: area for area, group in self.groups.items()}
        found = [str(message.chat_id) for message in self.telegram.sent(containing=code)]
        found += [one.to for one in self.zalo.sent() if code in one.text]
        return Counter(areas[chat] for chat in found)

    async def unsure(self, code: str) -> set[str]:
        """Areas whose copy may have arrived: nobody but a person decides on them."""
        rows = await self.house.json("deliveries", code, "--state", "unconfirmed")
        return {row["area"] for row in rows}


@pytest.fixture
async def blocked(telegram: FakeTelegram, zalo: FakeZaloOa, tmp_path: Path) -> AsyncIterator[Blocked]:
    house = House(tmp_path)
    async with Gate(telegram.server.port) as gate:
        commune = Blocked(house, telegram, zalo, gate)
        await commune.furnish()
        yield commune
        await house.close()


async def each_area_has_one(blocked: Blocked, code: str) -> None:
    found, unsure = blocked.copies(code), await blocked.unsure(code)
    assert {area: count for area, count in found.items() if count > 1} == {}
    assert set(blocked.chats) - set(found) <= unsure
    assert {area for area in unsure if blocked.zalo.sent(blocked.groups[area].id)} == set()


async def test_what_telegram_surely_has_not_sent_is_moved_by_one_command_and_arrives_once(blocked: Blocked) -> None:
    async with blocked.house.running():
        code = await blocked.announce()
        await blocked.telegram.wait_for(lambda: len(blocked.telegram.messages) >= STRIKES_AFTER)
        await blocked.gate.shut()
        planned = await blocked.house.json("failover", "telegram", "--to", "oa", "--dry-run")
        moved = await blocked.house.json("failover", "telegram", "--to", "oa")
        assert moved["to"] == {"oa": moved["moved"]}
        assert planned["moved"] >= moved["moved"] > 0
        await blocked.settled(code, None)
        assert len(blocked.zalo.sent()) == moved["moved"]
        await blocked.gate.open()  # it comes back, and must not send what was taken from it
        again = await blocked.announce(area="thu-que-to-1")
        await blocked.telegram.wait_for(lambda: blocked.telegram.sent(containing=again), timeout=60)
        await each_area_has_one(blocked, code)
    assert (await blocked.report(code))["total"]["sent"] >= 144 - 4 * len(await blocked.unsure(code))
