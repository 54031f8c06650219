"""Leaders are told that people wrote: the nearest who can be, at most once an hour, however much was written.

Of what may be a call for help they are told at once.

A step of the heartbeat (`bot/app.py`). What was told last is remembered by the tiding itself: its key ends with the
newest message it counted.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from announcements.help_wanted import asks_for_help
from announcements.permissions import MAY, Permission
from announcements.phrases import phrase
from bot.context import Context
from bot.office.channels.posting_words import nearest
from db import tidings
from db.answering import question_lists
from db.answering.question_lists import New
from db.dispatch import postings
from db.dispatch.postings import Leader
from db.tidings import Tiding, Told

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
        found: dict[int, list[New]] = defaultdict(list)
        for one in new:
            for leader in _whose(one.path, leaders):
                found[leader.staff_id].append(one)
        last = await tidings.last_told(connection, list(found), KEY)
        link = context.link("/inbox")
        told = [tiding for staff_id, ones in found.items() if (tiding := _tiding(staff_id, ones, last, now, link))]
        made = await tidings.put(connection, told, now)
    if made:
        context.ring()
    return made


def _tiding(
    staff_id: int, waiting: Sequence[New], last: Mapping[int, Told], now: datetime, link: str
) -> Tiding | None:  # fmt: skip
    """What one leader is told of all that waits for them; None where it is nothing new, or not yet."""
    before = last.get(staff_id)
    unheard = [one for one in waiting if before is None or one.id > int(before.subject.removeprefix(KEY))]
    key = f"{KEY}{max((one.id for one in unheard), default=0)}"
    if any(asks_for_help(one.text) for one in unheard):
        return Tiding(staff_id, key, (phrase("inbox.tell_help", link=link),))
    if unheard and (before is None or before.made_at <= now - AT_MOST_EVERY):
        return Tiding(staff_id, key, (phrase("inbox.tell", count=len(waiting), link=link),))
    return None


def _whose(path: str, leaders: Sequence[Leader]) -> list[Leader]:
    return nearest(path, leaders) if path else [one for one in leaders if question_lists.is_theirs(one.path, path)]
