"""Leaders are told that people wrote: the nearest who can be, at most once an hour, however much was written.

A step of the heartbeat (`bot/app.py`). What was told last is remembered by the tiding itself: its key ends with the
newest message it counted.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from announcements.permissions import MAY, Permission
from announcements.phrases import phrase
from bot.context import Context
from bot.office.channels.posting_words import nearest
from db import tidings
from db.answering import question_lists
from db.dispatch import postings
from db.dispatch.postings import Leader
from db.tidings import Tiding

AT_MOST_EVERY = timedelta(hours=1)
LATELY = timedelta(days=1)  # what has waited for longer is told by the page alone
KEY = "inbox:"


async def tell_of_questions(context: Context) -> int:
    """Have leaders told of what is new in their inbox; returns how many are."""
    now = context.clock()
    async with context.database.read() as connection:
        if not await question_lists.newer(connection, now - LATELY):
            return 0
    async with context.database.write() as connection:
        new = await question_lists.newer(connection, now - LATELY)
        leaders = await postings.leaders(connection, MAY[Permission.RECORD], now)
        found: dict[int, list[int]] = defaultdict(list)
        for one in new:
            for leader in _whose(one.path, leaders):
                found[leader.staff_id].append(one.id)
        last = await tidings.last_told(connection, list(found), KEY)
        told = []
        for staff_id, ids in found.items():
            before = last.get(staff_id)
            unheard = [one for one in ids if before is None or one > int(before.subject.removeprefix(KEY))]
            if unheard and (before is None or before.made_at <= now - AT_MOST_EVERY):
                text = phrase("inbox.tell", count=len(ids), link=context.link("/inbox"))
                told.append(Tiding(staff_id, f"{KEY}{max(unheard)}", (text,)))
        made = await tidings.put(connection, told, now)
    if made:
        context.ring()
    return made


def _whose(path: str, leaders: Sequence[Leader]) -> list[Leader]:
    return nearest(path, leaders) if path else [one for one in leaders if question_lists.is_theirs(one.path, path)]
