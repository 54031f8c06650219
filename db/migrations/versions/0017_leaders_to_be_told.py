"""posting by hand: deliveries whose leaders are to be told, found by their time

Revision 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_delivery_nudge",
        "delivery",
        ["nudge_at"],
        sqlite_where=sa.text("nudge_at IS NOT NULL"),
        postgresql_where=sa.text("nudge_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_nudge", "delivery")
