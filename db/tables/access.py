"""How staff get into the pages: one-time sign-in links and the sessions they open. Only hashes of secrets are kept."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from db.tables.columns import key, link


class SignInLink(SQLModel, table=True):
    """Good for one use until `expires_at`. Without `staff_id` it is the first link of an installation without staff."""

    __tablename__ = "sign_in_link"

    token_hash: str = Field(primary_key=True)
    staff_id: int | None = link("staff.id", default=None, nullable=True, index=True)
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class WebSession(SQLModel, table=True):
    """A browser somebody signed in with. `device` is what the browser calls itself, shortened for people."""

    __tablename__ = "web_session"

    id: int | None = key()
    token_hash: str = Field(unique=True)
    staff_id: int = link("staff.id", index=True)
    device: str
    signed_in_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
