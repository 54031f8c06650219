"""Which notices were sent to a chat or a household: what a press or a reply there can be about. Nothing here writes.

Called by `db/answering/presses.py` and `db/answering/replies.py` for whole batches. What a person's telephone sends
proves nothing: only what is found here was really sent there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.types import AnnouncementState, Outcome
from db.announcing.board import corrected_by, is_public
from db.batches import by_first, chunks
from db.tables import t

Address = tuple[str, str]  # account, the chat's address there


@dataclass(frozen=True, slots=True)
class Place:
    chat_id: int
    area_id: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A broadcast that went out. `messages` are the platform's ids of it, and of its
    summary, in the chat it was looked up for."""

    broadcast_id: int
    code: str  # of the broadcast
    announcement: str  # its code
    state: AnnouncementState
    published_at: datetime
    valid_until: datetime | None
    corrected: bool
    messages: frozenset[str] = field(default=frozenset())

    @property
    def withdrawn(self) -> bool:
        return self.state is AnnouncementState.WITHDRAWN

    def open_at(self, at: datetime, since: datetime) -> bool:
        """Would somebody who just says "đã nhận" at `at` mean it? Out since `since`, of use, and not corrected."""
        of_use = self.valid_until is None or self.valid_until > at
        out = self.state is AnnouncementState.PUBLISHED and since < self.published_at <= at
        return out and of_use and not self.corrected


