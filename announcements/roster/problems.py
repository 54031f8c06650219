"""What can be wrong with a row, one function a problem: what it is and what to do. The row and column go with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from announcements.phrases import phrase
from announcements.roster.columns import Column

LONGEST_NAME = 120  # characters, for a person, a village and a group
LONGEST_CODE = 40
LONGEST = {Column.ADDRESS: 250, Column.NOTE: 500}
_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` as the spreadsheet counts it; `column` the contract's heading; `refused`: the row was not taken."""

    row: int
    column: str
    problem: str
    refused: bool


def missing(row: int, columns: Sequence[Column]) -> Problem:
    return Problem(row, columns[0], phrase("row.missing", columns=_listed(columns)), refused=True)


def not_a_name(row: int, column: Column, text: str) -> Problem:
    return Problem(row, column, phrase("row.not_a_name", text=_quoted(text)), refused=True)


def too_long(row: int, column: Column, longest: int) -> Problem:
    return Problem(row, column, phrase("row.too_long", longest=longest), refused=True)


def cut_short(row: int, column: Column, longest: int) -> Problem:
    return Problem(row, column, phrase("row.cut_short", longest=longest), refused=False)


def unread_phone(row: int, text: str) -> Problem:
    return Problem(row, Column.PHONE, phrase("row.unread_phone", text=_quoted(text)), refused=False)


def unknown_device(row: int, text: str) -> Problem:
    return Problem(row, Column.DEVICE, phrase("row.unknown_device", text=_quoted(text)), refused=False)


def code_taken(row: int, code: str, first: int, head: str, differs: Sequence[Column]) -> Problem:
    sentence = phrase("row.code_taken", code=_quoted(code), first=first, head=_quoted(head), differs=_listed(differs))
    return Problem(row, Column.CODE, sentence, refused=True)


def repeats_code(row: int, code: str, first: int) -> Problem:
    return Problem(row, Column.CODE, phrase("row.repeats_code", code=_quoted(code), first=first), refused=False)


def repeats_household(row: int, first: int) -> Problem:
    return Problem(row, Column.HEAD, phrase("row.repeats_household", first=first), refused=False)


def unknown_columns(names: Sequence[str]) -> str:
    """The warning that some columns are kept out."""
    return phrase("roster.unknown_columns", columns=_listed(names))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{_quoted(name)}”" for name in names)


def _quoted(text: str) -> str:
    return text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
