"""Areas are reorganised: their former names; households are found by words without tone marks.

Revision 0005, after 0004.
"""

import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BATCH = 5_000


def upgrade() -> None:
    op.create_table(
        "former_name",
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"]),
        sa.PrimaryKeyConstraint("area_id", "name"),
    )
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.add_column(sa.Column("words", sa.String(), server_default="", nullable=False))
    _fill_words(op.get_bind())


def _fill_words(connection: Any) -> None:
    household = sa.table(
        "household", *(sa.column(name) for name in ("id", "head_name", "representative", "address", "words"))
    )
    change = (
        sa.update(household).where(household.c.id == sa.bindparam("p_id")).values(words=sa.bindparam("p_words"))
    )  # fmt: skip
    last = 0
    while True:
        rows = connection.execute(
            sa.select(household).where(household.c.id > last).order_by(household.c.id).limit(BATCH)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(
            change,
            [{"p_id": row.id, "p_words": _words(row.head_name, row.representative, row.address)} for row in rows],
        )


def _words(*texts: str) -> str:
    decomposed = unicodedata.normalize("NFKD", " ".join(texts).lower())
    letters = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    words = re.sub("[^a-z0-9]+", " ", letters.lower().replace("đ", "d").replace("ð", "d")).split()
    return "".join(f" {word}" for word in words)


def downgrade() -> None:
    with op.batch_alter_table("household", schema=None) as batch_op:
        batch_op.drop_column("words")
    op.drop_table("former_name")
