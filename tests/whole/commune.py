"""A commune in a folder, whatever its channels: 4 villages, 36 groups, 40 areas that can have a chat each."""

import asyncio
import socket
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from announcements.types import AreaKind, ChannelKind
from db.engine import Database
from db.places import areas, chats
from db.places.areas import AreaRow
from db.tables import t
from tests.whole.service import House, roster_csv

GROUPS = {
    "Tháp Thượng": range(1, 11),
    "Thu Quế": range(1, 10),
    "Thuận Thượng": range(1, 9),
    "Thống Nhất": range(1, 10),
}
VILLAGES = {
    "Tháp Thượng": "thap-thuong",
    "Thu Quế": "thu-que",
    "Thuận Thượng": "thuan-thuong",
    "Thống Nhất": "thong-nhat",
}  # and their codes
PER_GROUP = 4  # households
TITLE, BODY = "Họp thôn", "Mời bà con dự họp."


@dataclass(slots=True)
class Commune:
    """`house` runs the commands."""

    house: House

    @property
    def database_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.house.folder / 'loa.db'}"

    async def import_roster(self) -> None:
        (self.house.folder / "ho.csv").write_text(roster_csv(GROUPS, PER_GROUP), "utf-8")
        await self.house.loa("roster", "import", "ho.csv")

    async def places(self) -> list[AreaRow]:
        """The villages and groups."""
        database = Database(self.database_url)
        async with database.read() as connection:
            found = [area for area in await areas.tree(connection) if area.kind is not AreaKind.COMMUNE]
        await database.close()
        return found

    async def add_chats(
        self, account: str, channel: ChannelKind, addresses: dict[str, str], *, reserve: bool = False
    ) -> None:
        """By area code; straight into the table: forty commands would take half a minute and prove no more than one."""
        places = {area.code: area for area in await self.places()}
        database = Database(self.database_url)
        async with database.write() as connection:
            for code, address in addresses.items():
                area = places[code]
                await chats.add(connection, account=account, channel=channel, address=address, area_id=area.id,
                                title=area.name, reserve=reserve)  # fmt: skip
        await database.close()

    async def announce(self, *more: object, area: str = "Song Phượng", title: str = TITLE) -> str:
        """Announce now; returns the announcement's code."""
        made = await self.house.json("announce", "--title", title, "--body", BODY, "--area", area, *more)
        return str(made["announcement"])

    async def report(self, code: str) -> dict[str, Any]:
        report: dict[str, Any] = await self.house.json("report", code)
        return report

    async def states(self, code: str) -> dict[str, int]:
        """How many deliveries are in each state, without the states nobody is in."""
        deliveries = (await self.report(code))["deliveries"]
        return {state: count for state, count in deliveries.items() if count}

    async def settled(self, code: str, count: int | None = 40, seconds: float = 40.0) -> dict[str, int]:
        """The states, once nothing is queued or being sent any more. `count` is of the deliveries (None: any)."""
        deliveries = (
            select(t.delivery.c.state)
            .join(t.broadcast, t.broadcast.c.id == t.delivery.c.broadcast_id)
            .join(t.announcement, t.announcement.c.id == t.broadcast.c.announcement_id)
            .where(t.announcement.c.code == code)
        )
        database = Database(self.database_url)
        async with asyncio.timeout(seconds):
            while True:
                async with database.read() as connection:
                    found = (await connection.scalars(deliveries)).all()
                if not {"queued", "sending"} & set(found) and count in (None, len(found)):
                    break
                await asyncio.sleep(0.1)
        await database.close()
        return await self.states(code)

    async def cards(self) -> dict[str, str]:
        """Each household's card, by the household's code."""
        rows = await self.house.json("cards", "--area", "Song Phượng")
        return {row["household"]: row["code"] for row in rows}

    async def handled(self, seconds: float = 40.0) -> None:
        """Wait until nothing that was heard waits to be handled."""
        database = Database(self.database_url)
        waiting = select(func.count()).select_from(t.inbox).where(t.inbox.c.done_at.is_(None))
        async with asyncio.timeout(seconds):
            while True:
                async with database.read() as connection:
                    if not await connection.scalar(waiting):
                        break
                await asyncio.sleep(0.1)
        await database.close()


def household(number: int) -> str:
    """The code of the roster's household with this number, from 1."""
    return f"H-{number:04}"


def group_of(number: int) -> str:
    """The code of the group it lives in."""
    groups = [f"{VILLAGES[village]}-to-{group}" for village, groups in GROUPS.items() for group in groups]
    return groups[(number - 1) // PER_GROUP]


def free_port() -> int:
    """A port of 127.0.0.1 that a service may have, stay with through its restarts, and be told events at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
