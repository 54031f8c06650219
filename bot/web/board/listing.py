"""Households with their open notices, as the first page and the card's page list them: the unanswered ones first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import ChannelKind
from bot.web.board.seen import OPEN
from db.announcing import board
from db.announcing.board import OpenNotice
from db.links import identities
from db.links.cards import CardRow


@dataclass(frozen=True, slots=True)
class Entry:
    """`card` is set for the household whose card opened the page: it proves the answers given there."""

    household_id: int
    household: str
    head_name: str
    area_name: str
    remembered: bool
    card: str = ""
    waiting: tuple[OpenNotice, ...] = ()
    answered: tuple[OpenNotice, ...] = ()


async def entries(
    connection: AsyncConnection, device: str | None, now: datetime, card: CardRow | None = None
) -> list[Entry]:
    """The card's household first, then those the device remembers; whoever still has to answer goes before others."""
    rows = await identities.of(connection, ChannelKind.BOARD, device) if device else []
    ids = {row.household_id for row in rows} | ({card.household_id} if card else set())
    notices = await board.open_notices(connection, sorted(ids), now) if ids else []
    own = card.household_id if card else None
    found = [
        _entry(row.household_id, row.household, row.head_name, row.area_name, notices, True,
               card.code if card and row.household_id == own else "")
        for row in rows
    ]  # fmt: skip
    if card and own not in {row.household_id for row in rows}:
        found.append(
            _entry(card.household_id, card.household, card.head_name, card.area_name, notices, False, card.code)
        )
    return sorted(found, key=lambda entry: (entry.household_id != own, not entry.waiting))


def _entry(
    household_id: int, household: str, head_name: str, area_name: str, notices: Sequence[OpenNotice], remembered: bool,
    card: str,
) -> Entry:  # fmt: skip
    own = [notice for notice in notices if notice.household_id == household_id]
    waiting = tuple(notice for notice in own if notice.standing.outcome in OPEN)
    answered = tuple(notice for notice in own if notice.standing.outcome not in OPEN)
    return Entry(household_id, household, head_name, area_name, remembered, card, waiting, answered)
