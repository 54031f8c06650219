"""A commune in a folder, with the fake Telegram as its platform: 4 villages, 36 groups, 40 chats."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.telegram import FakeTelegram
from tests.whole.service import House, roster_csv

GROUPS = {
    "Tháp Thượng": range(1, 11),
    "Thu Quế": range(1, 10),
    "Thuận Thượng": range(1, 9),
    "Thống Nhất": range(1, 10),
}
PER_GROUP = 4  # households


@dataclass(slots=True)
class Place:
    """A running-ready commune. `chats` are Telegram chat ids by area code."""

    house: House
    telegram: FakeTelegram
    chats: dict[str, int] = field(default_factory=dict)

    def configure(self, *, per_second: float = 25, per_chat_per_minute: float = 20) -> None:
        self.house.write(
            f"""
[web]
port = 0

[[accounts]]
name = "telegram"
channel = "telegram"
token = "{self.telegram.token}"
base_url = "{self.telegram.base_url}"
per_second = {per_second}
per_chat_per_minute = {per_chat_per_minute}
"""
        )

    async def announce(self, *more: object, area: str = "Song Phượng") -> str:
        """Announce now; returns the announcement's code."""
        made = await self.house.json(
            "announce", "--title", "Họp thôn", "--body", "Mời bà con dự họp.", "--area", area, *more
        )
        return str(made["announcement"])


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def place(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[Place]:
    """Roster imported, 40 chats added."""
    house = House(tmp_path)
    place = Place(house, telegram)
    place.configure()
    (tmp_path / "ho.csv").write_text(roster_csv(GROUPS, PER_GROUP), "utf-8")
    await house.loa("roster", "import", "ho.csv")
    await _add_chats(place)
    yield place
    await house.close()


async def _add_chats(place: Place) -> None:
    """Straight into the table: forty commands would take half a minute and prove no more than one."""
    from announcements.types import AreaKind, ChannelKind
    from db import areas, chats
    from db.engine import Database

    database = Database(f"sqlite+aiosqlite:///{place.house.folder / 'loa.db'}")
    async with database.write() as connection:
        for area in await areas.tree(connection):
            if area.kind is AreaKind.COMMUNE:
                continue
            chat = place.telegram.group(area.name, supergroup=True)
            place.chats[area.code] = chat.id
            await chats.add(connection, account="telegram", channel=ChannelKind.TELEGRAM, address=str(chat.id),
                            area_id=area.id, title=area.name)  # fmt: skip
    await database.close()
