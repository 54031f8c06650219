"""posting by hand: who has a text, who posted it, who posted its withdrawal

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENTS = ("handed_at", "recalled_at", "nudge_at")
PEOPLE = ("posted_by", "recalled_by")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("delivery", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("nudges", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name in PEOPLE:
        _add_person(name)
    op.create_index(
        "ix_delivery_by_hand",
        "delivery",
        ["handed_at"],
        sqlite_where=sa.text("handed_at IS NOT NULL"),
        postgresql_where=sa.text("handed_at IS NOT NULL"),
    )


def _add_person(name: str) -> None:
    """SQLite adds a column with its foreign key only in words of its own; to make the table anew would copy it all."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text(f"ALTER TABLE delivery ADD COLUMN {name} INTEGER REFERENCES staff (id)"))
        return
    op.add_column("delivery", sa.Column(name, BIG, sa.ForeignKey("staff.id"), nullable=True))


def downgrade() -> None:
    op.drop_index("ix_delivery_by_hand", "delivery")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        for name in (*PEOPLE, "nudges", *MOMENTS):
            batch_op.drop_column(name)
