"""What is known of one household: who answers for it, its cards, what it was told and answered. Reading only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind, Grade, How, Outcome, Reason
from db.tables import IdentityState, Via, t


@dataclass(frozen=True, slots=True)
class Linked:
    """An account or device of a household. `others`: how many more households it stands for, as helpers' do."""

    id: int
    channel: ChannelKind
    name: str
    state: IdentityState
    via: Via
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str  # a name; empty where nobody had to
    others: int

    @property
    def active(self) -> bool:
        return self.state is IdentityState.LINKED


async def links(connection: AsyncConnection, household_id: int) -> list[Linked]:
    """Accounts and devices, those in use first; neither their ids nor anybody's numbers."""
    i, other, s = t.identity, t.identity.alias("other"), t.staff
    others = (
        select(func.count())
        .where(other.c.channel == i.c.channel, other.c.external_id == i.c.external_id,
               other.c.household_id != i.c.household_id, other.c.state == IdentityState.LINKED)
        .scalar_subquery()
    )  # fmt: skip
    rows = await connection.execute(
        select(i.c.id, i.c.channel, i.c.name, i.c.state, i.c.via, i.c.asked_at, i.c.decided_at,
               func.coalesce(s.c.name, ""), others)
        .outerjoin(s, s.c.id == i.c.decided_by)
        .where(i.c.household_id == household_id)
        .order_by((i.c.state == IdentityState.LINKED).desc(), i.c.id)
    )  # fmt: skip
    return [Linked(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CardOf:
    code: str
    issued_at: datetime
    revoked_at: datetime | None
    shown_at: datetime | None  # when others last read its code in a group

    @property
    def known_to_others(self) -> bool:
        return self.shown_at is not None and self.revoked_at is None


async def cards(connection: AsyncConnection, household_id: int) -> list[CardOf]:
    """The household's cards, the newest first."""
    card = t.card
    rows = await connection.execute(
        select(card.c.code, card.c.issued_at, card.c.revoked_at, card.c.shown_at)
        .where(card.c.household_id == household_id)
        .order_by(card.c.id.desc())
    )
    return [CardOf(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Told:
    """Where the household stands in one broadcast."""

    code: str  # of the broadcast
    announcement: str
    title: str
    published_at: datetime | None
    outcome: Outcome
    grade: Grade | None
    channel: str
    answered_at: datetime | None


async def told(connection: AsyncConnection, household_id: int, limit: int) -> list[Told]:
    """Broadcasts the household is in, the newest first."""
    r, b, a = t.recipient, t.broadcast, t.announcement
    rows = await connection.execute(
        select(b.c.code, a.c.code, a.c.title, b.c.published_at, r.c.outcome, r.c.grade, r.c.channel, r.c.answered_at)
        .join(b, b.c.id == r.c.broadcast_id)
        .join(a, a.c.id == b.c.announcement_id)
        .where(r.c.household_id == household_id)
        .order_by(b.c.due_at.desc(), b.c.id.desc())
        .limit(limit)
    )
    return [Told(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of or about the household; `by` is the person who recorded it, or the account's own name."""

    broadcast: str
    how: How
    grade: Grade | None
    reason: Reason | None
    channel: str
    at: datetime
    by: str
    revoked_at: datetime | None


async def answers(connection: AsyncConnection, household_id: int, limit: int) -> list[Said]:
    """What was answered, by whom, those taken back included; the newest first."""
    a, b, i, s, r = t.acknowledgement, t.broadcast, t.identity, t.staff, t.recipient
    mine = select(r.c.broadcast_id).where(r.c.household_id == household_id)
    rows = await connection.execute(
        select(b.c.code, a.c.how, a.c.grade, a.c.reason, a.c.channel, a.c.at, func.coalesce(s.c.name, i.c.name, ""),
               a.c.revoked_at)
        .join(b, b.c.id == a.c.broadcast_id)
        .outerjoin(i, i.c.id == a.c.identity_id)
        .outerjoin(s, s.c.id == a.c.staff_id)
        .where(a.c.household_id == household_id, a.c.broadcast_id.in_(mine))
        .order_by(a.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [Said(*row) for row in rows]
