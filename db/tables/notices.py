"""What is announced and when: announcements, their audience and files, schedules, broadcasts."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from announcements.types import AnnouncementState, FileKind, Kind, Urgency
from db.tables.columns import Level, key, link, words


class Announcement(SQLModel, table=True):
    id: int | None = key()
    code: str = Field(unique=True)
    kind: Kind = Field(sa_type=words(Kind))
    urgency: Urgency = Field(sa_type=Level(Urgency))
    title: str
    body: str
    valid_until: datetime | None = None
    supersedes_id: int | None = link("announcement.id", default=None, nullable=True)
    created_by: int | None = link("staff.id", default=None, nullable=True)
    created_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: int | None = link("staff.id", default=None, nullable=True)


class Audience(SQLModel, table=True):
    """An area an announcement is for: it and everything below."""

    announcement_id: int = link("announcement.id", primary_key=True)
    area_id: int = link("area.id", primary_key=True)


class Attachment(SQLModel, table=True):
    id: int | None = key()
    announcement_id: int = link("announcement.id", index=True)
    position: int
    kind: FileKind = Field(sa_type=words(FileKind))
    name: str
    path: str  # below the data folder's uploads/
    size: int  # bytes


class Upload(SQLModel, table=True):
    """The platform's own name for an attachment, once an account has uploaded it."""

    attachment_id: int = link("attachment.id", primary_key=True)
    account: str = Field(primary_key=True)
    remote_id: str


class Schedule(SQLModel, table=True):
    """When an announcement goes out. `rule` is `once`; `at` its time."""

    id: int | None = key()
    announcement_id: int = link("announcement.id", index=True)
    rule: str = "once"
    at: datetime


class Broadcast(SQLModel, table=True):
    """One time an announcement goes out. `state` moves scheduled → published | missed, and → withdrawn from both.

    Where somebody must approve it, it begins as proposed → scheduled | returned | missed | withdrawn.
    """

    __table_args__ = (
        UniqueConstraint("schedule_id", "due_at"),
        Index(
            "ix_broadcast_waiting",
            "due_at",
            sqlite_where=text("state = 'scheduled'"),
            postgresql_where=text("state = 'scheduled'"),
        ),
    )

    id: int | None = key()
    code: str = Field(unique=True)
    announcement_id: int = link("announcement.id", index=True)
    schedule_id: int = link("schedule.id")
    due_at: datetime
    state: AnnouncementState = Field(sa_type=words(AnnouncementState))
    published_at: datetime | None = Field(default=None, index=True)
    half_at: datetime | None = None  # when half of the audience had acknowledged by themselves
