"""What staff are still writing."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from announcements.types import Kind, Urgency
from db.tables.columns import Level, key, link, words


class Draft(SQLModel, table=True):
    """An announcement before it is one. Used up by `announcement_id`; an undo or an approver's "no" takes that back."""

    id: int | None = key()
    author_id: int = link("staff.id", index=True)
    area_id: int = link("area.id")  # the author's when it was begun: who may open it
    kind: Kind = Field(sa_type=words(Kind))
    urgency: Urgency = Field(sa_type=Level(Urgency))
    title: str
    body: str
    later: bool  # goes out at `due_at`, not at once
    due_at: datetime | None = None
    valid_until: datetime | None = None
    supersedes: str = ""  # the code of the announcement it corrects
    areas: list[int] = Field(sa_type=JSON)
    files: list[dict[str, Any]] = Field(sa_type=JSON)  # of `db.announcing.notices.NewFile`
    returned_for: str = ""  # why an approver sent it back
    version: int  # of the words; counts up with every change to them
    updated_at: datetime
    updated_by: int = link("staff.id")
    deleted_at: datetime | None = None
    announcement_id: int | None = link("announcement.id", default=None, nullable=True, index=True)
