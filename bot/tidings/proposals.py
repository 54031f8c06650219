"""Whoever may let a notice out is told that one waits, wherever it was written.

A step of the heartbeat (`bot/app.py`). Each person is told of a proposal once: first the nearest who can be written to,
and everybody above once it has waited for a while.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.channels import PLAIN_TEXT
from announcements.permissions import MAY, Permission
from bot.context import Context
from bot.conversations.approvals import Proposed, answers, question, read
from bot.office.notices import approving, previewing
from db import tidings
from db.access import people
from db.access.people import StaffRow
from db.announcing import lifecycle, notices
from db.announcing.notices import BroadcastRow
from db.places import areas
from db.tidings import Tiding

PATIENCE = timedelta(hours=1)  # before those further up are asked, too


async def ask_approvers(context: Context) -> int:
    """Have everybody told whose word a notice waits for; returns to how many that was new."""
    now = context.clock()
    async with context.database.read() as connection:
        waiting = await lifecycle.proposed(connection)
        able = await people.with_accounts(connection, MAY[Permission.APPROVE], now) if waiting else []
        told = [one for row in waiting for one in await _of(context, connection, row, able)]
        new = await tidings.unknown(connection, told) if told else []
    if not new:
        return 0
    async with context.database.write() as connection:
        made = await tidings.put(connection, new, now)
    context.ring()
    return made


async def _of(
    context: Context, connection: AsyncConnection, row: BroadcastRow, able: Sequence[StaffRow]
) -> list[Tiding]:
    asked = await whom(context, connection, row, able)
    if not asked:
        return []
    proposed = await read(connection, row)
    texts, rows = _texts(context, proposed), tuple(tuple(row) for row in answers(row))
    return [Tiding(staff.id, f"proposal:{row.id}", texts, rows, row.valid_until) for staff in asked]


async def whom(
    context: Context, connection: AsyncConnection, row: BroadcastRow, able: Sequence[StaffRow]
) -> list[StaffRow]:
    """Of those who may approve and can be told: the nearest to the audience, or after `PATIENCE` all of them."""
    top = await areas.by_ids(connection, await notices.audience_of(connection, row.announcement_id))
    fit = [one for one in able if approving.may_decide(one, row) and all(one.reaches(area.path) for area in top)]
    if context.clock() - row.created_at >= PATIENCE:
        return fit
    deepest = max((len(one.path) for one in fit), default=0)
    return [one for one in fit if len(one.path) == deepest]


def _texts(context: Context, proposed: Proposed) -> tuple[str, ...]:
    """The notice as plain chats show it, and the question."""
    words = previewing.said(context, proposed.letter, PLAIN_TEXT, None)
    return (*words.parts, question(context, proposed))
