"""What a leader writes, where there is no button to press, of texts they post by hand: that they did, that they did not
after all, or that they want the texts once more. Pure; heard in private only.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from announcements.codes import read_code
from announcements.text import fold

_POLITE = r"(?:(?:da|vang|em|toi|minh|chau)\s+)*"
_CODE = r"(?:\s+(?:tin\s+)?(?P<code>tb[\s-]?[0-9a-z]{4}))?"
_END = r"(?:\s+(?:a|nhe|nha|nhe a))?[\s.!]*"
_DONE = r"(?:da\s+dang(?:\s+(?:roi|xong|du|het))*|dang\s+(?:roi|xong)(?:\s+roi)?)(?:\s+tin(?:\s+thu\s+hoi)?)?"


class PostingWord(StrEnum):
    POSTED = "posted"  # the text, or its withdrawal
    NOT_POSTED = "not_posted"
    ONCE_MORE = "once_more"  # what waits, please


_WORDS = {
    PostingWord.POSTED: re.compile(_POLITE + _DONE + _CODE + _END),
    PostingWord.NOT_POSTED: re.compile(_POLITE + r"chua\s+dang(?:\s+duoc)?" + _CODE + _END),
    PostingWord.ONCE_MORE: re.compile(r"/?dang\s?tay[\s.!]*"),
}
LONGEST = 60  # characters: whoever writes more writes about something else


@dataclass(frozen=True, slots=True)
class SaidOfPosting:
    """`code` is the notice's; empty where none was named."""

    word: PostingWord
    code: str = ""


def read_posting(text: str) -> SaidOfPosting | None:
    """What it says of posting by hand; None for everything else."""
    if len(text) > LONGEST:
        return None
    folded = fold(text)
    for word, pattern in _WORDS.items():
        if found := pattern.fullmatch(folded):
            code = found.groupdict().get("code")
            return SaidOfPosting(word, read_code(code) if code else "")
    return None
