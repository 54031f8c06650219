"""reserve chats, deliveries that may have arrived, accounts that fail at sending

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chat", sa.Column("reserve", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("delivery", sa.Column("doubtful", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("account", sa.Column("send_failed_at", sa.DateTime(timezone=True), nullable=True))
    # What was sent again by a person may have been so because of a doubt.
    op.execute("UPDATE delivery SET doubtful = true WHERE state = 'unconfirmed' OR resent_at IS NOT NULL")


def downgrade() -> None:
    for table, column in (("account", "send_failed_at"), ("delivery", "doubtful"), ("chat", "reserve")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
