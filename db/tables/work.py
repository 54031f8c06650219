"""What is to be done and what was done: deliveries, the inbox of raw updates, the audit log."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from announcements.types import DeliveryState
from db.tables.columns import key, link, words


class Delivery(SQLModel, table=True):
    """One broadcast to one chat. Only `db/outbox.py` writes here."""

    __table_args__ = (
        UniqueConstraint("broadcast_id", "chat_id"),
        Index("ix_delivery_in_chat", "chat_id", "broadcast_id"),
        Index(
            "ix_delivery_queued",
            "account",
            "priority",
            "id",
            "next_at",
            "state",  # without it SQLite reads every row to see what the condition already says
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_delivery_in_line",
            "chat_id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_delivery_handed",
            "broadcast_id",
            sqlite_where=text("state = 'handed'"),
            postgresql_where=text("state = 'handed'"),
        ),
        Index(
            "ix_delivery_by_hand",
            "handed_at",
            sqlite_where=text("handed_at IS NOT NULL"),
            postgresql_where=text("handed_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_summary",
            "account",
            "summary_due",
            sqlite_where=text("summary_due IS NOT NULL"),
            postgresql_where=text("summary_due IS NOT NULL"),
        ),
        Index(
            "ix_delivery_nudge",
            "nudge_at",
            sqlite_where=text("nudge_at IS NOT NULL"),
            postgresql_where=text("nudge_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_button",
            "account",
            "id",
            sqlite_where=text("button_id IS NOT NULL"),
            postgresql_where=text("button_id IS NOT NULL"),
        ),
        Index(
            "ix_delivery_button_wanted",
            "account",
            "id",
            sqlite_where=text("button_wanted"),
            postgresql_where=text("button_wanted"),
        ),
        Index(
            "ix_delivery_leased",
            "lease_until",
            sqlite_where=text("state = 'sending'"),
            postgresql_where=text("state = 'sending'"),
        ),
    )

    id: int | None = key()
    broadcast_id: int = link("broadcast.id")
    chat_id: int = link("chat.id")
    area_id: int = link("area.id")  # which the chat served at fan-out: it may serve another since
    account: str
    state: DeliveryState = Field(sa_type=words(DeliveryState))
    priority: int  # minus the urgency: the smallest goes first
    attempts: int = 0  # since it was queued, or sent again by a person
    resent_at: datetime | None = None  # when a person last sent it again: an earlier copy may be in the chat
    next_at: datetime  # not before
    lease: str | None = None  # whose claim it is
    lease_until: datetime | None = None
    # An attempt ended without an answer: a copy may be in the chat, whatever became of later attempts.
    doubtful: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    posted: str = ""  # ids of the pieces that are out, separated by spaces
    button_id: str | None = None  # the message that carries the button
    # Its chat moved and left the button behind: it is to be posted anew.
    button_wanted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    shown: int = 0  # the count its button shows
    sent_at: datetime | None = None
    handed_at: datetime | None = None  # when the ready text was given to a person to post
    posted_by: int | None = link("staff.id", default=None, nullable=True)  # who says that it is in the chat
    recalled_at: datetime | None = None  # when a person posted that it is withdrawn
    recalled_by: int | None = link("staff.id", default=None, nullable=True)
    nudges: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})  # how often its leader was told
    nudge_at: datetime | None = None  # when they are told next
    # Where the chat has no live count: when it is to be told one, when that was begun, the message it became.
    summary_due: datetime | None = None
    summary_at: datetime | None = None
    summary_id: str | None = None
    changed_at: datetime
    error: str = ""


class Inbox(SQLModel, table=True):
    """A raw update, stored before the platform is told we have it."""

    __table_args__ = (
        UniqueConstraint("account", "update_id"),
        Index(
            "ix_inbox_waiting",
            "account",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: int | None = key()
    account: str
    update_id: str
    payload: str  # JSON as it came
    received_at: datetime = Field(index=True)
    done_at: datetime | None = None
    error: str = ""


class Usage(SQLModel, table=True):
    """What the platform of an account took in a month: "2026-11" by the commune's time."""

    account: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    messages: int = 0
    uploads: int = 0


class Outage(SQLModel, table=True):
    """A time in which an account took no updates in for so long that presses were lost."""

    id: int | None = key()
    account: str = Field(index=True)
    began_at: datetime  # the last time it heard
    ended_at: datetime
    told_at: datetime | None = None  # when the authors of open notices were told


class Audit(SQLModel, table=True):
    """Every change a person made. `actor` is a staff code, or `command` for the operator's terminal."""

    id: int | None = key()
    at: datetime = Field(index=True)
    actor: str
    action: str
    subject: str
    detail: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
