"""Who acts: staff and their accounts, households' cards and identities, presses that wait for a link, conversations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from announcements.types import ChannelKind, How, Role
from db.tables.columns import key, link, words


class Staff(SQLModel, table=True):
    """A person with a role in an area; may act there and below until `ended_at`."""

    id: int | None = key()
    code: str = Field(unique=True)  # names them in commands, and links their first chat account
    name: str
    role: Role = Field(sa_type=words(Role))
    area_id: int = link("area.id")
    phone: str = ""
    ended_at: datetime | None = None


class StaffAccount(SQLModel, table=True):
    """A staff member's own account on a channel."""

    __tablename__ = "staff_account"

    channel: ChannelKind = Field(sa_type=words(ChannelKind), primary_key=True)
    external_id: str = Field(primary_key=True)
    staff_id: int = link("staff.id", index=True)
    linked_at: datetime


class Card(SQLModel, table=True):
    """A household's printed code. Revoked cards keep their row: an old paper is recognised and refused."""

    id: int | None = key()
    household_id: int = link("household.id", index=True)
    code: str = Field(unique=True)
    issued_at: datetime
    revoked_at: datetime | None = None
    shown_at: datetime | None = None  # when its code was last written in a group, where others read it


class IdentityState(StrEnum):
    WAITING = "waiting"  # asked for; the leader has not decided
    LINKED = "linked"
    REFUSED = "refused"
    REVOKED = "revoked"


class Via(StrEnum):
    """What proved the link."""

    CARD = "card"
    PHONE = "phone"
    LEADER = "leader"


class Identity(SQLModel, table=True):
    """An account of a channel or a board device linked to a household, or one that wishes to be."""

    __table_args__ = (
        UniqueConstraint("channel", "external_id", "household_id"),
        Index(
            "ix_identity_to_say",
            "say_at",
            sqlite_where=text("say_at IS NOT NULL"),
            postgresql_where=text("say_at IS NOT NULL"),
        ),
    )

    id: int | None = key()
    household_id: int = link("household.id", index=True)
    channel: ChannelKind = Field(sa_type=words(ChannelKind))
    external_id: str
    name: str = ""
    state: IdentityState = Field(sa_type=words(IdentityState))
    via: Via = Field(sa_type=words(Via))
    asked_at: datetime
    decided_at: datetime | None = None
    decided_by: int | None = link("staff.id", default=None, nullable=True)
    to_say: str = Field(default="", sa_column_kwargs={"server_default": ""})  # what became of their wish; see `say_at`
    say_at: datetime | None = None  # when they are told; empty once that was begun


class PendingPress(SQLModel, table=True):
    """A press or a reply by somebody not yet linked: credited once they are."""

    __tablename__ = "pending_press"

    channel: ChannelKind = Field(sa_type=words(ChannelKind), primary_key=True)
    external_id: str = Field(primary_key=True)
    broadcast_id: int = link("broadcast.id", primary_key=True)
    grade: str
    pressed_at: datetime
    how: str = Field(default=How.BUTTON.value, sa_column_kwargs={"server_default": How.BUTTON.value})


class Conversation(SQLModel, table=True):
    """Where a person is in a conversation with the bot; survives a restart."""

    channel: ChannelKind = Field(sa_type=words(ChannelKind), primary_key=True)
    external_id: str = Field(primary_key=True)
    topic: str
    state: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime
