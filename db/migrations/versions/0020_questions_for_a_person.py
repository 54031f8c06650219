"""questions: what people wrote that a person has to read

Revision 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANNELS = ("telegram", "zalo_bot", "zalo_oa", "assisted", "board", "rehearsal")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, create_constraint=True, length=24, name=f"known_{name}")


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("channel", _words("channelkind", *CHANNELS), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("why", _words("why", "question", "unclear", "stranger", "unreadable"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("area_id", BIG, nullable=True),
        sa.Column("household_id", BIG, nullable=True),
        sa.Column("broadcast_id", BIG, nullable=True),
        sa.Column("state", _words("questionstate", "open", "credited", "answered", "closed"), nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(), server_default="", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"]),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"]),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"]),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "message_id"),
    )
    op.create_index(
        "ix_question_open",
        "question",
        ["area_id", "id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("question")
