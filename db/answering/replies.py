"""Answers in words, many at a time: what each means for which notice and household, and keeping what it makes of it.

`reply` is an intent for `db/writer.py`. Everything in a reply comes from outside and is checked against what we stored,
as presses are (`db/answering/presses.py`); what is not surely an acknowledgement becomes a question for the leader, in
the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from announcements.answers import Meaning, Reading, read_answer
from announcements.hearing import Heard
from announcements.reach import Answer
from announcements.text import fold
from announcements.types import ChannelKind, Grade, How
from db.answering import answers, questions, replied_about
from db.answering.answers import Record, Verdict
from db.answering.presses import mark_done
from db.answering.questions import Asked, Why
from db.answering.replied_about import About, Missing, Wanted
from db.links import members, pending
from db.links.members import Linked
from db.links.pending import Waiting


@dataclass(frozen=True, slots=True)
class Reply:
    """An intent: what was heard through `account`, and what its words mean by themselves.

    `addressed`: whatever the account hears there is said to it, as in a private conversation or by a mention. Where it
    hears everything, people also talk with each other.
    """

    account: str
    channel: ChannelKind
    heard: Heard
    reading: Reading
    at: datetime
    addressed: bool
    inbox_id: int | None = None  # the stored update, marked done in the same transaction


class ReplyVerdict(StrEnum):
    RECORDED = "recorded"
    AGAIN = "again"  # the household had answered already
    NOT_IN_AUDIENCE = "not_in_audience"
    WITHDRAWN = "withdrawn"
    STRANGER = "stranger"  # an acknowledgement of somebody not linked: kept where the notice is known
    FOREIGN = "foreign"  # names a notice that was not sent there
    SEVERAL = "several"  # notices it may mean
    NONE_OPEN = "none_open"  # no notice it may mean
    ASKED = "asked"  # no acknowledgement: it is in the leader's inbox
    TOUCHED = "touched"  # without words we may read: it reached them, and that is all we know
    UNREADABLE = "unreadable"  # the same of a stranger
    LOST = "lost"  # a stranger's words that are no answer, said to us alone
    CHATTER = "chatter"  # people talking with each other


@dataclass(frozen=True, slots=True)
class Replied:
    """`notice` is the announcement's code; `choices` are those of the open ones where it may be several."""

    verdict: ReplyVerdict
    head_name: str = ""
    broadcast_id: int = 0
    notice: str = ""
    choices: tuple[str, ...] = ()


async def reply(connection: AsyncConnection, intents: Sequence[Reply]) -> list[Replied]:
    """Decide and record. One household is one tick however many members answer however often."""
    people = await members.settled(connection, {(one.channel, one.heard.person) for one in intents})
    understood = [_Understood.of(one, people.get((one.channel, one.heard.person))) for one in intents]
    about = await replied_about.about(connection, [one.wanted for one in understood])
    outcomes = [_decide(one, it) for one, it in zip(understood, about, strict=True)]
    recorded = iter(await answers.record(connection, [out.record for out in outcomes if out.record is not None]))
    results = []
    for one, out in zip(understood, outcomes, strict=True):
        verdict = _VERDICTS[next(recorded).verdict] if out.record is not None else out.verdict
        results.append(Replied(verdict, one.head_name, out.broadcast_id, out.notice, out.choices))
    await pending.keep(connection, [out.waiting for out in outcomes if out.waiting is not None])
    await questions.ask(connection, [out.asked for out in outcomes if out.asked is not None])
    await mark_done(connection, [(one.inbox_id, one.at) for one in intents if one.inbox_id is not None])
    return results


_VERDICTS = {
    Verdict.NEW: ReplyVerdict.RECORDED,
    Verdict.KEPT: ReplyVerdict.AGAIN,
    Verdict.NOT_IN_AUDIENCE: ReplyVerdict.NOT_IN_AUDIENCE,
}


