"""A commune in a folder, with the fake Telegram as its platform: 4 villages, 36 groups, 40 chats."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from announcements.types import ChannelKind
from tests import postgres
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_oa import FakeZaloOa
from tests.whole.commune import Commune
from tests.whole.oa_commune import OaCommune
from tests.whole.service import House


@dataclass(slots=True)
class Place(Commune):
    """A running-ready commune on Telegram. `chats` are Telegram chat ids by area code."""

    telegram: FakeTelegram
    chats: dict[str, int] = field(default_factory=dict)
    postgres: str = ""

    @property
    def database_url(self) -> str:
        return self.postgres or Commune.database_url.fget(self)

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


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def furnished(place: Place) -> Place:
    """Roster imported, 40 chats added."""
    place.configure()
    await place.import_roster()
    for area in await place.places():
        place.chats[area.code] = place.telegram.group(area.name, supergroup=True).id
    addresses = {area: str(chat) for area, chat in place.chats.items()}
    await place.add_chats("telegram", ChannelKind.TELEGRAM, addresses)
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


@pytest.fixture
async def zalo() -> AsyncIterator[FakeZaloOa]:
    async with FakeZaloOa() as fake:
        yield fake


@pytest.fixture
async def oa(zalo: FakeZaloOa, tmp_path: Path) -> AsyncIterator[OaCommune]:
    """The commune without Telegram, on an Official Account of Zalo with forty groups."""
    house = House(tmp_path)
    commune = OaCommune(house, zalo)
    await commune.furnish()
    yield commune
    await house.close()
