"""outages, and buttons left behind

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outage_account", "outage", ["account"])
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("button_wanted", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_delivery_button_wanted",
        "delivery",
        ["account", "id"],
        sqlite_where=sa.text("button_wanted"),
        postgresql_where=sa.text("button_wanted"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_delivery_button_wanted",
        "delivery",
        sqlite_where=sa.text("button_wanted"),
        postgresql_where=sa.text("button_wanted"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("button_wanted")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("heard_at")
    op.drop_index("ix_outage_account", "outage")
    op.drop_table("outage")
