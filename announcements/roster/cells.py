"""The text of one cell, whatever a spreadsheet made of it; called for every cell the roster reads."""

import re
from datetime import date

from announcements.text import nfc

# What a spreadsheet shows instead of a value, and the strokes people put where there is none.
_NO_VALUE = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)|[-–—_.…/\\]+", re.IGNORECASE)
_WHOLE = 1e15  # floats count exactly up to here


def cell_text(value: object) -> str:
    """One line in NFC; numbers without the `.0` a spreadsheet adds; empty for blanks, error values and mere strokes."""
    if value is None:
        return ""
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < _WHOLE else value
    elif isinstance(value, date):
        value = f"{value.day}/{value.month}/{value.year}"
    text = nfc(value if isinstance(value, str) else str(value))
    return "" if text and not text[0].isalnum() and _NO_VALUE.fullmatch(text) else text
