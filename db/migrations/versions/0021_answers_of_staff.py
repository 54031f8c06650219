"""answers of staff: said where it was asked, shown on the notice's page; what a question was credited as

Revision 0021, after 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("question", sa.Column("send_at", sa.DateTime(timezone=True), nullable=True))
    _add_acknowledgement()
    op.create_index(
        "ix_question_to_say",
        "question",
        ["send_at"],
        sqlite_where=sa.text("send_at IS NOT NULL"),
        postgresql_where=sa.text("send_at IS NOT NULL"),
    )
    op.create_table(
        "notice_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("broadcast_id", BIG, nullable=False),
        sa.Column("question_id", BIG, nullable=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"]),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("question_id"),
    )
    op.create_index(op.f("ix_notice_answer_broadcast_id"), "notice_answer", ["broadcast_id"])


def _add_acknowledgement() -> None:
    """SQLite adds a column with its foreign key only in words of its own; to make the table anew would copy it all."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            sa.text("ALTER TABLE question ADD COLUMN acknowledgement_id INTEGER REFERENCES acknowledgement (id)")
        )
        return
    op.add_column("question", sa.Column("acknowledgement_id", BIG, sa.ForeignKey("acknowledgement.id"), nullable=True))


def downgrade() -> None:
    op.drop_table("notice_answer")
    op.drop_index("ix_question_to_say", "question")
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_column("acknowledgement_id")
        batch_op.drop_column("send_at")
