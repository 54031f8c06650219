"""An answer of staff to somebody's question: its words, where they are said, and who may show them to everybody."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.mistakes import Mistake, NotAllowed
from announcements.phrases import phrase
from announcements.splitting import shorten
from announcements.text import nfc, nfc_block
from announcements.types import AnnouncementState
from bot.office.actors import Actor
from bot.office.notices.announcing import must_own
from db.announcing import notices
from db.announcing.notice_answers import PublicAnswer
from db.announcing.notices import BroadcastRow
from db.answering.question_lists import QuestionRow

LONGEST_ANSWER = 1000  # with its frame it fits into one message of every channel
LONGEST_QUESTION = 300  # on a notice's page
QUOTED = 80  # of the question, before its answer


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody of staff writes. `public`: for everybody, on the page of the notice it is about, or of `notice`
    (a code); the question stands there as it was asked or as `question` has it."""

    text: str
    public: bool = False
    question: str = ""
    notice: str = ""

    def as_public(self, one: QuestionRow) -> PublicAnswer:
        """What everybody sees: no name beside it. Raises `Mistake` when there is no question."""
        question = self.question or nfc(one.text)
        if not question:
            raise Mistake(phrase("inbox.no_public_question"))
        if len(question) > LONGEST_QUESTION:
            raise Mistake(phrase("inbox.question_long", length=len(question), most=LONGEST_QUESTION))
        return PublicAnswer(question, self.text)


def checked(reply: Reply) -> Reply:
    """In composed form and trimmed. Raises `Mistake` when it says nothing, or too much."""
    text = nfc_block(reply.text)
    if not text:
        raise Mistake(phrase("inbox.no_answer"))
    if len(text) > LONGEST_ANSWER:
        raise Mistake(phrase("inbox.answer_long", length=len(text), most=LONGEST_ANSWER))
    return replace(reply, text=text, question=nfc(reply.question), notice=reply.notice.strip())


async def on_notice(connection: AsyncConnection, one: QuestionRow, reply: Reply, staff: Actor | None) -> BroadcastRow:
    """The notice whose page shows it. Everybody in its audience reads that page, so all of it must be theirs."""
    code = reply.notice or one.broadcast
    if not code:
        raise Mistake(phrase("inbox.no_notice"))
    row = await notices.find(connection, code)
    if row.state is AnnouncementState.WITHDRAWN:
        raise Mistake(phrase("mistake.withdrawn", code=row.announcement))
    try:
        await must_own(connection, row, staff)
    except NotAllowed:
        name = staff.name if staff is not None else ""
        raise NotAllowed(phrase("inbox.public_too_wide", code=row.announcement, staff=name)) from None
    return row


def said(question: str, answer: str) -> str:
    """What is said where it was asked: the answer under a few words of the question, so that a group knows which. It
    names nobody."""
    quoted = shorten(nfc(question), QUOTED)
    return phrase("inbox.answer", question=quoted, answer=answer) if quoted else phrase(
        "inbox.answer_unreadable", answer=answer
    )  # fmt: skip
