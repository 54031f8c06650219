"""How far a broadcast reached: the snapshot of households, their answers, and the counters kept beside them."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from announcements.types import AreaKind, Grade, How, Outcome, Reason
from db.tables.columns import key, link, words


class Recipient(SQLModel, table=True):
    """One household in one broadcast, and where it stands. `area_id` is its area when the snapshot was taken."""

    __table_args__ = (
        Index("ix_recipient_area", "broadcast_id", "area_id", "outcome"),
        {"sqlite_with_rowid": False},
    )

    broadcast_id: int = link("broadcast.id", primary_key=True)
    household_id: int = link("household.id", primary_key=True, index=True)
    area_id: int = link("area.id")
    reachable: bool
    outcome: Outcome = Field(sa_type=words(Outcome))
    grade: Grade | None = Field(default=None, sa_type=words(Grade))
    channel: str = ""  # through which an acknowledgement by themselves came
    answered_at: datetime | None = None


class Acknowledgement(SQLModel, table=True):
    """An answer of or about a household; append-only. `key` makes the same answer twice one row.

    An undo sets `revoked_at`; nothing is ever deleted.
    """

    __table_args__ = (
        Index("ix_acknowledgement_of", "broadcast_id", "household_id"),
        Index(
            "ix_acknowledgement_recorded",
            "at",
            sqlite_where=text("staff_id IS NOT NULL"),
            postgresql_where=text("staff_id IS NOT NULL"),
        ),
    )

    id: int | None = key()
    key: str = Field(unique=True)
    broadcast_id: int = link("broadcast.id")
    household_id: int = link("household.id")
    how: How = Field(sa_type=words(How))
    grade: Grade | None = Field(default=None, sa_type=words(Grade))
    reason: Reason | None = Field(default=None, sa_type=words(Reason))
    channel: str = ""
    identity_id: int | None = link("identity.id", default=None, nullable=True)
    staff_id: int | None = link("staff.id", default=None, nullable=True)
    at: datetime
    revoked_at: datetime | None = None
    revoked_by: int | None = link("staff.id", default=None, nullable=True)


class Reach(SQLModel, table=True):
    """The counters of one area in one broadcast, its whole subtree included, and the tree as it was then.

    `parent_id` is empty at the top of the audience. Open households are what is left of `audience`.
    """

    __table_args__ = (
        Index("ix_reach_children", "broadcast_id", "parent_id"),
        Index("ix_reach_below", "broadcast_id", "path"),
    )

    broadcast_id: int = link("broadcast.id", primary_key=True)
    area_id: int = link("area.id", primary_key=True)
    path: str
    code: str
    name: str
    kind: AreaKind = Field(sa_type=words(AreaKind))
    parent_id: int | None = None
    position: int = 0
    audience: int = 0
    reachable: int = 0
    sent: int = 0
    acknowledged: int = 0
    told: int = 0
    not_reached: int = 0


class Tally(SQLModel, table=True):
    """Acknowledged households of a broadcast by channel and by grade: what the report breaks them down to."""

    broadcast_id: int = link("broadcast.id", primary_key=True)
    what: str = Field(primary_key=True)  # channel | grade
    name: str = Field(primary_key=True)
    households: int = 0


class Tap(SQLModel, table=True):
    """A leader's tap on the door-knock list that was carried out: the same one, sent again from a bad line, is known
    by the key the page gave it."""

    key: str = Field(primary_key=True)
    staff_id: int = link("staff.id")
    at: datetime = Field(index=True)
