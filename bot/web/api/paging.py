"""Long lists in pages: a cursor says behind which row the next page begins, so that new rows shift nothing."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from bot.web.api.problems import ApiRefusal, Trouble
from bot.web.wording import say

MOST = 200
USUAL = 50

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last.")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for: `limit` rows from behind the one with the id `after`."""

    limit: int
    after: int | None

    @property
    def look(self) -> int:
        """How many rows to read: one more says that there is another page."""
        return self.limit + 1

    def page(self, found: Sequence[T], id_of: Callable[[T], int], show: Callable[[T], Any]) -> dict[str, Any]:
        """The JSON of a page out of `look` rows."""
        rows = found[: self.limit]
        more = len(found) > self.limit
        return {"items": [show(row) for row in rows], "next_cursor": write_cursor(id_of(rows[-1])) if more else None}


def write_cursor(row_id: int) -> str:
    """The cursor of a row; what it holds is nobody's business but ours."""
    return base64.urlsafe_b64encode(f"1.{row_id}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> int | None:
    """The id in a cursor, or None when it is not one of ours."""
    try:
        version, _, number = (
            base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode().partition(".")
        )
    except (binascii.Error, ValueError):
        return None
    return int(number) if version == "1" and number.isascii() and number.isdecimal() and len(number) < 19 else None


def _paging(
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many rows at most.")] = USUAL,
    cursor: Annotated[
        str | None, Query(max_length=100, description="`next_cursor` of the page before; empty for the first page.")
    ] = None,
) -> Paging:
    after = None if not cursor else read_cursor(cursor)
    if cursor and after is None:
        wrong = {"in": "query", "field": "cursor", "detail": say("api_field.cursor")}
        raise ApiRefusal(Trouble.INVALID, errors=[wrong])
    return Paging(limit, after)


Paged = Annotated[Paging, Depends(_paging)]
