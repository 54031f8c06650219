"""What members of staff are to be told in private."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from db.tables.columns import key, link


class Tiding(SQLModel, table=True):
    """Something one person is told once: `subject` names what. Its words are blanked as soon as they were said."""

    __table_args__ = (
        UniqueConstraint("staff_id", "subject"),
        Index(
            "ix_tiding_waiting",
            "next_at",
            "id",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: int | None = key()
    staff_id: int = link("staff.id")
    subject: str
    texts: list[str] = Field(sa_type=JSON)  # messages, in order
    buttons: list[list[list[str]]] = Field(sa_type=JSON)  # under the last one: rows of [label, data]
    said: int  # how many of `texts` are out, or were about to be when the process ended
    next_at: datetime
    until: datetime  # not worth telling any more
    made_at: datetime = Field(index=True)
    done_at: datetime | None = None
