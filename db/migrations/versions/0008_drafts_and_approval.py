"""Drafts of staff; announcements that wait for approval, or went back to their author.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op

from db.migrations import words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KIND = sa.Enum("notice", "meeting", "health", "payment", "utility", "warning", name="known_kind", native_enum=False,
               create_constraint=True, length=24)  # fmt: skip
BEFORE = ("scheduled", "published", "withdrawn", "missed")


def upgrade() -> None:
    words.take("broadcast", "state", "known_announcementstate", ("proposed", "returned", *BEFORE))
    op.create_table(
        "draft",
        sa.Column("id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("area_id", BIG, nullable=False),
        sa.Column("kind", KIND, nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("later", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supersedes", sa.String(), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("returned_for", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", BIG, nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announcement_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"]),
        sa.ForeignKeyConstraint(["updated_by"], ["staff.id"]),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_draft_author_id", "draft", ["author_id"])
    op.create_index("ix_draft_announcement_id", "draft", ["announcement_id"])


def downgrade() -> None:
    op.drop_table("draft")
    op.execute("UPDATE broadcast SET state = 'withdrawn' WHERE state IN ('proposed', 'returned')")
    words.take("broadcast", "state", "known_announcementstate", BEFORE)
