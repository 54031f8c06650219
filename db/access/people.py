"""Staff and their accounts; what a role and an area allow. Households' own links are in `db/links/identities.py`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.codes import new_staff_code, read_code
from announcements.mistakes import NotAllowed, NotFound
from announcements.permissions import Permission, may
from announcements.phrases import phrase
from announcements.types import ChannelKind, Role
from db.tables import t


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff with the area they may act in: it and everything below `path`."""

    id: int
    code: str
    name: str
    role: Role
    area_id: int
    area_code: str
    area_name: str
    path: str
    phone: str
    ended_at: datetime | None

    def active(self, now: datetime) -> bool:
        """May they act at `now`? An end in the future has not come yet."""
        return self.ended_at is None or self.ended_at > now

    @property
    def staff_id(self) -> int | None:
        """Whom records name as the person who acted."""
        return self.id

    def may(self, permission: Permission) -> bool:
        """Does their role allow it?"""
        return may(self.role, permission)

    def reaches(self, path: str) -> bool:
        """Is the area at `path` theirs?"""
        return path.startswith(self.path)


def _rows() -> Any:
    s, area = t.staff, t.area
    return select(s.c.id, s.c.code, s.c.name, s.c.role, s.c.area_id, area.c.code, area.c.name, area.c.path, s.c.phone,
                  s.c.ended_at).join(area, area.c.id == s.c.area_id)  # fmt: skip


def active_at(now: datetime) -> ColumnElement[bool]:
    """A condition on staff: their role has not ended at `now`."""
    return or_(t.staff.c.ended_at.is_(None), t.staff.c.ended_at > now)


async def add(connection: AsyncConnection, *, name: str, role: Role, area_id: int, phone: str = "") -> StaffRow:
    """A new member of staff with a code of their own."""
    values = {"code": new_staff_code(), "name": name, "role": role, "area_id": area_id, "phone": phone}
    staff_id = (await connection.execute(t.staff.insert().values(values).returning(t.staff.c.id))).scalar_one()
    return StaffRow(*(await connection.execute(_rows().where(t.staff.c.id == staff_id))).one())


async def anybody(connection: AsyncConnection) -> bool:
    """Was anybody ever made a member of staff?"""
    return (await connection.execute(select(t.staff.c.id).limit(1))).first() is not None


async def everybody(connection: AsyncConnection, now: datetime) -> list[StaffRow]:
    """All staff, those who have ended last."""
    rows = await connection.execute(_rows().order_by(active_at(now).desc(), t.area.c.path, t.staff.c.id))
    return [StaffRow(*row) for row in rows]


async def find(connection: AsyncConnection, code: str, now: datetime) -> StaffRow:
    """The active member of staff with this code. Raises `NotFound`, `NotAllowed` when they have ended."""
    staff = await find_any(connection, code)
    if not staff.active(now):
        raise NotAllowed(phrase("mistake.staff_ended", name=staff.name))
    return staff


async def find_any(connection: AsyncConnection, code: str) -> StaffRow:
    """The member of staff with this code, whether they have ended or not. Raises `NotFound`."""
    row = (await connection.execute(_rows().where(t.staff.c.code == read_code(code)))).first()
    if row is None:
        raise NotFound(phrase("mistake.staff_unknown", code=code.strip()))
    return StaffRow(*row)


async def by_id(connection: AsyncConnection, staff_id: int) -> StaffRow:
    return StaffRow(*(await connection.execute(_rows().where(t.staff.c.id == staff_id))).one())


async def of_account(
    connection: AsyncConnection, channel: ChannelKind, external_id: str, now: datetime
) -> StaffRow | None:
    """The active member of staff behind a chat account."""
    a = t.staff_account
    row = (
        await connection.execute(
            _rows()
            .join(a, a.c.staff_id == t.staff.c.id)
            .where(a.c.channel == channel, a.c.external_id == external_id, active_at(now))
        )
    ).first()
    return None if row is None else StaffRow(*row)


async def with_accounts(connection: AsyncConnection, roles: Collection[Role], now: datetime) -> list[StaffRow]:
    """Active staff with one of these roles who have an account of their own on some channel."""
    has_one = select(t.staff_account.c.staff_id).where(t.staff_account.c.staff_id == t.staff.c.id).exists()
    rows = await connection.execute(
        _rows().where(t.staff.c.role.in_(list(roles)), active_at(now), has_one).order_by(t.staff.c.id)
    )
    return [StaffRow(*row) for row in rows]


async def accounts_of_area(
    connection: AsyncConnection, channel: ChannelKind, path: str, now: datetime
) -> list[tuple[StaffRow, str]]:
    """Staff responsible for the area at `path`, the nearest first, each with their account on `channel`."""
    a = t.staff_account
    rows = await connection.execute(
        _rows()
        .add_columns(a.c.external_id)
        .join(a, a.c.staff_id == t.staff.c.id)
        .where(a.c.channel == channel, active_at(now))
    )
    found = [(StaffRow(*row[:-1]), str(row[-1])) for row in rows]
    return sorted((pair for pair in found if pair[0].reaches(path)), key=lambda pair: -len(pair[0].path))


async def link_account(
    connection: AsyncConnection, staff: StaffRow, channel: ChannelKind, external_id: str, now: datetime
) -> None:
    """Tie a chat account to a member of staff. A code links one account only: a second one is refused."""
    a = t.staff_account
    owner = (
        await connection.execute(select(a.c.external_id).where(a.c.staff_id == staff.id, a.c.channel == channel))
    ).scalar()
    if owner == external_id:
        return
    if owner is not None:
        raise NotAllowed(phrase("mistake.staff_code_used"))
    await connection.execute(a.delete().where(a.c.channel == channel, a.c.external_id == external_id))
    await connection.execute(
        a.insert().values(channel=channel, external_id=external_id, staff_id=staff.id, linked_at=now)
    )  # fmt: skip


async def change(connection: AsyncConnection, staff_id: int, **columns: Any) -> StaffRow:
    """Write `name`, `role`, `area_id` or `phone`; what they did before stays theirs."""
    await connection.execute(update(t.staff).where(t.staff.c.id == staff_id).values(columns))
    return await by_id(connection, staff_id)


async def end(connection: AsyncConnection, staff_id: int, at: datetime | None) -> StaffRow:
    """Their role ends at `at`, which may be to come, or never: nothing they did is touched. Accounts stay linked."""
    return await change(connection, staff_id, ended_at=at)
