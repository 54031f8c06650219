"""Alembic's entry: runs on the connection that `db/migrating.py` hands over, never on one of its own."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Enum
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from db.tables import metadata
from db.tables.columns import Level


def render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Migrations name plain types only: they must still run when our own types have changed."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return "sa.String()"
    if isinstance(item, Level):
        return "sa.Integer()"
    if isinstance(item, Enum):
        members = ", ".join(map(repr, item.enums))
        return (
            f"sa.Enum({members}, name={item.name!r}, native_enum=False, create_constraint=True, length={item.length})"
        )
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()
