"""Programs that use the API: their keys."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from db.tables.columns import key, link


class ApiKey(SQLModel, table=True):
    """A program's key: acts in its area and below, as far as its scopes go, until `ended_at`."""

    __tablename__ = "api_key"

    id: int | None = key()
    prefix: str = Field(unique=True)  # the public part; names the key in lists and in the audit log
    digest: str  # SHA-256 of the secret, hex
    name: str
    scopes: str  # words of KeyScope, separated by spaces
    area_id: int = link("area.id")
    created_by: int | None = link("staff.id", default=None, nullable=True)
    created_at: datetime
    last_used_at: datetime | None = None  # to the minute
    ended_at: datetime | None = None
