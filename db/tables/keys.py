"""Programs that use the API: their keys, and what was answered to those of their requests that may be repeated."""

from datetime import datetime

from sqlalchemy import JSON
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


class ApiAnswer(SQLModel, table=True):
    """The answer to a request that carried an `Idempotency-Key`: sent again, it gets this one and does nothing more."""

    __tablename__ = "api_answer"

    key_id: int = link("api_key.id", primary_key=True)
    name: str = Field(primary_key=True)  # what the header held
    request_hash: str  # SHA-256, hex: the same name with another request is refused
    answer: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(index=True)
