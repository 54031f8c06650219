"""Changing which words a column takes. Called by migrations, with the lists written out in them."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


def take(table: str, column: str, constraint: str, words: Sequence[str]) -> None:
    """From now on `table.column` takes exactly these words: the CHECK called `constraint` says so."""
    check = f"{column} IN ({', '.join(repr(word) for word in words)})"
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rewrite(connection, table, constraint, check)
        return
    op.drop_constraint(constraint, table, type_="check")
    op.create_check_constraint(constraint, table, check)


def _rewrite(connection: sa.Connection, table: str, constraint: str, check: str) -> None:
    """SQLite can't change a CHECK, and a table that others refer to can't be made anew inside a transaction; no stored
    row is touched by it, so the table's definition is corrected (sqlite.org/lang_altertable.html, section 7)."""
    written = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), {"name": table}
    ).scalar_one()
    corrected, count = re.subn(
        rf"CONSTRAINT {constraint} CHECK \([^()]*\([^()]*\)\)", f"CONSTRAINT {constraint} CHECK ({check})", written
    )
    if count != 1:
        raise ValueError(f"{table} has no {constraint}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": corrected, "name": table},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")
