"""answers in words: what was sent to a chat lately, and how a stranger answered

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pending_press", sa.Column("how", sa.String(), nullable=False, server_default="button"))
    op.create_index("ix_broadcast_published_at", "broadcast", ["published_at"])
    op.create_index("ix_delivery_in_chat", "delivery", ["chat_id", "broadcast_id"])
    op.drop_index("ix_delivery_chat_id", "delivery")


def downgrade() -> None:
    op.create_index("ix_delivery_chat_id", "delivery", ["chat_id"])
    op.drop_index("ix_delivery_in_chat", "delivery")
    op.drop_index("ix_broadcast_published_at", "broadcast")
    op.drop_column("pending_press", "how")
