"""How a message of the inbox is spoken of: where it was written, and where its answer is. For pages and commands."""

from announcements.phrases import label, phrase
from bot.context import Context
from bot.office.inbox.answering import said
from db.answering.question_lists import QuestionRow


def where_words(one: QuestionRow) -> str:
    """`Zalo (bot), nhóm Tổ 1`."""
    place = phrase("inbox.in_private") if one.private else phrase("inbox.in_group", chat=one.chat or one.area_name)
    return f"{label(one.channel)}, {place}"


def said_words(context: Context, one: QuestionRow) -> str:
    """What became of the answer of one just answered, with the words to copy where nobody says them."""
    lines = [phrase("inbox.answered")]
    if not one.on_its_way(context.clock()):
        lines = [phrase("inbox.answered_by_hand"), said(one.text, one.answer)]
    if one.public:
        lines.append(phrase("inbox.answered_public"))
    return "\n".join(lines)
