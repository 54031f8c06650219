"""Versions of the schema: which this program knows, and which one a database has."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

VERSIONS = Path(__file__).with_name("migrations") / "versions"


def known() -> frozenset[str]:
    """Every version this program knows: migrations are files called `0001_….py`, `0002_….py`."""
    return frozenset(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def newest() -> str:
    """The newest of them."""
    return max(known())


def version(connection: Connection) -> str | None:
    """The database's version; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
