"""Which notice somebody answers who writes "đã nhận": by its code, by the message they quote, or the only one open.

Called by `db/answering/replies.py` for whole batches. Where none of these tells, it is nobody's guess: a person
decides.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from db.answering import posted
from db.answering.posted import Notice, Place

OPEN_FOR = timedelta(days=7)  # so long after a notice went out, words without a code are about it
QUOTED_FOR = timedelta(days=90)  # and so long a quoted message is looked for
FRESH = timedelta(hours=48)  # so long a group talks about a notice: what it says later to itself isn't ours


class Missing(StrEnum):
    """Why no notice was found."""

    FOREIGN = "foreign"  # no such notice went there: mistyped, forged, or another place's
    ELSEWHERE = "elsewhere"  # it answers a message that is no notice
    SEVERAL = "several"  # open ones
    NONE = "none"  # is open


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of one reply. `code` as `codes.read_code` gives it, or empty; `household_id` of a linked person."""

    account: str
    address: str
    private: bool
    code: str
    quoted: str | None
    at: datetime
    household_id: int | None

    @property
    def announcement(self) -> str:
        return self.code.partition(".")[0]


@dataclass(frozen=True, slots=True)
class About:
    """The notice, or why there is none. `open` are the notices it may be; `area_id` is the chat's; `fresh`: something
    went out there lately; `had`: the household had answered all that are open."""

    notice: Notice | None = None
    missing: Missing | None = None
    open: tuple[Notice, ...] = ()
    area_id: int | None = None
    fresh: bool = False
    had: bool = False


@dataclass(slots=True)
class _Found:
    """What the statements of a batch gave."""

    places: dict[posted.Address, Place]
    in_chats: dict[int, list[Notice]]
    earlier: dict[int, list[Notice]]
    of_households: dict[int, list[Notice]]
    called: dict[str, list[Notice]]
    reached: set[tuple[int, int]]

    def about(self, one: Wanted) -> About:
        place = None if one.private else self.places.get((one.account, one.address))
        lately = self._lately(one, place)
        seen = About(
            area_id=place.area_id if place else None,
            fresh=any(notice.open_at(one.at, one.at - FRESH) for notice in lately),
        )
        if one.code:
            found = self._called(one, place)
            return replace(seen, notice=found) if found else replace(seen, missing=Missing.FOREIGN)
        if one.quoted is not None and place is not None:
            found = self._quoted(one.quoted, place)
            return replace(seen, notice=found) if found else replace(seen, missing=Missing.ELSEWHERE)
        return _only(seen, open_ones(lately, one.at))

    def _lately(self, one: Wanted, place: Place | None) -> Sequence[Notice]:
        if one.private:
            return self.of_households.get(one.household_id or 0, ())
        return self.in_chats.get(place.chat_id, ()) if place else ()

    def _called(self, one: Wanted, place: Place | None) -> Notice | None:
        """In a chat it must have been sent there; in private its audience decides later."""
        for notice in self.called.get(one.announcement, ()):
            there = place is not None and (place.chat_id, notice.broadcast_id) in self.reached
            if one.code in (notice.announcement, notice.code) and (there or one.private):
                return notice
        return None

    def _quoted(self, message_id: str, place: Place) -> Notice | None:
        sent = self.in_chats.get(place.chat_id, []) + self.earlier.get(place.chat_id, [])
        return next((notice for notice in sent if message_id in notice.messages), None)


def open_ones(notices: Iterable[Notice], at: datetime) -> tuple[Notice, ...]:
    """Of `notices`, the newest first, those that are open at `at`; of one that goes out again and again the last."""
    newest: dict[str, Notice] = {}
    for notice in notices:
        if notice.open_at(at, at - OPEN_FOR):
            newest.setdefault(notice.announcement, notice)
    return tuple(newest.values())


def _only(seen: About, found: tuple[Notice, ...]) -> About:
    if len(found) == 1:
        return replace(seen, notice=found[0], open=found)
    return replace(seen, missing=Missing.SEVERAL if found else Missing.NONE, open=found)


async def about(connection: AsyncConnection, wanted: Sequence[Wanted]) -> list[About]:
    """What each of `wanted` is about."""
    found = await _read(connection, wanted)
    first = [found.about(one) for one in wanted]
    pairs = {
        (notice.broadcast_id, one.household_id)
        for one, it in zip(wanted, first, strict=True)
        if it.missing is Missing.SEVERAL and one.household_id is not None
        for notice in it.open
    }
    if not pairs:
        return first
    had = await posted.answered(connection, pairs)
    return [_narrowed(one, it, had) for one, it in zip(wanted, first, strict=True)]


def _narrowed(one: Wanted, it: About, had: dict[tuple[int, int], datetime]) -> About:
    """Whoever had answered everything else before the newest came means the newest."""
    if it.missing is not Missing.SEVERAL or one.household_id is None:
        return it
    times = [had.get((notice.broadcast_id, one.household_id)) for notice in it.open]
    newest = it.open[0]
    if all(time is not None for time in times):
        return replace(it, had=True)
    if all(time is not None and time <= newest.published_at for time in times[1:]):
        return replace(it, notice=newest, missing=None)
    return it


async def _read(connection: AsyncConnection, wanted: Sequence[Wanted]) -> _Found:
    """Everything the batch needs, in a handful of statements."""
    earliest = min(one.at for one in wanted)
    places = await posted.places(connection, {(one.account, one.address) for one in wanted if not one.private})
    chats = {
        place.chat_id for one in wanted if not one.code and (place := places.get((one.account, one.address)))
    }  # fmt: skip
    in_chats = await posted.in_chats(connection, chats, earliest - OPEN_FOR)
    households = {one.household_id for one in wanted if one.private and one.household_id and not one.code}
    called = await posted.called(connection, {one.announcement for one in wanted if one.code})
    broadcasts = {notice.broadcast_id for found in called.values() for notice in found}
    asked_in = {place.chat_id for one in wanted if one.code and (place := places.get((one.account, one.address)))}
    return _Found(
        places=places,
        in_chats=in_chats,
        earlier=await _earlier(connection, wanted, places, in_chats, earliest),
        of_households=await posted.of_households(connection, households, earliest - OPEN_FOR),
        called=called,
        reached=await posted.reached(connection, broadcasts, asked_in) if broadcasts else set(),
    )


async def _earlier(
    connection: AsyncConnection, wanted: Collection[Wanted], places: dict[posted.Address, Place],
    in_chats: dict[int, list[Notice]], earliest: datetime,
) -> dict[int, list[Notice]]:  # fmt: skip
    """Older messages of the chats where one is quoted that the newer ones don't have."""
    chats: set[int] = set()
    for one in wanted:
        place = places.get((one.account, one.address))
        if place is None or one.quoted is None or one.code:
            continue
        if not any(one.quoted in notice.messages for notice in in_chats.get(place.chat_id, ())):
            chats.add(place.chat_id)
    return await posted.in_chats(connection, chats, earliest - QUOTED_FOR) if chats else {}
