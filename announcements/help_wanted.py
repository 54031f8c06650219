"""Do somebody's words ask for help? Then a person reads them, and soon: nothing is recorded because of it.

What the phrases are is in the wording; they are compared without tone marks, since who is in need types as it comes.
"""

from functools import cache

from announcements.phrases import phrase
from announcements.text import search_words


def asks_for_help(text: str) -> bool:
    """May `text` be a call for help? Rather once too often."""
    said = f"{search_words(text)} "
    return any(one in said for one in _calls())


@cache
def _calls() -> tuple[str, ...]:
    return tuple(f"{search_words(one)} " for one in phrase("inbox.calls_for_help").split(","))
