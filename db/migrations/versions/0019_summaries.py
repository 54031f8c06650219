"""the count that a chat without a live one is told once

Revision 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DUE = sa.text("summary_due IS NOT NULL")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("summary_due", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("summary_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("summary_id", sa.String(), nullable=True))
    op.create_index(
        "ix_delivery_summary", "delivery", ["account", "summary_due"], sqlite_where=DUE, postgresql_where=DUE
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_summary", "delivery", sqlite_where=DUE, postgresql_where=DUE)
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        for column in ("summary_id", "summary_at", "summary_due"):
            batch_op.drop_column(column)
