"""What a person writes to be known: a card's code, a staff code, a wish to be linked or no longer to be.

Pure. Read by private conversations and wherever else an account hears. Codes may be typed with any gaps, in any case
and form; a code read here may still be nobody's.
"""

import re
import unicodedata
from dataclasses import dataclass

from announcements.codes import ALPHABET, STAFF_PREFIX, read_code
from announcements.text import fold, nfc

# One gap at most, and in the middle: "ok ok ok" is no code.
_CARD = re.compile(rf"[{ALPHABET}OIL]{{3}}[ -]?[{ALPHABET}OIL]{{3}}")
_NAMED_CARD = re.compile(r"LK[\s:.-]+(\S.{0,30})|LK([0-9A-Z]{6})")
_STAFF = re.compile(rf"{STAFF_PREFIX}-[0-9A-Z]{{8}}")

_MARK = r"(?<![0-9A-Z])LK[\s:.,-]*"
_GAP = r"[\s.-]?"
_CARD_INSIDE = re.compile(rf"{_MARK}((?:[{ALPHABET}OIL]{_GAP}){{5}}[{ALPHABET}OIL])(?![0-9A-Z])")
_STAFF_INSIDE = re.compile(rf"(?:{_MARK})?({STAFF_PREFIX}{_GAP}(?:[0-9A-Z]{_GAP}){{7}}[0-9A-Z])(?![0-9A-Z])")
_GAPS = re.compile(r"[\s.-]+")
MOST_GAPS = 2  # inside a card's code: words of one letter are no code
LONGEST = 80  # characters: whoever writes more writes about something else

_LINKING = (("lk",), ("lien", "ket"))
_WHICH_GROUP = frozenset({"nhom", "ma nhom"})
_SIGN_IN = frozenset({"web", "dang nhap", "trang web", "trang quan ly"})
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Card:
    """Link me by this code."""

    code: str


@dataclass(frozen=True, slots=True)
class StaffCode:
    """I am this member of staff."""

    code: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """I am of no household any more."""


@dataclass(frozen=True, slots=True)
class Household:
    """I have no card; my head of household is `name`. Somebody has to say yes."""

    name: str


@dataclass(frozen=True, slots=True)
class WhichGroup:
    """What is this group called by the platform? Whoever sets the account up asks."""


Wish = Card | StaffCode | Unlink | Household | WhichGroup


def card_in(text: str) -> str | None:
    """The card code a message consists of ("7k3m9q", "LK 7K3M9Q"), or None. After LK anything is taken for one."""
    upper = unicodedata.normalize("NFKC", text).strip().upper()
    if _CARD.fullmatch(upper):
        return read_code(upper)
    named = _NAMED_CARD.fullmatch(upper)
    return read_code(named[1] or named[2]) if named else None


def staff_code_in(text: str) -> str | None:
    """The staff code a message consists of, or None."""
    code = read_code(text)
    return code if _STAFF.fullmatch(code) else None


def read_wish(text: str, *, to_us: bool, private: bool) -> Wish | None:
    """What somebody wants to be; None for everything else.

    `to_us`: said to the account, so that "LK" in front is enough to take the rest for a code, however wrong. In
    `private` a code may stand alone.
    """
    if len(text) > LONGEST:
        return None
    if to_us and not private and fold(text).strip("/?!. ") in _WHICH_GROUP:
        return WhichGroup()
    asked = _in_words(text)
    if asked is not None:
        return asked
    upper = unicodedata.normalize("NFKC", text).strip().upper()
    staff = _STAFF_INSIDE.search(upper)
    if staff and (private or upper.startswith("LK")):
        return StaffCode(read_code(staff[1]))
    inside = _CARD_INSIDE.search(upper)
    if inside and len(_GAPS.findall(inside[1])) <= MOST_GAPS:
        return Card(read_code(inside[1]))
    code = card_in(text) if private or (to_us and upper.startswith("LK")) else None
    return Card(code) if code else None


def asks_to_sign_in(text: str) -> bool:
    """Does a member of staff want a link to the pages?"""
    return len(text) <= LONGEST and fold(text).strip("/?!. ") in _SIGN_IN


def _in_words(text: str) -> Unlink | Household | None:
    """ "HỦY LK", "bỏ liên kết"; "XIN LK Nguyễn Thị Lan"."""
    words = nfc(text).split()
    folded = [fold(word).strip(":.,-") for word in words]
    for linking in _LINKING:
        behind = 1 + len(linking)
        if tuple(folded[1:behind]) != linking:
            continue
        if folded[0] in {"huy", "bo"} and len(words) == behind:
            return Unlink()
        name = " ".join(words[behind:]).strip(" :.,-")
        if folded[0] == "xin" and name and read_wish_code(name) is None:
            return Household(name[:LONGEST_NAME])
    return None


def read_wish_code(text: str) -> str | None:
    """A code where a name was asked for: "xin LK 7K3M9Q" has a card after all."""
    return card_in(text) or staff_code_in(text)
