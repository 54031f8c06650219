"""The commune of `tests/makers.py` behind the real pages: every household has a card, notices are made as needed.

`open_board` gives it; `Village.device` is a browser whose cookies stay with it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import func, select

from announcements.types import Kind, Role, Urgency
from bot.config import App, Settings
from bot.config import Commune as CommuneSettings
from bot.context import Context
from bot.office.staff.access import sign_in, sign_in_link
from bot.web.office.cookie import COOKIE
from bot.web.server import create_app
from db.access import people
from db.access.people import StaffRow
from db.announcing import board, notices
from db.announcing.board import Notice
from db.announcing.notices import NewAnnouncement, NewFile
from db.engine import Database
from db.links import cards
from db.places.areas import AreaRow
from db.tables import metadata, t
from db.writer import Writer
from scheduler.broadcasts import publish
from tests.makers import Commune, make_commune

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # 19:00 in the commune
URL = "http://127.0.0.1:8000"


@dataclass(slots=True)
class Village:
    """`cards` by a household's head; `now` is what the pages take for the present; `answered` what they reported."""

    context: Context
    app: FastAPI
    commune: Commune
    cards: dict[str, str]
    now: datetime = START
    answered: list[int] = field(default_factory=list)

    def heard(self, broadcast_id: int) -> None:
        """Households answered: noted, and told to open pages as the service does."""
        self.answered.append(broadcast_id)
        self.app.state.watching.moved(broadcast_id)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def device(self, address: str = "203.0.113.7", **headers: str) -> httpx.AsyncClient:
        """A browser of its own: its cookies, its address; it names itself as the sender of its forms."""
        transport = httpx.ASGITransport(self.app, client=(address, 40_000), raise_app_exceptions=False)
        sent = {"Origin": URL, "Sec-Fetch-Site": "same-origin", **headers}
        return httpx.AsyncClient(transport=transport, base_url=URL, headers=sent, trust_env=False)

    async def announce(self, title: str = "Cắt điện sửa đường dây", body: str = "Mất điện từ 7 giờ đến 11 giờ.",
                       to: Sequence[str] = ("Thu Quế",), **more: Any) -> Notice:  # fmt: skip
        """A published notice as the board sees it."""
        code = await self.schedule(title, body, to, **more)
        async with self.context.database.write() as connection:
            row = await notices.find(connection, code)
            assert await publish(connection, row.id, self.now)
            found = await board.notice(connection, code)
        assert found is not None
        return found

    async def schedule(self, title: str = "Họp thôn", body: str = "Mời dự.", to: Sequence[str] = ("Thu Quế",),
                       *, kind: Kind = Kind.NOTICE, urgency: Urgency = Urgency.NORMAL, due_at: datetime | None = None,
                       valid_until: datetime | None = None, supersedes: str | None = None,
                       files: Sequence[NewFile] = (), by: int | None = None) -> str:  # fmt: skip
        """A notice that waits for its time; returns the announcement's code."""
        new = NewAnnouncement(kind, urgency, title, body, [self.area(name).id for name in to], due_at or self.now,
                              valid_until, created_by=by, files=files)  # fmt: skip
        async with self.context.database.write() as connection:
            if supersedes:
                new = replace(new, supersedes_id=(await notices.find(connection, supersedes)).announcement_id)
            row = await notices.by_id(connection, await notices.create(connection, new, self.now))
        return row.announcement

    def area(self, name: str) -> AreaRow:
        """ "Thu Quế" the village, "Thu Quế 1" its group, "" the commune."""
        places = {"": self.commune.root, **self.commune.villages, **self.commune.groups}
        return places[name]

    async def withdraw(self, notice: Notice) -> None:
        async with self.context.database.write() as connection:
            assert await notices.withdraw(connection, notice.announcement_id, None, self.now)

    async def revoke(self, head: str) -> None:
        async with self.context.database.write() as connection:
            card = await cards.find(connection, self.cards[head])
            assert card is not None
            await cards.revoke(connection, [card.household_id], self.now)

    async def staff(self, role: Role, area: str) -> int:
        async with self.context.database.write() as connection:
            row = await people.add(connection, name="Trần Văn Mẫu", role=role, area_id=self.area(area).id)
        return row.id

    async def sign_in(self, role: Role, area: str = "", address: str = "203.0.113.9") -> httpx.AsyncClient:
        """A browser that a new member of staff is signed in with, over `area` (the commune when empty)."""
        secret, _ = await self.session(role, area)
        browser = self.device(address)
        browser.cookies.set(COOKIE, secret, domain="127.0.0.1")
        return browser

    async def session(self, role: Role, area: str = "") -> tuple[str, StaffRow]:
        """The secret of a session of a new member of staff, and who they are."""
        staff_id = await self.staff(role, area)
        async with self.context.database.read() as connection:
            staff = await people.by_id(connection, staff_id)
        link = await sign_in_link(self.context, staff)
        secret, _ = await sign_in(self.context, link.url.rpartition("/")[2], "Mozilla/5.0 (Android 14) Chrome/140")
        return secret, staff

    async def rows(self) -> dict[str, int]:
        """How many rows every table has: the same before and after means that nothing was stored."""
        async with self.context.database.read() as connection:
            return {name: await connection.scalar(select(func.count()).select_from(table)) or 0
                    for name, table in metadata.tables.items()}  # fmt: skip

    async def standings(self, notice: Notice) -> dict[str, str]:
        """`{head: "outcome/channel/grade"}` of the whole audience."""
        r, h = t.recipient, t.household
        async with self.context.database.read() as connection:
            rows = await connection.execute(
                select(h.c.head_name, r.c.outcome, r.c.channel, r.c.grade)
                .join(h, h.c.id == r.c.household_id)
                .where(r.c.broadcast_id == notice.broadcast_id)
            )
            return {row[0]: "/".join(str(part) for part in row[1:] if part) for row in rows}


@asynccontextmanager
async def open_board(database: Database, folder: Path, public_url: str = URL) -> AsyncIterator[Village]:
    """The commune in `database`, its pages over it, uploads in `folder`."""
    commune = await make_commune(database, joined_at=START - timedelta(days=30))
    async with database.write() as connection:
        given = await cards.issue(connection, commune.root.path, START)
    settings = Settings(commune=CommuneSettings(name="Xã Thử"), app=App(data_dir=folder, public_url=public_url))
    async with Writer(database) as writer:
        context = Context(settings, database, writer, b"a secret of this test, 32 bytes!")
        village = Village(context, create_app(context), commune, {card.head_name: card.code for card in given})
        context.clock = lambda: village.now
        context.answered = village.heard
        yield village
