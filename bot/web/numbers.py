"""Numbers of rows, and of the pages of a list, as addresses, queries and forms bring them.

Every page reads such numbers with these. What is longer than a database counts names nothing, and breaks no page.
"""

from typing import Annotated

from pydantic import Field

DIGITS = 18

RowNumber = Annotated[int, Field(ge=0, lt=10**DIGITS)]
"""In a query or a form; anything else is a form that could not be read."""

PageNumber = Annotated[int, Field(ge=1, le=10_000)]


def row_number(text: object) -> int | None:
    """The same of what a page reads out of a form by hand; None for whatever is no such number."""
    plain = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= DIGITS
    return int(str(text)) if plain else None
