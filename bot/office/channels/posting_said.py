"""What a leader says in words of texts they post by hand, carried out and answered: wherever they write to us.

Buttons name their chat; words don't. They are about the chats whose nearest leader says them, so that nobody speaks for
a whole village by the way.
"""

from collections.abc import Sequence

from announcements.permissions import MAY, Permission
from announcements.phrases import phrase
from announcements.postings import PostingWord, SaidOfPosting
from bot.context import Context
from bot.office.channels import posting
from bot.office.channels.posting import Round
from bot.office.channels.posting_words import DOES, Said, may_take_back, nearest, outcome_words, texts_of
from db.access.people import StaffRow
from db.dispatch import postings
from db.dispatch.postings import Posting

SHOWN = 5  # notices at once


async def answer(context: Context, staff: StaffRow, said: SaidOfPosting) -> list[str]:
    """Do what they say; returns the messages that answer it. Raises `Mistake`."""
    found = await posting.round_of(context, staff)
    if said.word is PostingWord.ONCE_MORE:
        return once_more(context, found, staff.area_name)
    codes = [said.code] if said.code else _meant(context, staff, found, said.word)
    if not codes:  # whoever says that they have not posted, where nothing says that they have, is shown what waits
        return once_more(context, found, staff.area_name)
    if len(codes) > 1:
        asked = "posting.which_not_posted" if said.word is PostingWord.NOT_POSTED else "posting.which"
        return [phrase(asked, count=len(codes), codes=", ".join(codes), code=codes[0])]
    return [await _say(context, staff, codes[0], said.word)]


def once_more(context: Context, found: Round, area: str) -> list[str]:
    """All that waits, each text by itself and what is asked for under it."""
    if not found.count:
        return [none_waits(found, area)]
    asked = [(task, True) for task in found.recalls] + [(task, False) for task in found.tasks]
    texts = [
        text for task, recall in asked[:SHOWN] for text in texts_of(context, task, found.places, recall=recall)
    ]  # fmt: skip
    more = len(asked) - SHOWN
    return [*texts, phrase("posting.more_notices", count=more)] if more > 0 else texts


def none_waits(found: Round, area: str) -> str:
    return phrase("posting.none_waits" if found.by_hand else "posting.no_chats", area=area)


def _meant(context: Context, staff: StaffRow, found: Round, word: PostingWord) -> list[str]:
    """Codes of the notices that it can be about. That it was not posted is said of what one said oneself: who has not
    posted yet does not speak of somebody else's chat."""
    chats = [one for task in (*found.recalls, *found.tasks) for one in task.chats] + list(found.lately)
    if word is PostingWord.NOT_POSTED:
        now = context.clock()
        able = [one for one in chats if one.by == staff.name and may_take_back(one, now)]
    else:
        able = [one for one in chats if _waits(one)]
    return list(dict.fromkeys(one.announcement for one in able))


def _waits(one: Posting) -> bool:
    return one.to_recall or one.waits


async def _say(context: Context, staff: StaffRow, code: str, word: PostingWord) -> str:
    """Of one notice, in the chats that are theirs."""
    task = await posting.task_of(context, code, staff)
    theirs = await _their_own(context, staff, task.chats)
    if not theirs:
        return phrase("posting.open_page", code=code, link=context.link("/posting"))
    if word is PostingWord.NOT_POSTED:
        said = Said.NOT_POSTED
    else:
        said = Said.RECALLED if any(one.to_recall for one in theirs) else Said.POSTED
    result = await DOES[said](context, task.row.code, staff, chats=[one.chat_id for one in theirs])
    return "\n".join(
        outcome_words(context, said, one, changed=one.chat_id in result.changed) for one in result.chats
    )  # fmt: skip


async def _their_own(context: Context, staff: StaffRow, chats: Sequence[Posting]) -> list[Posting]:
    """Those of them whose nearest leader they are; a single one is meant whoever leads there."""
    async with context.database.read() as connection:
        leaders = await postings.leaders(connection, MAY[Permission.RECORD], context.clock())
    own = [one for one in chats if staff.id in {leader.staff_id for leader in nearest(one.path, leaders)}]
    return own or (list(chats) if len(chats) == 1 else [])
