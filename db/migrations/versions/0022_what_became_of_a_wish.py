"""what somebody who wished to be linked is told

Revision 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

WAITING = sa.text("say_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("identity", sa.Column("to_say", sa.String(), nullable=False, server_default=""))
    op.add_column("identity", sa.Column("say_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_identity_to_say", "identity", ["say_at"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index("ix_identity_to_say", "identity")
    op.drop_column("identity", "say_at")
    op.drop_column("identity", "to_say")