@dataclass(frozen=True, slots=True)
class _Understood:
    """A reply and who said it."""

    reply: Reply
    person: Linked | None
    reading: Reading

    @classmethod
    def of(cls, reply: Reply, person: Linked | None) -> "_Understood":
        """Words that meant nothing by themselves are read again with the names of the sender's household."""
        reading = reply.reading
        if person is not None and reading.meaning is Meaning.UNCLEAR and reply.heard.readable:
            names = {person.head_name, person.representative}
            if any(name.split()[-1:] and fold(name.split()[-1]) in fold(reply.heard.text) for name in names):
                reading = read_answer(reply.heard.text, own_names=sorted(names))
        return cls(reply, person, reading)

    @property
    def head_name(self) -> str:
        return self.person.head_name if self.person else ""

    @property
    def wanted(self) -> Wanted:
        heard, person = self.reply.heard, self.person
        return Wanted(self.reply.account, heard.address, heard.private, self.reading.notice, heard.quoted,
                      self.reply.at, person.household_id if person else None)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What becomes of a reply: at most one of the three is kept."""

    verdict: ReplyVerdict
    broadcast_id: int = 0
    notice: str = ""
    choices: tuple[str, ...] = ()
    record: Record | None = None
    waiting: Waiting | None = None
    asked: Asked | None = None


def _decide(one: _Understood, about: About) -> _Outcome:
    if not one.reply.heard.readable:
        return _touch(one, about)
    if one.reading.meaning is Meaning.ACKNOWLEDGED:
        return _acknowledge(one, about, one.reading.grade or Grade.RECEIVED)
    return _wonder(one, about)


def _acknowledge(one: _Understood, about: About, grade: Grade) -> _Outcome:
    notice, reply = about.notice, one.reply
    if notice is None:
        return _acknowledge_something(one, about)
    if notice.withdrawn:
        return _Outcome(ReplyVerdict.WITHDRAWN, notice.broadcast_id, notice.announcement)
    if one.person is None:
        waiting = Waiting(reply.channel, reply.heard.person, notice.broadcast_id, grade, reply.at, How.REPLY)
        return _Outcome(ReplyVerdict.STRANGER, notice.broadcast_id, notice.announcement, waiting=waiting)
    answer = Answer(How.REPLY, reply.at, grade, reply.channel.value)
    record = Record(notice.broadcast_id, one.person.household_id, answer, one.person.identity_id,
                    external_id=reply.heard.person)  # fmt: skip
    return _Outcome(ReplyVerdict.RECORDED, notice.broadcast_id, notice.announcement, record=record)


def _touch(one: _Understood, about: About) -> _Outcome:
    """No words: it reached somebody, unless it is one of the pictures and stickers that a group shows itself."""
    under_a_notice = one.reply.heard.quoted is not None and about.notice is not None
    if not (one.reply.addressed or under_a_notice):
        return _Outcome(ReplyVerdict.CHATTER)
    if one.person is None:
        return _Outcome(ReplyVerdict.UNREADABLE)
    return _ask(one, about, Why.UNREADABLE, ReplyVerdict.TOUCHED)


_UNSURE = {
    Missing.FOREIGN: ReplyVerdict.FOREIGN,
    Missing.SEVERAL: ReplyVerdict.SEVERAL,
    Missing.NONE: ReplyVerdict.NONE_OPEN,
    Missing.ELSEWHERE: ReplyVerdict.CHATTER,
}


def _acknowledge_something(one: _Understood, about: About) -> _Outcome:
    """ "Đã nhận", and we can't tell what: who wrote in private is asked back, in a group the leader is."""
    if about.missing is None or about.missing is Missing.ELSEWHERE:
        return _Outcome(ReplyVerdict.CHATTER)
    if about.had:
        return _Outcome(ReplyVerdict.AGAIN)
    verdict = _UNSURE[about.missing]
    if one.person is None:
        to_us = one.reply.addressed or about.missing is not Missing.NONE
        return _Outcome(ReplyVerdict.STRANGER if to_us else ReplyVerdict.CHATTER)
    if one.reply.heard.private:
        return _Outcome(verdict, choices=tuple(notice.announcement for notice in about.open))
    if about.missing is Missing.NONE and not one.reply.addressed:
        return _Outcome(ReplyVerdict.CHATTER)
    return _ask(one, about, Why.UNCLEAR, verdict)


def _wonder(one: _Understood, about: About) -> _Outcome:
    """A question, or words that nobody can be sure of: for a person to read, unless they were not said to us."""
    named = about.notice is not None and bool(one.reading.notice or one.reply.heard.quoted)
    unclear = one.reading.meaning is Meaning.UNCLEAR
    to_each_other = about.missing is Missing.ELSEWHERE and unclear
    if not (one.reply.addressed or named or (about.fresh and not to_each_other)):
        return _Outcome(ReplyVerdict.CHATTER)
    if one.person is None and one.reply.heard.private and unclear:
        return _Outcome(ReplyVerdict.LOST)
    return _ask(one, about, Why.UNCLEAR if unclear else Why.QUESTION, ReplyVerdict.ASKED)


def _ask(one: _Understood, about: About, why: Why, verdict: ReplyVerdict) -> _Outcome:
    heard, person, notice = one.reply.heard, one.person, about.notice
    asked = Asked(
        account=one.reply.account,
        channel=one.reply.channel,
        address=heard.address,
        private=heard.private,
        person=heard.person,
        name=heard.name,
        text=heard.text,
        why=why,
        at=one.reply.at,
        message_id=heard.message_id,
        area_id=about.area_id if about.area_id is not None or person is None else person.area_id,
        household_id=person.household_id if person else None,
        broadcast_id=notice.broadcast_id if notice else None,
    )
    return _Outcome(verdict, asked.broadcast_id or 0, notice.announcement if notice else "", asked=asked)
