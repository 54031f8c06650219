"""The commune of `tests/makers.py` behind the real API: keys as needed, telephones in the roster, one notice each.

`open_api` gives it; `Service.ask` sends a request with a key. Bà Lan, Ông Hải and Ông Bình live in Thu Quế, Chị Mai in
Thống Nhất.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from announcements.types import KeyScope
from bot.office.staff import keys
from db.announcing.board import Notice
from db.engine import Database
from db.tables import t
from tests.bot.conftest_board import URL, Village, open_board

ALL = frozenset(KeyScope)
LAN_PHONE = "+84900000001"


@dataclass(slots=True)
class Service:
    village: Village

    async def key(self, area: str = "Thu Quế", scopes: Collection[KeyScope] = ALL) -> str:
        """A new key, whole."""
        return (await keys.add(self.village.context, name=f"Thử {area}", area=area, scopes=scopes))[1]

    async def ask(
        self, key: str | None, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """The answer to one request below `/api/v1`; `key` None sends none."""
        transport = httpx.ASGITransport(self.village.app, raise_app_exceptions=False)
        sent = {"Authorization": f"Bearer {key}"} if key is not None else {}
        async with httpx.AsyncClient(transport=transport, base_url=URL, trust_env=False) as client:
            return await client.request(method, f"/api/v1{path}", headers={**sent, **(headers or {})}, **more)

    async def get(self, key: str | None, path: str, **more: Any) -> Any:
        """The JSON of a page that has to be there."""
        answer = await self.ask(key, "GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def create(self, key: str, name: str, **fields: Any) -> httpx.Response:
        """Announce under an idempotency key; what is not given is the usual."""
        body = {"title": "Cắt điện", "body": "Mất điện từ 7 giờ.", "areas": ["thu-que"], **fields}
        return await self.ask(key, "POST", "/announcements", json=body, headers={"Idempotency-Key": name})

    async def notice(self, *to: str, **more: Any) -> Notice:
        """A published notice to these places."""
        return await self.village.announce(to=to or ("Thu Quế",), **more)


@asynccontextmanager
async def open_api(database: Database, folder: Path) -> AsyncIterator[Service]:
    """The commune in `database` with its API over it."""
    async with open_board(database, folder) as village:
        async with database.write() as connection:
            await connection.execute(
                t.phone.insert().values(household_id=village.commune.households["Bà Lan"], number=LAN_PHONE)
            )
        yield Service(village)