def _listed(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


# Built once: for a hundred presses, putting these together again took longer than running them. And two statements
# where one would do: joined, SQLite goes through every delivery of the broadcast to find a few chats.
_CHAT, _OLD, _D, _B, _A, _R = t.chat, t.old_address, t.delivery, t.broadcast, t.announcement, t.recipient
_PLACES = union_all(
    select(_CHAT.c.id, _CHAT.c.address, _CHAT.c.area_id).where(
        _CHAT.c.account == bindparam("account"), _listed(_CHAT.c.address, "addresses")
    ),
    select(_OLD.c.chat_id, _OLD.c.address, _CHAT.c.area_id)
    .join(_CHAT, _CHAT.c.id == _OLD.c.chat_id)
    .where(_OLD.c.account == bindparam("account"), _listed(_OLD.c.address, "addresses")),
)
# A message may be answered before its settlement is committed, and one we are unsure of shows by the answer that it
# arrived, even back in the queue: so it need only have been tried, before or after a person sent it again.
_TRIED = or_(_D.c.attempts > 0, _D.c.resent_at.is_not(None))
_SENT = (
    select(_D.c.chat_id, _B.c.code, _B.c.id.label("broadcast_id"), _B.c.state)
    .join(_B, _B.c.id == _D.c.broadcast_id)
    .where(_listed(_D.c.chat_id, "chats"), _listed(_B.c.code, "codes"), _TRIED)
)
_COLUMNS = (
    _B.c.id, _B.c.code, _A.c.code.label("announcement"), _B.c.state, _B.c.published_at, _A.c.valid_until,
    corrected_by().is_not(None).label("corrected"),
)  # fmt: skip
_SINCE = bindparam("since", type_=_B.c.published_at.type)
_FIRST_SINCE = select(func.min(_B.c.id)).where(_B.c.published_at > _SINCE).scalar_subquery()
_IN_CHATS = (
    select(_D.c.chat_id, _D.c.posted, _D.c.button_id, _D.c.summary_id, *_COLUMNS)
    .select_from(_D)
    .join(_B, _B.c.id == _D.c.broadcast_id)
    .join(_A, _A.c.id == _B.c.announcement_id)
    .where(
        _listed(_D.c.chat_id, "chats"), _D.c.broadcast_id >= _FIRST_SINCE, _B.c.published_at > _SINCE, is_public(_B),
        _TRIED,
    )
)  # fmt: skip
_OF_HOUSEHOLDS = (
    select(_R.c.household_id, *_COLUMNS)
    .select_from(_R)
    .join(_B, _B.c.id == _R.c.broadcast_id)
    .join(_A, _A.c.id == _B.c.announcement_id)
    .where(
        _listed(_R.c.household_id, "households"), _R.c.broadcast_id >= _FIRST_SINCE, _B.c.published_at > _SINCE,
        is_public(_B),
    )
)  # fmt: skip
_CALLED = (
    select(*_COLUMNS)
    .select_from(_B)
    .join(_A, _A.c.id == _B.c.announcement_id)
    .where(_listed(_A.c.code, "codes"), is_public(_B))
    .order_by(_B.c.published_at.desc(), _B.c.id.desc())
)
_REACHED = select(_D.c.chat_id, _D.c.broadcast_id).where(
    _listed(_D.c.broadcast_id, "broadcasts"), _listed(_D.c.chat_id, "chats"), _TRIED
)

_HAD = select(_R.c.household_id, _R.c.answered_at).where(
    _R.c.broadcast_id == bindparam("broadcast"),
    _listed(_R.c.household_id, "households"),
    _R.c.outcome.in_([Outcome.ACKNOWLEDGED, Outcome.TOLD]),
)


async def places(connection: AsyncConnection, wanted: Iterable[Address]) -> dict[Address, Place]:
    """The chats at these addresses; one that has moved is found under its old address, too."""
    found: dict[Address, Place] = {}
    for account, addresses in by_first(wanted):
        rows = await connection.execute(_PLACES, {"account": account, "addresses": addresses})
        found.update({(account, row.address): Place(row.id, row.area_id) for row in rows.all()})
    return found


async def pressed_in(
    connection: AsyncConnection, wanted: Iterable[Address], codes: Collection[str]
) -> dict[tuple[str, str, str], Any]:
    """(account, address, broadcast code) for each of `codes` that was sent there: its `broadcast_id` and `state`."""
    named = await places(connection, wanted)
    by_chat: dict[int, list[Any]] = defaultdict(list)
    for chats in chunks(sorted({place.chat_id for place in named.values()})):
        for row in (await connection.execute(_SENT, {"chats": chats, "codes": list(codes)})).all():
            by_chat[row.chat_id].append(row)
    return {(*address, row.code): row for address, place in named.items() for row in by_chat[place.chat_id]}


async def in_chats(connection: AsyncConnection, chat_ids: Iterable[int], since: datetime) -> dict[int, list[Notice]]:
    """What went out after `since` to each of these chats, the newest first."""
    found: dict[int, list[Notice]] = defaultdict(list)
    for chats in chunks(sorted(set(chat_ids))):
        for row in (await connection.execute(_IN_CHATS, {"chats": chats, "since": since})).all():
            chat_id, posted, button_id, summary_id, *cells = row
            ids = frozenset({*str(posted or "").split(), button_id, summary_id} - {None})
            found[chat_id].append(replace(Notice(*cells), messages=ids))
    return _newest_first(found)


async def of_households(
    connection: AsyncConnection, household_ids: Iterable[int], since: datetime
) -> dict[int, list[Notice]]:  # fmt: skip
    """What went out after `since` to each of these households, the newest first."""
    found: dict[int, list[Notice]] = defaultdict(list)
    for households in chunks(sorted(set(household_ids))):
        for row in (await connection.execute(_OF_HOUSEHOLDS, {"households": households, "since": since})).all():
            household_id, *cells = row
            found[household_id].append(Notice(*cells))
    return _newest_first(found)


async def called(connection: AsyncConnection, codes: Collection[str]) -> dict[str, list[Notice]]:
    """Every broadcast that went out of the announcements with these codes, the newest first."""
    found: dict[str, list[Notice]] = defaultdict(list)
    for some in chunks(sorted(set(codes))):
        for row in (await connection.execute(_CALLED, {"codes": some})).all():
            found[row.announcement].append(Notice(*row))
    return found


async def answered(
    connection: AsyncConnection, pairs: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], datetime]:  # fmt: skip
    """When these (broadcast, household) had it, by themselves or in person; those that have not are not in it."""
    found: dict[tuple[int, int], datetime] = {}
    for broadcast, households in by_first(pairs):
        rows = await connection.execute(_HAD, {"broadcast": broadcast, "households": households})
        found.update({(broadcast, row.household_id): row.answered_at for row in rows.all()})
    return found


async def reached(
    connection: AsyncConnection, broadcast_ids: Collection[int], chat_ids: Collection[int]
) -> set[tuple[int, int]]:
    """(chat, broadcast) of those that were sent there."""
    found: set[tuple[int, int]] = set()
    for chats in chunks(sorted(set(chat_ids))):
        wanted = {"broadcasts": sorted(set(broadcast_ids)), "chats": chats}
        found.update((row.chat_id, row.broadcast_id) for row in (await connection.execute(_REACHED, wanted)).all())
    return found


def _newest_first(found: dict[int, list[Notice]]) -> dict[int, list[Notice]]:
    for of_one in found.values():
        of_one.sort(key=lambda one: (one.published_at, one.broadcast_id), reverse=True)
    return found
