"""Where people live and where we can post: areas, households, their telephones, accounts and chats."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from announcements.types import AreaKind, ChannelKind, Device
from db.tables.columns import key, link, words


class Area(SQLModel, table=True):
    """A node of the tree. `path` is the ids from the root down, eight hex digits each: a subtree is a prefix.

    A retired area was merged into the one it lies in; that may be retired itself by now.
    """

    id: int | None = key()
    code: str = Field(unique=True)  # ASCII, stable across renames
    name: str
    kind: AreaKind = Field(sa_type=words(AreaKind))
    parent_id: int | None = link("area.id", nullable=True, index=True)
    path: str = Field(index=True)
    position: int = 0  # order among siblings, as a person would list them
    retired_at: datetime | None = None


class FormerName(SQLModel, table=True):
    """What an area was called before: people, and roster files, go on using it."""

    __tablename__ = "former_name"

    area_id: int = link("area.id", primary_key=True)
    name: str = Field(primary_key=True)
    until: datetime


class Household(SQLModel, table=True):
    id: int | None = key()
    code: str = Field(unique=True)
    area_id: int = link("area.id", index=True)
    head_name: str
    representative: str
    address: str = ""
    note: str = ""
    device: Device = Field(default=Device.UNKNOWN, sa_type=words(Device))
    joined_at: datetime = Field(index=True)  # came to its present area; late joiners are found by it
    left_at: datetime | None = None
    words: str = Field(default="", sa_column_kwargs={"server_default": ""})  # it is found by: db/places/directory.py


class Phone(SQLModel, table=True):
    """A household's telephone, E.164. Two households may share one."""

    household_id: int = link("household.id", primary_key=True, ondelete="CASCADE")
    number: str = Field(primary_key=True, index=True)
    position: int = 0


class Account(SQLModel, table=True):
    """What was last learnt of an account; its settings are in the configuration."""

    name: str = Field(primary_key=True)
    channel: ChannelKind = Field(sa_type=words(ChannelKind))
    public_name: str = ""
    down_since: datetime | None = None
    down_reason: str = ""
    checked_at: datetime | None = None
    heard_at: datetime | None = None  # when its updates were last taken in
    send_failed_at: datetime | None = None  # when a send last showed that it does not work
    # How an event that was refused is signed, when that is another way than the configuration says.
    signed_otherwise: str = Field(default="", sa_column_kwargs={"server_default": ""})


class OauthToken(SQLModel, table=True):
    """The tokens of an account whose platform exchanges them: see db/platforms/tokens.py. `seed` tells which refresh
    token of the configuration was taken last."""

    __tablename__ = "oauth_token"

    account: str = Field(primary_key=True)
    refresh_token: str
    access_token: str = ""
    access_until: datetime | None = None
    renew_at: datetime | None = None
    renewing_since: datetime | None = None
    lease: str | None = None
    lease_until: datetime | None = None
    trouble: str = ""
    trouble_at: datetime | None = None
    seed: str = ""


class Chat(SQLModel, table=True):
    """A place an account can post to. `lost_reason` is what its last refusal said; a success or a check clears it."""

    __table_args__ = (
        UniqueConstraint("account", "address"),
        Index("ix_chat_serving", "area_id", sqlite_where=text("active"), postgresql_where=text("active")),
    )

    id: int | None = key()
    account: str
    channel: ChannelKind = Field(sa_type=words(ChannelKind))
    address: str
    title: str = ""
    area_id: int = link("area.id")
    active: bool = True
    # Gets nothing by itself: it takes over what a chat of its area that is down can't get.
    reserve: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    lost_reason: str = ""
    lost_at: datetime | None = None


class OldAddress(SQLModel, table=True):
    """Addresses a chat had before it moved: presses and errors under the old one still find it."""

    __tablename__ = "old_address"

    account: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    chat_id: int = link("chat.id")
