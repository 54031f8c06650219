"""Mention tokens: `[@id]` in a text calls a person, or everybody, by their telephone. Ours never do.

`neutral` is for what goes out, whoever wrote it; `without` for what people wrote in a group.
"""

import re

from announcements.text import nfc_block

_TOKEN = re.compile(r"\[@([^\[\]]*)\]")
_SPACES = re.compile(r"[^\S\n]{2,}")


def neutral(text: str) -> str:
    """The same text, as long as before, in which nothing is a mention: `[@123]` is shown as `(@123)`."""
    return _TOKEN.sub(r"(@\1)", text).replace("[@", "(@")


def without(text: str) -> str:
    """What a person said besides calling others, in composed form."""
    return nfc_block(_SPACES.sub(" ", _TOKEN.sub(" ", text)))
