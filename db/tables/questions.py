"""What people wrote that is no acknowledgement: for a person to read."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from announcements.types import ChannelKind
from db.tables.columns import key, link, words


class Why(StrEnum):
    """Why a person has to look."""

    QUESTION = "question"  # somebody wants to know something
    UNCLEAR = "unclear"  # it may be an acknowledgement, or not, or of which notice isn't sure
    STRANGER = "stranger"  # of whom nobody knows the household
    UNREADABLE = "unreadable"  # the platform kept the words to itself: it reached them, that is all


class QuestionState(StrEnum):
    OPEN = "open"
    CREDITED = "credited"  # it was an acknowledgement after all
    ANSWERED = "answered"
    CLOSED = "closed"


class Question(SQLModel, table=True):
    """One message. `area_id` is that of the chat, or in private of the household: whose leaders see it."""

    __table_args__ = (
        UniqueConstraint("account", "message_id"),
        Index(
            "ix_question_open",
            "area_id",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_question_to_say",
            "send_at",
            sqlite_where=text("send_at IS NOT NULL"),
            postgresql_where=text("send_at IS NOT NULL"),
        ),
    )

    id: int | None = key()
    account: str
    channel: ChannelKind = Field(sa_type=words(ChannelKind))
    address: str  # where it was said, and is answered
    private: bool
    person: str  # the platform's id
    name: str
    text: str
    why: Why = Field(sa_type=words(Why))
    at: datetime
    message_id: str
    area_id: int | None = link("area.id", default=None, nullable=True)
    household_id: int | None = link("household.id", default=None, nullable=True)
    broadcast_id: int | None = link("broadcast.id", default=None, nullable=True)
    state: QuestionState = Field(sa_type=words(QuestionState))
    decided_by: int | None = link("staff.id", default=None, nullable=True)
    decided_at: datetime | None = None
    answer: str = Field(default="", sa_column_kwargs={"server_default": ""})
    send_at: datetime | None = None  # when the answer is said; empty once that was begun
    told_at: datetime | None = None  # when the answer went out
    acknowledgement_id: int | None = link("acknowledgement.id", default=None, nullable=True)  # what it was credited as


class NoticeAnswer(SQLModel, table=True):
    """A question and its answer on a notice's page, for everybody: in staff's words, without a name."""

    __tablename__ = "notice_answer"
    __table_args__ = (UniqueConstraint("question_id"),)

    id: int | None = key()
    broadcast_id: int = link("broadcast.id", index=True)
    question_id: int | None = link("question.id", default=None, nullable=True)  # empty once that is forgotten
    question: str
    answer: str
    made_at: datetime
