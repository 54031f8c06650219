"""Channels: Zalo's bots, Zalo's Official Accounts, and posting by hand.

Revision 0011, after 0010. Going back is refused by PostgreSQL while rows of these channels are there.
"""

from db.migrations import words

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("account", "chat", "conversation", "identity", "pending_press", "staff_account")
BEFORE = ("telegram", "board", "rehearsal")
AFTER = ("telegram", "zalo_bot", "zalo_oa", "assisted", "board", "rehearsal")


def upgrade() -> None:
    for table in TABLES:
        words.take(table, "channel", "known_channelkind", AFTER)


def downgrade() -> None:
    for table in TABLES:
        words.take(table, "channel", "known_channelkind", BEFORE)
