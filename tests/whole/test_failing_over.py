"""Telegram can't be reached: Zalo takes over, by hand or by rule, and every group gets exactly one copy."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from announcements.types import ChannelKind
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.whole.commune import Commune
from tests.whole.service import House

pytestmark = pytest.mark.whole

NOBODY_LISTENS = "http://127.0.0.1:9"  # the port for discarding: a connection is refused at once


@dataclass(slots=True)
class TwoWays(Commune):
    """Forty groups on Telegram, and on Zalo the same forty in reserve. `areas` are codes by the groups' ids."""

    telegram: FakeTelegram
    zalo: FakeZaloBot
    areas: dict[str, str] = field(default_factory=dict)

    @property
    def copies(self) -> Counter[str]:
        """How many messages came to each area, whichever way."""
        ids = [str(message.chat_id) for message in self.telegram.messages]
        ids += [message.chat.id for message in self.zalo.messages]
        return Counter(self.areas[one] for one in ids)

    def configure(self, *, reachable: bool, rule: str = "") -> None:
        self.house.write(
            f"""
[web]
port = 0

[failover]
after = "0m"

[[accounts]]
name = "telegram"
channel = "telegram"
token = "{self.telegram.token}"
base_url = "{self.telegram.base_url if reachable else NOBODY_LISTENS}"
{rule}

[[accounts]]
name = "zalo"
channel = "zalo_bot"
token = "{self.zalo.token}"
base_url = "{self.zalo.base_url}"
per_second = 25
"""
        )

    async def furnish(self) -> None:
        self.configure(reachable=False)
        await self.import_roster()
        on_telegram, on_zalo = {}, {}
        for area in await self.places():
            on_telegram[area.code] = str(self.telegram.group(area.name, supergroup=True).id)
            on_zalo[area.code] = self.zalo.group(area.name).id
        await self.add_chats("telegram", ChannelKind.TELEGRAM, on_telegram)
        await self.add_chats("zalo", ChannelKind.ZALO_BOT, on_zalo, reserve=True)
        self.areas = {address: code for way in (on_telegram, on_zalo) for code, address in way.items()}

    async def account(self, name: str) -> dict[str, Any]:
        return next(one for one in await self.house.json("account", "list") if one["account"] == name)

    async def known_to_be_down(self, name: str) -> None:
        """Returns once everybody can see it; a minute is what it may take."""
        async with asyncio.timeout(60):
            while True:
                if not (await self.account(name))["works"]:
                    return
                await asyncio.sleep(0.3)


@pytest.fixture
async def commune(tmp_path: Path) -> AsyncIterator[TwoWays]:
    house = House(tmp_path)
    async with FakeTelegram() as telegram, FakeZaloBot() as zalo:
        found = TwoWays(house, telegram, zalo)
        await found.furnish()
        yield found
        await house.close()


async def test_what_telegram_can_not_send_is_moved_once_and_never_follows_when_it_is_back(commune: TwoWays) -> None:
    house = commune.house
    async with house.running():
        code = await commune.announce()
        await commune.known_to_be_down("telegram")
        assert (await commune.account("telegram"))["waiting"] == 40
        looked = await house.json("failover", "telegram", "--dry-run")
        assert (looked["moved"], looked["to"], commune.copies.total()) == (40, {"zalo": 40}, 0)
        assert (await house.json("failover", "telegram"))["moved"] == 40
        assert await commune.settled(code, 80) == {"cancelled": 40, "sent": 40}
        assert (await house.json("failover", "telegram"))["moved"] == 0
    commune.configure(reachable=True)
    async with house.running():
        await asyncio.sleep(3)
        assert await house.json("resend", code) == {"resent": 0}
        report = await commune.report(code)
        assert report["total"]["sent"] == report["total"]["audience"] == 144
        assert sorted(commune.copies.values()) == [1] * 40
        assert commune.telegram.messages == []
        later = await commune.announce(title="Thu gom rác")  # new notices use Telegram again
        assert await commune.settled(later) == {"sent": 40}
    assert len(commune.telegram.messages) == len(commune.zalo.messages) == 40
    assert (await commune.account("zalo"))["messages"] == 40


async def test_by_rule_it_happens_by_itself_and_nobody_gets_two(commune: TwoWays) -> None:
    commune.configure(reachable=False, rule='fallback_to = "zalo"')
    async with commune.house.running():
        codes = [await commune.announce(), await commune.announce(title="Thu gom rác")]
        for code in codes:
            assert await commune.settled(code, 80, seconds=90) == {"cancelled": 40, "sent": 40}
    assert sorted(commune.copies.values()) == [2] * 40
    assert commune.zalo.duplicates() == {}
