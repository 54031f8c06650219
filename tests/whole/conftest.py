"""A commune in a folder, with the fake Telegram as its platform: 4 villages, 36 groups, 40 chats."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from announcements.types import AreaKind, ChannelKind
from db import areas, chats
from db.engine import Database
from tests import postgres
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
    postgres: str = ""

    @property
    def database_url(self) -> str:
        return self.postgres or f"sqlite+aiosqlite:///{self.house.folder / 'loa.db'}"

    def configure(self, *, per_second: float = 25, per_chat_per_minute: float = 20) -> None:
        self.house.write(
            f"""
[web]
port = 0

[database]
url = "{self.database_url}"

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


async def furnished(place: Place) -> Place:
    """Roster imported, 40 chats added."""
    place.configure()
    (place.house.folder / "ho.csv").write_text(roster_csv(GROUPS, PER_GROUP), "utf-8")
    await place.house.loa("roster", "import", "ho.csv")
    await _add_chats(place)
    return place


@pytest.fixture
async def place(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[Place]:
    """The commune on SQLite."""
    house = House(tmp_path)
    yield await furnished(Place(house, telegram))
    await house.close()


@pytest.fixture
async def postgres_place(
    telegram: FakeTelegram, tmp_path: Path, postgres_server: postgres.Server
) -> AsyncIterator[Place]:
    """The commune on PostgreSQL."""
    house = House(tmp_path)
    name = postgres_server.new_database()
    address = postgres_server.address(name).replace("postgresql", "postgresql+psycopg")
    yield await furnished(Place(house, telegram, postgres=address))
    await house.close()
    postgres_server.drop(name)


async def _add_chats(place: Place) -> None:
    """Straight into the table: forty commands would take half a minute and prove no more than one."""
    database = Database(place.database_url)
    async with database.write() as connection:
        for area in await areas.tree(connection):
            if area.kind is AreaKind.COMMUNE:
                continue
            chat = place.telegram.group(area.name, supergroup=True)
            place.chats[area.code] = chat.id
            await chats.add(connection, account="telegram", channel=ChannelKind.TELEGRAM, address=str(chat.id),
                            area_id=area.id, title=area.name)  # fmt: skip
    await database.close()
