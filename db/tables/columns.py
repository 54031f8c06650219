"""Column helpers every table shares, so that each trap is stepped over in one place."""

from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Enum, Integer, TypeDecorator, literal
from sqlalchemy.engine import Dialect
from sqlmodel import Field

# SQLite only counts by itself on a column called INTEGER.
BIG = BigInteger().with_variant(Integer(), "sqlite")


def words(kind: type[StrEnum]) -> Enum:
    """A column of `kind`'s values with a CHECK (the plain type stores member names, and SQLite takes anything)."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=24,
        name=f"known_{kind.__name__.lower()}",
        values_callable=lambda members: [member.value for member in members],
    )


class Level(TypeDecorator[IntEnum]):
    """An `IntEnum` stored as its number, so that SQL can order by it."""

    impl = Integer
    cache_ok = True

    def __init__(self, kind: type[IntEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> IntEnum | None:
        return None if value is None else self.kind(value)


LARGEST_KEY = 2**63 - 1  # what a row's number can be; a larger one, which people can type, names nothing


def key(**more: Any) -> Any:
    """A primary key that counts by itself and won't run out."""
    return Field(default=None, primary_key=True, sa_type=BIG, **more)


def link(column: str, **more: Any) -> Any:
    """A foreign key to `table.column`."""
    return Field(foreign_key=column, sa_type=BIG, **more)


def always(column: Column[Any], value: StrEnum) -> ColumnElement[bool]:
    """`column = 'value'`, written out and not bound: an index on `WHERE state = 'queued'` serves no parameter."""
    return column == literal(value, column.type, literal_execute=True)
